-- +goose Up
-- What needs a person: finders write what they see, pages only read. One row for each thing that is wrong.
CREATE TABLE review_items (
    id         TEXT PRIMARY KEY,
    kind       TEXT NOT NULL,
    subject    TEXT NOT NULL,
    detail     TEXT NOT NULL,
    severity   TEXT NOT NULL,
    times      INTEGER NOT NULL,
    first_at   DATETIME NOT NULL,
    last_at    DATETIME NOT NULL,
    state      TEXT NOT NULL,
    decided_by TEXT NOT NULL DEFAULT '',
    decided_at DATETIME,
    until_at   DATETIME
);
CREATE UNIQUE INDEX review_items_thing ON review_items (kind, subject);
CREATE INDEX review_items_list ON review_items (state, last_at, id);
CREATE INDEX review_items_snoozed ON review_items (until_at) WHERE until_at IS NOT NULL;

-- +goose Down
DROP TABLE review_items;
