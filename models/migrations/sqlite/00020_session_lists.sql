-- +goose Up
-- Operators list all sessions, and those from one address.
CREATE INDEX sessions_started ON sessions (created_at, id);
CREATE INDEX sessions_address ON sessions (address, created_at, id);

-- +goose Down
DROP INDEX sessions_address;
DROP INDEX sessions_started;
