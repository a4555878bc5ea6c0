-- +goose Up
-- A link that closes an account outlives what an intruder changes: it ignores the epoch.
ALTER TABLE mail_tokens ADD COLUMN alarm BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
DELETE FROM mail_tokens WHERE alarm;
ALTER TABLE mail_tokens DROP COLUMN alarm;
