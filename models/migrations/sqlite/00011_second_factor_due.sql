-- +goose Up
-- Until when a person under REQUIRE_MFA may do without a second factor; set when they are first asked for one.
ALTER TABLE users ADD COLUMN second_factor_due_at DATETIME;

-- +goose Down
ALTER TABLE users DROP COLUMN second_factor_due_at;
