-- +goose Up
-- One act on many members: whom it is about is written down before anybody is asked, and what became of each of them after.
CREATE TABLE batches (
    id          TEXT PRIMARY KEY,
    act         TEXT NOT NULL,
    state       TEXT NOT NULL,
    operator_id TEXT NOT NULL,
    session_id  TEXT NOT NULL DEFAULT '',
    address     TEXT NOT NULL DEFAULT '',
    user_agent  TEXT NOT NULL DEFAULT '',
    reason      TEXT NOT NULL DEFAULT '',
    selection   TEXT NOT NULL DEFAULT '',
    undo_of     TEXT NOT NULL DEFAULT '',
    waiting     INTEGER NOT NULL DEFAULT 0,
    done        INTEGER NOT NULL DEFAULT 0,
    same        INTEGER NOT NULL DEFAULT 0,
    refused     INTEGER NOT NULL DEFAULT 0,
    failed      INTEGER NOT NULL DEFAULT 0,
    created_at  DATETIME NOT NULL,
    started_at  DATETIME,
    finished_at DATETIME
);
CREATE INDEX batches_created ON batches (created_at, id);
CREATE UNIQUE INDEX batches_undo ON batches (undo_of) WHERE undo_of <> '' AND state <> 'cancelled';

CREATE TABLE batch_members (
    batch_id  TEXT NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
    position  INTEGER NOT NULL,
    member_id TEXT NOT NULL,
    state     TEXT NOT NULL,
    why       TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (batch_id, position)
) WITHOUT ROWID;
CREATE UNIQUE INDEX batch_members_once ON batch_members (batch_id, member_id);
CREATE INDEX batch_members_state ON batch_members (batch_id, state, position);

-- +goose Down
DROP TABLE batch_members;
DROP TABLE batches;
