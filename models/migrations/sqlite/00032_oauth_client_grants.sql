-- +goose Up
-- Operators list the clients that may use a grant; each of the grants has an index of the clients that do.
CREATE INDEX oauth_clients_signing_in ON oauth_clients (created_at, id) WHERE grants LIKE '%"authorization_code"%';
CREATE INDEX oauth_clients_refreshing ON oauth_clients (created_at, id) WHERE grants LIKE '%"refresh_token"%';
CREATE INDEX oauth_clients_themselves ON oauth_clients (created_at, id) WHERE grants LIKE '%"client_credentials"%';

-- +goose Down
DROP INDEX oauth_clients_themselves;
DROP INDEX oauth_clients_refreshing;
DROP INDEX oauth_clients_signing_in;
