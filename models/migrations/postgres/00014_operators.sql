-- +goose Up
-- Who operates the place has a role instead of a flag; an audit row also says as whom, in which batch, and what was there before.
ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT '';
UPDATE users SET role = 'administrator' WHERE admin;
ALTER TABLE users DROP COLUMN admin;
CREATE INDEX users_operators ON users (created_at, id) WHERE role <> '';

ALTER TABLE audit_events ADD COLUMN effective_id TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_events ADD COLUMN batch_id TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_events ADD COLUMN changes TEXT NOT NULL DEFAULT '{}';

-- +goose Down
ALTER TABLE audit_events DROP COLUMN changes;
ALTER TABLE audit_events DROP COLUMN batch_id;
ALTER TABLE audit_events DROP COLUMN effective_id;

DROP INDEX users_operators;
ALTER TABLE users ADD COLUMN admin BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE users SET admin = TRUE WHERE role = 'administrator';
ALTER TABLE users DROP COLUMN role;
