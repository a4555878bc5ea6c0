-- +goose Up
CREATE TABLE oauth_clients (
    id                        TEXT PRIMARY KEY,
    name                      TEXT NOT NULL,
    kind                      TEXT NOT NULL,
    auth_method               TEXT NOT NULL,
    redirect_uris             TEXT NOT NULL DEFAULT '[]',
    post_logout_redirect_uris TEXT NOT NULL DEFAULT '[]',
    landing_origins           TEXT NOT NULL DEFAULT '[]',
    grants                    TEXT NOT NULL DEFAULT '[]',
    response_modes            TEXT NOT NULL DEFAULT '[]',
    scopes                    TEXT NOT NULL DEFAULT '[]',
    default_scopes            TEXT NOT NULL DEFAULT '[]',
    resources                 TEXT NOT NULL DEFAULT '[]',
    client_uri                TEXT NOT NULL DEFAULT '',
    policy_uri                TEXT NOT NULL DEFAULT '',
    tos_uri                   TEXT NOT NULL DEFAULT '',
    initiate_login_uri        TEXT NOT NULL DEFAULT '',
    pkce                      TEXT NOT NULL DEFAULT '',
    consent                   TEXT NOT NULL DEFAULT '',
    refresh                   TEXT NOT NULL DEFAULT '',
    refresh_always            BOOLEAN NOT NULL DEFAULT FALSE,
    retry_seconds             INTEGER,
    access_token_format       TEXT NOT NULL DEFAULT '',
    id_token_alg              TEXT NOT NULL DEFAULT '',
    id_token_claims           TEXT NOT NULL DEFAULT '[]',
    default_max_age           INTEGER,
    code_seconds              INTEGER NOT NULL DEFAULT 0,
    access_token_seconds      INTEGER NOT NULL DEFAULT 0,
    id_token_seconds          INTEGER NOT NULL DEFAULT 0,
    refresh_idle_seconds      INTEGER NOT NULL DEFAULT 0,
    refresh_absolute_seconds  INTEGER NOT NULL DEFAULT 0,
    verified                  BOOLEAN NOT NULL DEFAULT FALSE,
    provenance                TEXT NOT NULL DEFAULT '',
    metadata_hash             BLOB,
    disabled_at               DATETIME,
    last_used_at              DATETIME,
    created_at                DATETIME NOT NULL,
    updated_at                DATETIME NOT NULL
);

CREATE TABLE oauth_client_secrets (
    id         TEXT PRIMARY KEY,
    client_id  TEXT NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
    hash       BLOB NOT NULL,
    created_at DATETIME NOT NULL,
    expires_at DATETIME
);
CREATE INDEX oauth_client_secrets_client ON oauth_client_secrets (client_id);

CREATE TABLE oauth_interactions (
    id            TEXT PRIMARY KEY,
    hash          BLOB NOT NULL UNIQUE,
    client_id     TEXT NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
    request       TEXT NOT NULL,
    requested_at  DATETIME NOT NULL,
    asked         INTEGER NOT NULL DEFAULT 0,
    browser_hash  BLOB NOT NULL,
    shown_subject TEXT NOT NULL DEFAULT '',
    shown_digest  BLOB,
    state         TEXT NOT NULL,
    created_at    DATETIME NOT NULL,
    expires_at    DATETIME NOT NULL,
    done_at       DATETIME
);
CREATE INDEX oauth_interactions_expiry ON oauth_interactions (expires_at);

CREATE TABLE oauth_grants (
    id                     TEXT PRIMARY KEY,
    client_id              TEXT NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
    subject                TEXT NOT NULL DEFAULT '',
    session_id             TEXT NOT NULL DEFAULT '',
    sid                    TEXT NOT NULL DEFAULT '',
    scopes                 TEXT NOT NULL DEFAULT '[]',
    resources              TEXT NOT NULL DEFAULT '[]',
    details                TEXT NOT NULL DEFAULT '',
    claims                 TEXT NOT NULL DEFAULT '',
    nonce                  TEXT NOT NULL DEFAULT '',
    auth_time              DATETIME,
    acr                    TEXT NOT NULL DEFAULT '',
    amr                    TEXT NOT NULL DEFAULT '[]',
    cnf                    TEXT NOT NULL DEFAULT '',
    access_epoch           INTEGER NOT NULL DEFAULT 0,
    refresh_hash           BLOB UNIQUE,
    previous_hash          BLOB,
    rotated_at             DATETIME,
    sealed_answer          BLOB,
    retries                INTEGER NOT NULL DEFAULT 0,
    refreshes              TEXT NOT NULL DEFAULT '[]',
    refresh_idle_until     DATETIME,
    refresh_absolute_until DATETIME,
    label                  TEXT NOT NULL DEFAULT '',
    last_used_at           DATETIME,
    revoked_at             DATETIME,
    revoked_reason         TEXT NOT NULL DEFAULT '',
    created_at             DATETIME NOT NULL
);
CREATE INDEX oauth_grants_subject ON oauth_grants (subject, client_id);
CREATE INDEX oauth_grants_client ON oauth_grants (client_id);
CREATE INDEX oauth_grants_session ON oauth_grants (session_id);
CREATE INDEX oauth_grants_previous ON oauth_grants (previous_hash);
CREATE INDEX oauth_grants_created ON oauth_grants (created_at);

