-- +goose Up
-- When a person who says that all factors are lost may have them removed, and when the next mail about it is due.
ALTER TABLE users ADD COLUMN factor_recovery_at TIMESTAMPTZ;
ALTER TABLE users ADD COLUMN factor_recovery_mail_at TIMESTAMPTZ;
CREATE INDEX users_factor_recovery ON users (factor_recovery_mail_at) WHERE factor_recovery_mail_at IS NOT NULL;

-- +goose Down
DROP INDEX users_factor_recovery;
ALTER TABLE users DROP COLUMN factor_recovery_mail_at;
ALTER TABLE users DROP COLUMN factor_recovery_at;
