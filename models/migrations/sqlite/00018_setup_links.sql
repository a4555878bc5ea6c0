-- +goose Up
-- The link that makes the first administrator, printed while there is none.
CREATE TABLE setup_links (
    id         TEXT PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    expires_at DATETIME NOT NULL,
    used_at    DATETIME,
    created_at DATETIME NOT NULL
);

-- +goose Down
DROP TABLE setup_links;
