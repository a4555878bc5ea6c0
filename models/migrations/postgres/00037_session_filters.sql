-- +goose Up
-- Operators list sessions by member, by strength and from a range of addresses, too, and the views as a member that run.
CREATE INDEX sessions_member ON sessions (user_id, created_at, id);
CREATE INDEX sessions_strength ON sessions (acr, created_at, id);
CREATE INDEX member_views_running ON member_views (started_at, id) WHERE ended_at IS NULL;
-- A range is walked in the order of bytes, which the order of the database need not be.
DROP INDEX sessions_address;
CREATE INDEX sessions_network ON sessions (address COLLATE "C", created_at, id);

-- +goose Down
DROP INDEX sessions_network;
CREATE INDEX sessions_address ON sessions (address, created_at, id);
DROP INDEX member_views_running;
DROP INDEX sessions_strength;
DROP INDEX sessions_member;
