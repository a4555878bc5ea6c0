-- +goose Up
-- Operators list the members who use a client or once did. Consents and families of tokens tell who, but not in the order of a list
-- of members, and both go in time: here each member stays under each client until one of the two is gone. Triggers keep the rows.
-- No row refers to its member: who signs in at a client would wait for whoever holds that account, and they for the sign-in.
CREATE TABLE oauth_member_clients (
    client_id TEXT NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
    joined_at TIMESTAMPTZ NOT NULL,
    user_id   TEXT NOT NULL,
    PRIMARY KEY (client_id, joined_at, user_id)
);
INSERT INTO oauth_member_clients (client_id, joined_at, user_id)
SELECT uses.client_id, users.created_at, users.id
FROM (SELECT client_id, subject FROM oauth_consents UNION SELECT client_id, subject FROM oauth_grants) AS uses JOIN users ON users.id = uses.subject;
CREATE INDEX oauth_member_clients_user ON oauth_member_clients (user_id, client_id);

-- +goose StatementBegin
CREATE FUNCTION oauth_member_clients_add() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO oauth_member_clients (client_id, joined_at, user_id) SELECT NEW.client_id, created_at, id FROM users WHERE id = NEW.subject
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION oauth_member_clients_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM oauth_member_clients WHERE user_id = OLD.id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- The first two wait for the commit, as those of member_facts do.
CREATE CONSTRAINT TRIGGER oauth_member_clients_allowed AFTER INSERT ON oauth_consents DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION oauth_member_clients_add();
CREATE CONSTRAINT TRIGGER oauth_member_clients_signed_in AFTER INSERT ON oauth_grants DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.subject <> '') EXECUTE FUNCTION oauth_member_clients_add();
CREATE TRIGGER oauth_member_clients_gone AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION oauth_member_clients_gone();

-- +goose Down
DROP TRIGGER oauth_member_clients_gone ON users;
DROP TRIGGER oauth_member_clients_signed_in ON oauth_grants;
DROP TRIGGER oauth_member_clients_allowed ON oauth_consents;
DROP FUNCTION oauth_member_clients_gone;
DROP FUNCTION oauth_member_clients_add;
DROP TABLE oauth_member_clients;
