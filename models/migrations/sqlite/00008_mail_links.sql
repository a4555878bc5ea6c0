-- +goose Up
-- Where a mail was asked for, so that its page and the list of open links can say so; and links that open in one
-- browser only.
ALTER TABLE mail_tokens ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE mail_tokens ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';
ALTER TABLE mail_tokens ADD COLUMN bound BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
ALTER TABLE mail_tokens DROP COLUMN bound;
ALTER TABLE mail_tokens DROP COLUMN user_agent;
ALTER TABLE mail_tokens DROP COLUMN address;
