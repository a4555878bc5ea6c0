-- +goose Up
-- Operators list the clients that may ask for a scope, and the consents that give one. Both keep several in one column, which no
-- index reads: here each has a row of its own. Triggers keep the rows, so that none of the places that write scopes can forget
-- them; what is deleted takes its rows with it.
CREATE TABLE oauth_client_scopes (
    client_id  TEXT NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
    scope      TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (client_id, scope)
) WITHOUT ROWID;
INSERT INTO oauth_client_scopes (client_id, scope, created_at)
SELECT DISTINCT c.id, s.value, c.created_at FROM oauth_clients c, json_each(c.scopes) s;
CREATE INDEX oauth_client_scopes_list ON oauth_client_scopes (scope, created_at, client_id);

CREATE TABLE oauth_consent_scopes (
    consent_id TEXT NOT NULL REFERENCES oauth_consents (id) ON DELETE CASCADE,
    client_id  TEXT NOT NULL,
    scope      TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (consent_id, scope)
) WITHOUT ROWID;
INSERT INTO oauth_consent_scopes (consent_id, client_id, scope, created_at)
SELECT DISTINCT c.id, c.client_id, s.value, c.created_at FROM oauth_consents c, json_each(c.scopes) s;
CREATE INDEX oauth_consent_scopes_list ON oauth_consent_scopes (scope, created_at, consent_id);
CREATE INDEX oauth_consent_scopes_client ON oauth_consent_scopes (client_id, scope, created_at, consent_id);

-- +goose StatementBegin
CREATE TRIGGER oauth_client_scopes_made AFTER INSERT ON oauth_clients BEGIN
    INSERT INTO oauth_client_scopes (client_id, scope, created_at) SELECT DISTINCT NEW.id, value, NEW.created_at FROM json_each(NEW.scopes);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER oauth_client_scopes_changed AFTER UPDATE OF scopes ON oauth_clients WHEN OLD.scopes <> NEW.scopes BEGIN
    DELETE FROM oauth_client_scopes WHERE client_id = NEW.id;
    INSERT INTO oauth_client_scopes (client_id, scope, created_at) SELECT DISTINCT NEW.id, value, NEW.created_at FROM json_each(NEW.scopes);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER oauth_consent_scopes_given AFTER INSERT ON oauth_consents BEGIN
    INSERT INTO oauth_consent_scopes (consent_id, client_id, scope, created_at)
    SELECT DISTINCT NEW.id, NEW.client_id, value, NEW.created_at FROM json_each(NEW.scopes);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER oauth_consent_scopes_given_anew AFTER UPDATE OF scopes, created_at ON oauth_consents
WHEN OLD.scopes <> NEW.scopes OR OLD.created_at <> NEW.created_at BEGIN
    DELETE FROM oauth_consent_scopes WHERE consent_id = NEW.id;
    INSERT INTO oauth_consent_scopes (consent_id, client_id, scope, created_at)
    SELECT DISTINCT NEW.id, NEW.client_id, value, NEW.created_at FROM json_each(NEW.scopes);
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER oauth_consent_scopes_given_anew;
DROP TRIGGER oauth_consent_scopes_given;
DROP TRIGGER oauth_client_scopes_changed;
DROP TRIGGER oauth_client_scopes_made;
DROP TABLE oauth_consent_scopes;
DROP TABLE oauth_client_scopes;
