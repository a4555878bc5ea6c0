-- +goose Up
-- What authenticators know a person by: random, so that it tells nothing to whoever holds one.
ALTER TABLE users ADD COLUMN passkey_handle BLOB;
CREATE UNIQUE INDEX users_passkey_handle ON users (passkey_handle) WHERE passkey_handle IS NOT NULL;

CREATE TABLE passkeys (
    id              TEXT PRIMARY KEY,
    user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    credential_id   BLOB NOT NULL UNIQUE,
    public_key      BLOB NOT NULL,
    sign_count      INTEGER NOT NULL DEFAULT 0,
    aaguid          TEXT NOT NULL DEFAULT '',
    transports      TEXT NOT NULL DEFAULT '[]',
    backup_eligible BOOLEAN NOT NULL DEFAULT FALSE,
    backed_up       BOOLEAN NOT NULL DEFAULT FALSE,
    discoverable    BOOLEAN NOT NULL DEFAULT FALSE,
    verified        BOOLEAN NOT NULL DEFAULT FALSE,
    rp_id           TEXT NOT NULL,
    name            TEXT NOT NULL,
    last_used_at    DATETIME,
    created_at      DATETIME NOT NULL
);
CREATE INDEX passkeys_user ON passkeys (user_id, created_at);

-- A ceremony that has begun. Its id is the digest of the challenge that the browser was given.
CREATE TABLE passkey_challenges (
    id           TEXT PRIMARY KEY,
    purpose      TEXT NOT NULL,
    holder_hash  BLOB NOT NULL,
    user_id      TEXT REFERENCES users (id) ON DELETE CASCADE,
    epoch        INTEGER NOT NULL DEFAULT 0,
    session_data TEXT NOT NULL,
    expires_at   DATETIME NOT NULL
);
CREATE INDEX passkey_challenges_user ON passkey_challenges (user_id);
CREATE INDEX passkey_challenges_expiry ON passkey_challenges (expires_at);

-- +goose Down
DROP TABLE passkey_challenges;
DROP TABLE passkeys;
DROP INDEX users_passkey_handle;
ALTER TABLE users DROP COLUMN passkey_handle;
