-- +goose Up
-- Operators list sessions by member and by strength, too, and the views as a member that run.
CREATE INDEX sessions_member ON sessions (user_id, created_at, id);
CREATE INDEX sessions_strength ON sessions (acr, created_at, id);
CREATE INDEX member_views_running ON member_views (started_at, id) WHERE ended_at IS NULL;
-- Named as on PostgreSQL, where its order is another one than before.
DROP INDEX sessions_address;
CREATE INDEX sessions_network ON sessions (address, created_at, id);

-- +goose Down
DROP INDEX sessions_network;
CREATE INDEX sessions_address ON sessions (address, created_at, id);
DROP INDEX member_views_running;
DROP INDEX sessions_strength;
DROP INDEX sessions_member;
