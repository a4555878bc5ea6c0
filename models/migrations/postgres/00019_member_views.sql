-- +goose Up
-- An operator who looks at the place as a member sees it, for a while. What a session could say of it goes.
CREATE TABLE member_views (
    id                  TEXT PRIMARY KEY,
    token_hash          BYTEA NOT NULL UNIQUE,
    member_id           TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    operator_id         TEXT NOT NULL,
    operator_session_id TEXT NOT NULL,
    role                TEXT NOT NULL,
    reason              TEXT NOT NULL,
    public_reason       TEXT NOT NULL,
    writes              BOOLEAN NOT NULL,
    pages               INTEGER NOT NULL DEFAULT 0,
    started_at          TIMESTAMPTZ NOT NULL,
    last_seen_at        TIMESTAMPTZ NOT NULL,
    ends_at             TIMESTAMPTZ NOT NULL,
    ended_at            TIMESTAMPTZ
);
CREATE UNIQUE INDEX member_views_open ON member_views (member_id) WHERE ended_at IS NULL;
ALTER TABLE sessions DROP COLUMN actor_id;
ALTER TABLE sessions DROP COLUMN actor_reason;
ALTER TABLE sessions DROP COLUMN actor_until;

-- +goose Down
ALTER TABLE sessions ADD COLUMN actor_id TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN actor_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN actor_until TIMESTAMPTZ;
DROP TABLE member_views;
