-- +goose Up
-- Operators list the clients that may ask for a scope, and the consents that give one. Both keep several in one column, which no
-- index reads: here each has a row of its own. Triggers keep the rows, so that none of the places that write scopes can forget
-- them; what is deleted takes its rows with it.
CREATE TABLE oauth_client_scopes (
    client_id  TEXT NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
    scope      TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (client_id, scope)
);
INSERT INTO oauth_client_scopes (client_id, scope, created_at)
SELECT DISTINCT c.id, s.scope, c.created_at FROM oauth_clients c, jsonb_array_elements_text(c.scopes::jsonb) AS s (scope);
CREATE INDEX oauth_client_scopes_list ON oauth_client_scopes (scope, created_at, client_id);

CREATE TABLE oauth_consent_scopes (
    consent_id TEXT NOT NULL REFERENCES oauth_consents (id) ON DELETE CASCADE,
    client_id  TEXT NOT NULL,
    scope      TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (consent_id, scope)
);
INSERT INTO oauth_consent_scopes (consent_id, client_id, scope, created_at)
SELECT DISTINCT c.id, c.client_id, s.scope, c.created_at FROM oauth_consents c, jsonb_array_elements_text(c.scopes::jsonb) AS s (scope);
CREATE INDEX oauth_consent_scopes_list ON oauth_consent_scopes (scope, created_at, consent_id);
CREATE INDEX oauth_consent_scopes_client ON oauth_consent_scopes (client_id, scope, created_at, consent_id);

-- +goose StatementBegin
CREATE FUNCTION oauth_client_scopes_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM oauth_client_scopes WHERE TG_OP = 'UPDATE' AND client_id = NEW.id;
    INSERT INTO oauth_client_scopes (client_id, scope, created_at)
    SELECT DISTINCT NEW.id, s.scope, NEW.created_at FROM jsonb_array_elements_text(NEW.scopes::jsonb) AS s (scope);
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION oauth_consent_scopes_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM oauth_consent_scopes WHERE TG_OP = 'UPDATE' AND consent_id = NEW.id;
    INSERT INTO oauth_consent_scopes (consent_id, client_id, scope, created_at)
    SELECT DISTINCT NEW.id, NEW.client_id, s.scope, NEW.created_at FROM jsonb_array_elements_text(NEW.scopes::jsonb) AS s (scope);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER oauth_client_scopes_made AFTER INSERT ON oauth_clients FOR EACH ROW EXECUTE FUNCTION oauth_client_scopes_follow();
CREATE TRIGGER oauth_client_scopes_changed AFTER UPDATE OF scopes ON oauth_clients FOR EACH ROW WHEN (OLD.scopes <> NEW.scopes) EXECUTE FUNCTION oauth_client_scopes_follow();
CREATE TRIGGER oauth_consent_scopes_given AFTER INSERT ON oauth_consents FOR EACH ROW EXECUTE FUNCTION oauth_consent_scopes_follow();
CREATE TRIGGER oauth_consent_scopes_given_anew AFTER UPDATE OF scopes, created_at ON oauth_consents
FOR EACH ROW WHEN (OLD.scopes <> NEW.scopes OR OLD.created_at <> NEW.created_at) EXECUTE FUNCTION oauth_consent_scopes_follow();

-- +goose Down
DROP TRIGGER oauth_consent_scopes_given_anew ON oauth_consents;
DROP TRIGGER oauth_consent_scopes_given ON oauth_consents;
DROP TRIGGER oauth_client_scopes_changed ON oauth_clients;
DROP TRIGGER oauth_client_scopes_made ON oauth_clients;
DROP FUNCTION oauth_consent_scopes_follow;
DROP FUNCTION oauth_client_scopes_follow;
DROP TABLE oauth_consent_scopes;
DROP TABLE oauth_client_scopes;
