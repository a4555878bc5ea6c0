-- +goose Up
-- What a session and an open sign-in have proven, each with its time. Before, only the words were kept.
ALTER TABLE sessions ADD COLUMN proofs TEXT NOT NULL DEFAULT '[]';
ALTER TABLE pending_logins ADD COLUMN proofs TEXT NOT NULL DEFAULT '[]';
UPDATE sessions SET proofs = (SELECT json_group_array(json_object('method', value, 'at', strftime('%Y-%m-%dT%H:%M:%fZ', sessions.auth_time))) FROM json_each(sessions.methods));
UPDATE pending_logins SET proofs = (SELECT json_group_array(json_object('method', value, 'at', strftime('%Y-%m-%dT%H:%M:%fZ', pending_logins.created_at))) FROM json_each(pending_logins.methods));
ALTER TABLE sessions DROP COLUMN methods;
ALTER TABLE pending_logins DROP COLUMN methods;

CREATE TABLE authenticators (
    id           TEXT PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    secret       BLOB NOT NULL,
    last_step    INTEGER NOT NULL DEFAULT 0,
    last_used_at DATETIME,
    created_at   DATETIME NOT NULL
);
CREATE INDEX authenticators_user ON authenticators (user_id, created_at);

CREATE TABLE recovery_codes (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash  BLOB NOT NULL,
    used_at    DATETIME,
    created_at DATETIME NOT NULL,
    UNIQUE (user_id, code_hash)
);

-- What is shown once waits here, encrypted, until the person says that it is saved.
CREATE TABLE shown_once (
    id         TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    purpose    TEXT NOT NULL,
    value      BLOB NOT NULL,
    expires_at DATETIME NOT NULL,
    UNIQUE (session_id, purpose)
);
CREATE INDEX shown_once_expiry ON shown_once (expires_at);

ALTER TABLE browsers ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE browsers ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';
ALTER TABLE browsers ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE browsers ADD COLUMN trusted_at DATETIME;
ALTER TABLE browsers ADD COLUMN trusted_until DATETIME;
ALTER TABLE browsers ADD COLUMN trusted_epoch INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE browsers DROP COLUMN trusted_epoch;
ALTER TABLE browsers DROP COLUMN trusted_until;
ALTER TABLE browsers DROP COLUMN trusted_at;
ALTER TABLE browsers DROP COLUMN address;
ALTER TABLE browsers DROP COLUMN user_agent;
ALTER TABLE browsers DROP COLUMN name;
DROP TABLE shown_once;
DROP TABLE recovery_codes;
DROP TABLE authenticators;
ALTER TABLE sessions ADD COLUMN methods TEXT NOT NULL DEFAULT '[]';
ALTER TABLE pending_logins ADD COLUMN methods TEXT NOT NULL DEFAULT '[]';
UPDATE sessions SET methods = (SELECT json_group_array(json_extract(value, '$.method')) FROM json_each(sessions.proofs));
UPDATE pending_logins SET methods = (SELECT json_group_array(json_extract(value, '$.method')) FROM json_each(pending_logins.proofs));
ALTER TABLE pending_logins DROP COLUMN proofs;
ALTER TABLE sessions DROP COLUMN proofs;
