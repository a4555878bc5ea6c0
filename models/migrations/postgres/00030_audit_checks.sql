-- +goose Up
-- Checks of the audit log: how far each has come, and what it found. Each operator has one at a time, and so has the house.
CREATE TABLE audit_checks (
    id           TEXT PRIMARY KEY,
    state        TEXT NOT NULL,
    first_seal   BIGINT NOT NULL,
    last_seal    BIGINT NOT NULL,
    to_end       BOOLEAN NOT NULL,
    next_seal    BIGINT NOT NULL,
    seals        BIGINT NOT NULL DEFAULT 0,
    rows_seen    BIGINT NOT NULL DEFAULT 0,
    finding      TEXT NOT NULL DEFAULT '',
    fault_seal   BIGINT NOT NULL DEFAULT 0,
    fault_row    TEXT NOT NULL DEFAULT '',
    fault_from   TIMESTAMPTZ,
    fault_until  TIMESTAMPTZ,
    cured_by     BIGINT NOT NULL DEFAULT 0,
    started_by   TEXT NOT NULL DEFAULT '',
    session_id   TEXT NOT NULL DEFAULT '',
    started_at   TIMESTAMPTZ NOT NULL,
    moved_at     TIMESTAMPTZ NOT NULL,
    finished_at  TIMESTAMPTZ
);
CREATE UNIQUE INDEX audit_checks_running ON audit_checks (started_by) WHERE state = 'running';
CREATE INDEX audit_checks_done ON audit_checks (state, started_at, id);
CREATE INDEX audit_checks_own ON audit_checks (started_at, id) WHERE started_by = '';

-- +goose Down
DROP TABLE audit_checks;
