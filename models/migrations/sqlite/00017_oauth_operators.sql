-- +goose Up
-- Operators look through clients and consents, newest first or by one filter; each way has an index. A client says how old its
-- newest secret is, a secret when it was last used.
ALTER TABLE oauth_client_secrets ADD COLUMN last_used_at DATETIME;
ALTER TABLE oauth_clients ADD COLUMN keyed_at DATETIME;
UPDATE oauth_clients SET keyed_at = (SELECT max(created_at) FROM oauth_client_secrets s WHERE s.client_id = oauth_clients.id);

CREATE INDEX oauth_clients_created ON oauth_clients (created_at, id);
CREATE INDEX oauth_clients_kind ON oauth_clients (kind, created_at, id);
CREATE INDEX oauth_clients_auth ON oauth_clients (auth_method, created_at, id);
CREATE INDEX oauth_clients_origin ON oauth_clients (provenance, created_at, id);
CREATE INDEX oauth_clients_disabled ON oauth_clients (created_at, id) WHERE disabled_at IS NOT NULL;
CREATE INDEX oauth_clients_unverified ON oauth_clients (created_at, id) WHERE NOT verified;
CREATE INDEX oauth_clients_used ON oauth_clients (coalesce(last_used_at, created_at), id);
CREATE INDEX oauth_clients_keyed ON oauth_clients (keyed_at, id) WHERE keyed_at IS NOT NULL;

CREATE INDEX oauth_consents_created ON oauth_consents (created_at, id);
CREATE INDEX oauth_consents_subject ON oauth_consents (subject, created_at, id);
CREATE INDEX oauth_consents_client ON oauth_consents (client_id, created_at, id);

CREATE INDEX oauth_interactions_waiting ON oauth_interactions (client_id, expires_at) WHERE state = 'waiting';
CREATE INDEX oauth_grants_living ON oauth_grants (client_id) WHERE revoked_at IS NULL;

-- +goose Down
DROP INDEX oauth_grants_living;
DROP INDEX oauth_interactions_waiting;
DROP INDEX oauth_consents_client;
DROP INDEX oauth_consents_subject;
DROP INDEX oauth_consents_created;
DROP INDEX oauth_clients_keyed;
DROP INDEX oauth_clients_used;
DROP INDEX oauth_clients_unverified;
DROP INDEX oauth_clients_disabled;
DROP INDEX oauth_clients_origin;
DROP INDEX oauth_clients_auth;
DROP INDEX oauth_clients_kind;
DROP INDEX oauth_clients_created;
ALTER TABLE oauth_clients DROP COLUMN keyed_at;
ALTER TABLE oauth_client_secrets DROP COLUMN last_used_at;
