-- +goose Up
-- Operators list the members who use a client or once did. Consents and families of tokens tell who, but not in the order of a list
-- of members, and both go in time: here each member stays under each client until one of the two is gone. Triggers keep the rows.
CREATE TABLE oauth_member_clients (
    client_id TEXT NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
    joined_at DATETIME NOT NULL,
    user_id   TEXT NOT NULL,
    PRIMARY KEY (client_id, joined_at, user_id)
) WITHOUT ROWID;
INSERT INTO oauth_member_clients (client_id, joined_at, user_id)
SELECT uses.client_id, users.created_at, users.id
FROM (SELECT client_id, subject FROM oauth_consents UNION SELECT client_id, subject FROM oauth_grants) AS uses JOIN users ON users.id = uses.subject;
CREATE INDEX oauth_member_clients_user ON oauth_member_clients (user_id, client_id);

-- +goose StatementBegin
CREATE TRIGGER oauth_member_clients_allowed AFTER INSERT ON oauth_consents BEGIN
    INSERT INTO oauth_member_clients (client_id, joined_at, user_id) SELECT NEW.client_id, created_at, id FROM users WHERE id = NEW.subject
        ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER oauth_member_clients_signed_in AFTER INSERT ON oauth_grants WHEN NEW.subject <> '' BEGIN
    INSERT INTO oauth_member_clients (client_id, joined_at, user_id) SELECT NEW.client_id, created_at, id FROM users WHERE id = NEW.subject
        ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER oauth_member_clients_gone AFTER DELETE ON users BEGIN
    DELETE FROM oauth_member_clients WHERE user_id = OLD.id;
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER oauth_member_clients_gone;
DROP TRIGGER oauth_member_clients_signed_in;
DROP TRIGGER oauth_member_clients_allowed;
DROP TABLE oauth_member_clients;