CREATE TABLE oauth_codes (
    id             TEXT PRIMARY KEY,
    hash           BLOB NOT NULL UNIQUE,
    grant_id       TEXT NOT NULL REFERENCES oauth_grants (id) ON DELETE CASCADE,
    client_id      TEXT NOT NULL,
    redirect_uri   TEXT NOT NULL,
    code_challenge TEXT NOT NULL DEFAULT '',
    dpop_jkt       TEXT NOT NULL DEFAULT '',
    requested_at   DATETIME NOT NULL,
    created_at     DATETIME NOT NULL,
    expires_at     DATETIME NOT NULL,
    used_at        DATETIME
);
CREATE INDEX oauth_codes_grant ON oauth_codes (grant_id);
CREATE INDEX oauth_codes_expiry ON oauth_codes (expires_at);

CREATE TABLE oauth_access_tokens (
    id         TEXT PRIMARY KEY,
    hash       BLOB NOT NULL UNIQUE,
    grant_id   TEXT NOT NULL REFERENCES oauth_grants (id) ON DELETE CASCADE,
    client_id  TEXT NOT NULL,
    scopes     TEXT NOT NULL DEFAULT '[]',
    audience   TEXT NOT NULL DEFAULT '[]',
    cnf        TEXT NOT NULL DEFAULT '',
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    revoked_at DATETIME
);
CREATE INDEX oauth_access_tokens_grant ON oauth_access_tokens (grant_id);
CREATE INDEX oauth_access_tokens_expiry ON oauth_access_tokens (expires_at);

CREATE TABLE oauth_consents (
    id            TEXT PRIMARY KEY,
    subject       TEXT NOT NULL,
    client_id     TEXT NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
    scopes        TEXT NOT NULL DEFAULT '[]',
    resources     TEXT NOT NULL DEFAULT '[]',
    claims        TEXT NOT NULL DEFAULT '',
    metadata_hash BLOB,
    remembered    BOOLEAN NOT NULL DEFAULT FALSE,
    created_at    DATETIME NOT NULL,
    expires_at    DATETIME NOT NULL,
    UNIQUE (subject, client_id)
);
CREATE INDEX oauth_consents_expiry ON oauth_consents (expires_at);

CREATE TABLE oauth_sessions (
    id         TEXT PRIMARY KEY,
    session_id TEXT NOT NULL,
    client_id  TEXT NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
    sid        TEXT NOT NULL UNIQUE,
    subject    TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    UNIQUE (session_id, client_id)
);

CREATE TABLE oauth_keys (
    id           TEXT PRIMARY KEY,
    kid          TEXT NOT NULL UNIQUE,
    alg          TEXT NOT NULL,
    state        TEXT NOT NULL,
    private_key  BLOB,
    public_key   TEXT NOT NULL,
    created_at   DATETIME NOT NULL,
    activates_at DATETIME NOT NULL,
    last_used_at DATETIME,
    retires_at   DATETIME,
    ended_at     DATETIME
);
CREATE UNIQUE INDEX oauth_keys_one_active ON oauth_keys (alg) WHERE state = 'active';
CREATE UNIQUE INDEX oauth_keys_one_next ON oauth_keys (alg) WHERE state = 'next';

-- +goose Down
DROP TABLE oauth_keys;
DROP TABLE oauth_sessions;
DROP TABLE oauth_consents;
DROP TABLE oauth_access_tokens;
DROP TABLE oauth_codes;
DROP TABLE oauth_grants;
DROP TABLE oauth_interactions;
DROP TABLE oauth_client_secrets;
DROP TABLE oauth_clients;
