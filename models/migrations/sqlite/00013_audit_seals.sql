-- +goose Up
-- The audit log is sealed: each row carries a digest of itself under a key, each seal covers some rows and the seal before it.
ALTER TABLE audit_events ADD COLUMN digest BLOB;
ALTER TABLE audit_events ADD COLUMN seal BIGINT;
CREATE INDEX audit_events_seal ON audit_events (seal);
CREATE INDEX audit_events_unsealed ON audit_events (created_at, id) WHERE seal IS NULL;

CREATE TABLE audit_seals (
    number     BIGINT PRIMARY KEY,
    key_id     TEXT NOT NULL,
    events     INTEGER NOT NULL,
    first_at   DATETIME NOT NULL,
    last_at    DATETIME NOT NULL,
    previous   BLOB NOT NULL,
    seal       BLOB NOT NULL,
    stub       BLOB,
    created_at DATETIME NOT NULL
);

-- +goose Down
DROP TABLE audit_seals;
DROP INDEX audit_events_unsealed;
DROP INDEX audit_events_seal;
ALTER TABLE audit_events DROP COLUMN seal;
ALTER TABLE audit_events DROP COLUMN digest;
