-- +goose Up
CREATE TABLE users (
    id                   TEXT PRIMARY KEY,
    email                TEXT NOT NULL UNIQUE,
    name                 TEXT NOT NULL DEFAULT '',
    password_hash        TEXT NOT NULL DEFAULT '',
    password_changed_at  TIMESTAMPTZ,
    password_breached_at TIMESTAMPTZ,
    must_change_password BOOLEAN NOT NULL DEFAULT FALSE,
    email_verified_at    TIMESTAMPTZ,
    admin                BOOLEAN NOT NULL DEFAULT FALSE,
    epoch                BIGINT NOT NULL DEFAULT 1,
    access_epoch         BIGINT NOT NULL DEFAULT 1,
    locked_at            TIMESTAMPTZ,
    disabled_at          TIMESTAMPTZ,
    disabled_until       TIMESTAMPTZ,
    disabled_reason      TEXT NOT NULL DEFAULT '',
    last_sign_up_at      TIMESTAMPTZ,
    created_at           TIMESTAMPTZ NOT NULL,
    updated_at           TIMESTAMPTZ NOT NULL
);
CREATE INDEX users_unverified ON users (last_sign_up_at) WHERE email_verified_at IS NULL;

CREATE TABLE sessions (
    id             TEXT PRIMARY KEY,
    token_hash     BYTEA NOT NULL UNIQUE,
    user_id        TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    epoch          BIGINT NOT NULL,
    methods        TEXT NOT NULL,
    acr            TEXT NOT NULL,
    auth_time      TIMESTAMPTZ NOT NULL,
    remember       BOOLEAN NOT NULL DEFAULT FALSE,
    browser_hash   BYTEA,
    address        TEXT NOT NULL DEFAULT '',
    user_agent     TEXT NOT NULL DEFAULT '',
    created_at     TIMESTAMPTZ NOT NULL,
    last_seen_at   TIMESTAMPTZ NOT NULL,
    idle_until     TIMESTAMPTZ NOT NULL,
    absolute_until TIMESTAMPTZ NOT NULL,
    actor_id       TEXT NOT NULL DEFAULT '',
    actor_reason   TEXT NOT NULL DEFAULT '',
    actor_until    TIMESTAMPTZ
);
CREATE INDEX sessions_user ON sessions (user_id, last_seen_at);
CREATE INDEX sessions_idle ON sessions (idle_until);

CREATE TABLE pending_logins (
    id           TEXT PRIMARY KEY,
    token_hash   BYTEA NOT NULL UNIQUE,
    user_id      TEXT REFERENCES users (id) ON DELETE CASCADE,
    email        TEXT NOT NULL DEFAULT '',
    step         TEXT NOT NULL,
    methods      TEXT NOT NULL DEFAULT '[]',
    remember     BOOLEAN NOT NULL DEFAULT FALSE,
    return_to    TEXT NOT NULL DEFAULT '',
    epoch        BIGINT NOT NULL DEFAULT 0,
    browser_hash BYTEA,
    created_at   TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX pending_logins_user ON pending_logins (user_id);
CREATE INDEX pending_logins_expiry ON pending_logins (expires_at);

CREATE TABLE mail_tokens (
    id               TEXT PRIMARY KEY,
    purpose          TEXT NOT NULL,
    email            TEXT NOT NULL,
    user_id          TEXT REFERENCES users (id) ON DELETE CASCADE,
    epoch            BIGINT NOT NULL DEFAULT 0,
    pending_login_id TEXT NOT NULL DEFAULT '',
    token_hash       BYTEA NOT NULL UNIQUE,
    code_hash        BYTEA,
    tries            BIGINT NOT NULL DEFAULT 0,
    code_expires_at  TIMESTAMPTZ,
    expires_at       TIMESTAMPTZ NOT NULL,
    used_at          TIMESTAMPTZ,
    created_at       TIMESTAMPTZ NOT NULL
);
CREATE INDEX mail_tokens_user ON mail_tokens (user_id, purpose);
CREATE INDEX mail_tokens_email ON mail_tokens (email) WHERE user_id IS NULL;
CREATE INDEX mail_tokens_pending ON mail_tokens (pending_login_id);
CREATE INDEX mail_tokens_expiry ON mail_tokens (expires_at);

CREATE TABLE browsers (
    id              TEXT PRIMARY KEY,
    user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    browser_hash    BYTEA NOT NULL,
    last_sign_in_at TIMESTAMPTZ NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    UNIQUE (user_id, browser_hash)
);
CREATE INDEX browsers_age ON browsers (last_sign_in_at);

CREATE TABLE attempts (
    rule           TEXT NOT NULL,
    subject        TEXT NOT NULL,
    hits           BIGINT NOT NULL,
    window_ends_at TIMESTAMPTZ NOT NULL,
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
