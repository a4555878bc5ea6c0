-- +goose Up
-- The link that makes the first administrator, printed while there is none.
CREATE TABLE setup_links (
    id         TEXT PRIMARY KEY,
    token_hash BYTEA NOT NULL UNIQUE,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL
);

-- +goose Down
DROP TABLE setup_links;
