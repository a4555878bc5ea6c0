-- +goose Up
-- An operator who takes a redirect address away is told how many sign-ins used it. A code goes a day after its end; how many were
-- redeemed stays here, for each client, address and day. Codes that are still there are counted by their own index.
CREATE TABLE oauth_redirect_uses (
    client_id    TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    day          TEXT NOT NULL,
    sign_ins     BIGINT NOT NULL,
    PRIMARY KEY (client_id, redirect_uri, day)
);
CREATE INDEX oauth_redirect_uses_day ON oauth_redirect_uses (day);
CREATE INDEX oauth_codes_used ON oauth_codes (client_id, redirect_uri) WHERE used_at IS NOT NULL;

-- +goose Down
DROP INDEX oauth_codes_used;
DROP TABLE oauth_redirect_uses;
