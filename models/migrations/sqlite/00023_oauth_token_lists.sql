-- +goose Up
-- Operators list the families of tokens, newest first, by whose they are or by their state; each way has an index. A family says
-- when it ends unless somebody ends it before. That of a client's own tokens has no end.
ALTER TABLE oauth_grants ADD COLUMN ends_at DATETIME NOT NULL DEFAULT '9999-12-31 00:00:00+00:00';
UPDATE oauth_grants SET ends_at = max(coalesce(refresh_idle_until, created_at),
    coalesce((SELECT max(expires_at) FROM oauth_access_tokens t WHERE t.grant_id = oauth_grants.id), created_at)) WHERE subject <> '';

DROP INDEX oauth_grants_subject;
DROP INDEX oauth_grants_client;
DROP INDEX oauth_grants_created;
DROP INDEX oauth_grants_living;
DROP INDEX oauth_access_tokens_grant;
CREATE INDEX oauth_grants_app ON oauth_grants (subject, client_id, created_at, id);
CREATE INDEX oauth_grants_member ON oauth_grants (subject, created_at, id);
CREATE INDEX oauth_grants_of_client ON oauth_grants (client_id, created_at, id);
CREATE INDEX oauth_grants_issued ON oauth_grants (created_at, id);
CREATE INDEX oauth_grants_client_ends ON oauth_grants (client_id, ends_at, id) WHERE revoked_at IS NULL;
CREATE INDEX oauth_grants_ends ON oauth_grants (ends_at, id) WHERE revoked_at IS NULL;
CREATE INDEX oauth_grants_revoked ON oauth_grants (revoked_at, id) WHERE revoked_at IS NOT NULL;
CREATE INDEX oauth_grants_client_revoked ON oauth_grants (client_id, revoked_at, id) WHERE revoked_at IS NOT NULL;
CREATE INDEX oauth_grants_reused ON oauth_grants (revoked_at, id) WHERE revoked_reason IN ('code_replay', 'refresh_reuse');
CREATE INDEX oauth_grants_client_reused ON oauth_grants (client_id, revoked_at, id) WHERE revoked_reason IN ('code_replay', 'refresh_reuse');
CREATE INDEX oauth_access_tokens_family ON oauth_access_tokens (grant_id, created_at, id);

-- +goose Down
DROP INDEX oauth_access_tokens_family;
DROP INDEX oauth_grants_client_reused;
DROP INDEX oauth_grants_reused;
DROP INDEX oauth_grants_client_revoked;
DROP INDEX oauth_grants_revoked;
DROP INDEX oauth_grants_ends;
DROP INDEX oauth_grants_client_ends;
DROP INDEX oauth_grants_issued;
DROP INDEX oauth_grants_of_client;
DROP INDEX oauth_grants_member;
DROP INDEX oauth_grants_app;
CREATE INDEX oauth_grants_subject ON oauth_grants (subject, client_id);
CREATE INDEX oauth_grants_client ON oauth_grants (client_id);
CREATE INDEX oauth_grants_created ON oauth_grants (created_at);
CREATE INDEX oauth_grants_living ON oauth_grants (client_id) WHERE revoked_at IS NULL;
CREATE INDEX oauth_access_tokens_grant ON oauth_access_tokens (grant_id);
ALTER TABLE oauth_grants DROP COLUMN ends_at;
