-- +goose Up
CREATE TABLE users (
    id                   TEXT PRIMARY KEY,
    email                TEXT NOT NULL UNIQUE,
    name                 TEXT NOT NULL DEFAULT '',
    password_hash        TEXT NOT NULL DEFAULT '',
    password_changed_at  DATETIME,
    password_breached_at DATETIME,
    must_change_password BOOLEAN NOT NULL DEFAULT FALSE,
    email_verified_at    DATETIME,
    admin                BOOLEAN NOT NULL DEFAULT FALSE,
    epoch                INTEGER NOT NULL DEFAULT 1,
    access_epoch         INTEGER NOT NULL DEFAULT 1,
    locked_at            DATETIME,
    disabled_at          DATETIME,
    disabled_until       DATETIME,
    disabled_reason      TEXT NOT NULL DEFAULT '',
    last_sign_up_at      DATETIME,
    created_at           DATETIME NOT NULL,
    updated_at           DATETIME NOT NULL
);
CREATE INDEX users_unverified ON users (last_sign_up_at) WHERE email_verified_at IS NULL;

CREATE TABLE sessions (
    id             TEXT PRIMARY KEY,
    token_hash     BLOB NOT NULL UNIQUE,
    user_id        TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    epoch          INTEGER NOT NULL,
    methods        TEXT NOT NULL,
    acr            TEXT NOT NULL,
    auth_time      DATETIME NOT NULL,
    remember       BOOLEAN NOT NULL DEFAULT FALSE,
    browser_hash   BLOB,
    address        TEXT NOT NULL DEFAULT '',
    user_agent     TEXT NOT NULL DEFAULT '',
    created_at     DATETIME NOT NULL,
    last_seen_at   DATETIME NOT NULL,
    idle_until     DATETIME NOT NULL,
    absolute_until DATETIME NOT NULL,
    actor_id       TEXT NOT NULL DEFAULT '',
    actor_reason   TEXT NOT NULL DEFAULT '',
    actor_until    DATETIME
);
CREATE INDEX sessions_user ON sessions (user_id, last_seen_at);
CREATE INDEX sessions_idle ON sessions (idle_until);

CREATE TABLE pending_logins (
    id           TEXT PRIMARY KEY,
    token_hash   BLOB NOT NULL UNIQUE,
    user_id      TEXT REFERENCES users (id) ON DELETE CASCADE,
    email        TEXT NOT NULL DEFAULT '',
    step         TEXT NOT NULL,
    methods      TEXT NOT NULL DEFAULT '[]',
    remember     BOOLEAN NOT NULL DEFAULT FALSE,
    return_to    TEXT NOT NULL DEFAULT '',
    epoch        INTEGER NOT NULL DEFAULT 0,
    browser_hash BLOB,
    created_at   DATETIME NOT NULL,
    expires_at   DATETIME NOT NULL
);
CREATE INDEX pending_logins_user ON pending_logins (user_id);
CREATE INDEX pending_logins_expiry ON pending_logins (expires_at);

CREATE TABLE mail_tokens (
    id               TEXT PRIMARY KEY,
    purpose          TEXT NOT NULL,
    email            TEXT NOT NULL,
    user_id          TEXT REFERENCES users (id) ON DELETE CASCADE,
    epoch            INTEGER NOT NULL DEFAULT 0,
    pending_login_id TEXT NOT NULL DEFAULT '',
    token_hash       BLOB NOT NULL UNIQUE,
    code_hash        BLOB,
    tries            INTEGER NOT NULL DEFAULT 0,
    code_expires_at  DATETIME,
    expires_at       DATETIME NOT NULL,
    used_at          DATETIME,
    created_at       DATETIME NOT NULL
);
CREATE INDEX mail_tokens_user ON mail_tokens (user_id, purpose);
CREATE INDEX mail_tokens_email ON mail_tokens (email) WHERE user_id IS NULL;
CREATE INDEX mail_tokens_pending ON mail_tokens (pending_login_id);
CREATE INDEX mail_tokens_expiry ON mail_tokens (expires_at);

CREATE TABLE browsers (
    id              TEXT PRIMARY KEY,
    user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    browser_hash    BLOB NOT NULL,
    last_sign_in_at DATETIME NOT NULL,
    created_at      DATETIME NOT NULL,
    UNIQUE (user_id, browser_hash)
);
CREATE INDEX browsers_age ON browsers (last_sign_in_at);

CREATE TABLE attempts (
    rule           TEXT NOT NULL,
    subject        TEXT NOT NULL,
    hits           INTEGER NOT NULL,
    window_ends_at DATETIME NOT NULL,
    PRIMARY KEY (rule, subject)
);
CREATE INDEX attempts_window ON attempts (window_ends_at);

-- +goose Down
DROP TABLE attempts;
DROP TABLE browsers;
DROP TABLE mail_tokens;
DROP TABLE pending_logins;
DROP TABLE sessions;
DROP TABLE users;
