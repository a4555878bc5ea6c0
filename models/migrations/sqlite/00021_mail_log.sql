-- +goose Up
-- What became of each mail, without what it says. A decoy has a row as well, for the same work, until the queue drops it; each
-- index begins with what keeps it out of every list.
CREATE TABLE mail_log (
    id         TEXT PRIMARY KEY,
    job_id     INTEGER NOT NULL,
    user_id    TEXT REFERENCES users (id) ON DELETE CASCADE,
    to_address TEXT NOT NULL,
    kind       TEXT NOT NULL,
    decoy      BOOLEAN NOT NULL,
    state      TEXT NOT NULL,
    cause      TEXT NOT NULL DEFAULT '',
    answer     TEXT NOT NULL DEFAULT '',
    tries      INTEGER NOT NULL DEFAULT 0,
    created_at DATETIME NOT NULL,
    tried_at   DATETIME
);
CREATE INDEX mail_log_time ON mail_log (decoy, created_at, id);
CREATE INDEX mail_log_kind ON mail_log (decoy, kind, created_at, id);
CREATE INDEX mail_log_state ON mail_log (decoy, state, created_at, id);
CREATE INDEX mail_log_both ON mail_log (decoy, kind, state, created_at, id);
CREATE INDEX mail_log_address ON mail_log (decoy, to_address, created_at DESC, id DESC, kind, state);
CREATE INDEX mail_log_member ON mail_log (user_id, decoy, created_at, id);

-- Addresses that nothing is sent to.
CREATE TABLE stopped_addresses (
    id         TEXT PRIMARY KEY,
    address    TEXT NOT NULL UNIQUE,
    reason     TEXT NOT NULL,
    stopped_by TEXT NOT NULL,
    created_at DATETIME NOT NULL
);
CREATE INDEX stopped_addresses_time ON stopped_addresses (created_at, id);

-- +goose Down
DROP TABLE stopped_addresses;
DROP TABLE mail_log;
