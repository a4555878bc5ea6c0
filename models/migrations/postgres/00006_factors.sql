-- +goose Up
-- What a session and an open sign-in have proven, each with its time. Before, only the words were kept.
ALTER TABLE sessions ADD COLUMN proofs TEXT NOT NULL DEFAULT '[]';
ALTER TABLE pending_logins ADD COLUMN proofs TEXT NOT NULL DEFAULT '[]';
UPDATE sessions SET proofs = COALESCE((SELECT json_agg(json_build_object('method', word, 'at', auth_time))::text FROM json_array_elements_text(methods::json) AS word), '[]');
UPDATE pending_logins SET proofs = COALESCE((SELECT json_agg(json_build_object('method', word, 'at', created_at))::text FROM json_array_elements_text(methods::json) AS word), '[]');
ALTER TABLE sessions DROP COLUMN methods;
ALTER TABLE pending_logins DROP COLUMN methods;

CREATE TABLE authenticators (
    id           TEXT PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    secret       BYTEA NOT NULL,
    last_step    BIGINT NOT NULL DEFAULT 0,
    last_used_at TIMESTAMPTZ,
    created_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX authenticators_user ON authenticators (user_id, created_at);

CREATE TABLE recovery_codes (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash  BYTEA NOT NULL,
    used_at    TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (user_id, code_hash)
);

-- What is shown once waits here, encrypted, until the person says that it is saved.
CREATE TABLE shown_once (
    id         TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    purpose    TEXT NOT NULL,
    value      BYTEA NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    UNIQUE (session_id, purpose)
);
CREATE INDEX shown_once_expiry ON shown_once (expires_at);

ALTER TABLE browsers ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE browsers ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';
ALTER TABLE browsers ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE browsers ADD COLUMN trusted_at TIMESTAMPTZ;
ALTER TABLE browsers ADD COLUMN trusted_until TIMESTAMPTZ;
ALTER TABLE browsers ADD COLUMN trusted_epoch BIGINT NOT NULL DEFAULT 0;

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
UPDATE sessions SET methods = COALESCE((SELECT json_agg(proof -> 'method')::text FROM json_array_elements(proofs::json) AS proof), '[]');
UPDATE pending_logins SET methods = COALESCE((SELECT json_agg(proof -> 'method')::text FROM json_array_elements(proofs::json) AS proof), '[]');
ALTER TABLE pending_logins DROP COLUMN proofs;
ALTER TABLE sessions DROP COLUMN proofs;
