-- +goose Up
-- What lists of members are filtered and ordered by and no column of users says: when somebody was last seen, and what proves who
-- they are. It has a table of its own, so that a page view does not write to an account, and is kept by triggers, so that none of
-- the many places that add or take a factor can forget it. Who was never seen counts as seen when they joined.
CREATE INDEX users_active ON users (created_at, id) WHERE email_verified_at IS NOT NULL AND locked_at IS NULL AND refused_password_hash = '' AND (disabled_at IS NULL OR disabled_until IS NOT NULL);

CREATE TABLE member_facts (
    user_id      TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    joined_at    TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    apps         BIGINT NOT NULL DEFAULT 0,
    passkeys     BIGINT NOT NULL DEFAULT 0,
    codes        BIGINT NOT NULL DEFAULT 0
);
INSERT INTO member_facts (user_id, joined_at, last_seen_at, apps, passkeys, codes)
SELECT id, created_at, coalesce((SELECT max(last_seen_at) FROM sessions WHERE sessions.user_id = users.id), created_at),
    (SELECT count(*) FROM authenticators WHERE authenticators.user_id = users.id),
    (SELECT count(*) FROM passkeys WHERE passkeys.user_id = users.id),
    (SELECT count(*) FROM recovery_codes WHERE recovery_codes.user_id = users.id AND used_at IS NULL)
FROM users;
CREATE INDEX member_facts_seen ON member_facts (last_seen_at, user_id);
CREATE INDEX member_facts_none ON member_facts (joined_at, user_id) WHERE apps = 0 AND passkeys = 0;
CREATE INDEX member_facts_app ON member_facts (joined_at, user_id) WHERE apps > 0;
CREATE INDEX member_facts_passkey ON member_facts (joined_at, user_id) WHERE passkeys > 0;
CREATE INDEX member_facts_codes ON member_facts (joined_at, user_id) WHERE codes <= 3 AND (apps > 0 OR passkeys > 0);

-- +goose StatementBegin
CREATE FUNCTION member_facts_joined() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO member_facts (user_id, joined_at, last_seen_at) VALUES (NEW.id, NEW.created_at, NEW.created_at);
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION member_facts_seen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE member_facts SET last_seen_at = NEW.last_seen_at WHERE user_id = NEW.user_id AND last_seen_at < NEW.last_seen_at;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION member_facts_count() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owner text := CASE WHEN TG_OP = 'DELETE' THEN OLD.user_id ELSE NEW.user_id END;
    step  int  := CASE WHEN TG_OP = 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    UPDATE member_facts SET
        apps     = apps     + CASE WHEN TG_TABLE_NAME = 'authenticators' THEN step ELSE 0 END,
        passkeys = passkeys + CASE WHEN TG_TABLE_NAME = 'passkeys' THEN step ELSE 0 END,
        codes    = codes    + CASE WHEN TG_TABLE_NAME = 'recovery_codes' THEN step ELSE 0 END
    WHERE user_id = owner;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- All but the first wait for the commit: a transaction that holds this row and waits for another would be in the way of those who
-- hold that other row and wait for this one.
CREATE TRIGGER member_facts_joined AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION member_facts_joined();
CREATE CONSTRAINT TRIGGER member_facts_signed_in AFTER INSERT ON sessions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION member_facts_seen();
CREATE CONSTRAINT TRIGGER member_facts_seen_again AFTER UPDATE OF last_seen_at ON sessions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION member_facts_seen();
CREATE CONSTRAINT TRIGGER member_facts_app AFTER INSERT OR DELETE ON authenticators DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION member_facts_count();
CREATE CONSTRAINT TRIGGER member_facts_passkey AFTER INSERT OR DELETE ON passkeys DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION member_facts_count();
CREATE CONSTRAINT TRIGGER member_facts_code_added AFTER INSERT ON recovery_codes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.used_at IS NULL) EXECUTE FUNCTION member_facts_count();
CREATE CONSTRAINT TRIGGER member_facts_code_used AFTER UPDATE OF used_at ON recovery_codes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.used_at IS NULL AND NEW.used_at IS NOT NULL) EXECUTE FUNCTION member_facts_count();
CREATE CONSTRAINT TRIGGER member_facts_code_gone AFTER DELETE ON recovery_codes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.used_at IS NULL) EXECUTE FUNCTION member_facts_count();

-- How an operator had a list drawn last.
CREATE TABLE list_choices (
    user_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    list     TEXT NOT NULL,
    sort     TEXT NOT NULL,
    per_page BIGINT NOT NULL,
    PRIMARY KEY (user_id, list)
);

-- +goose Down
DROP TABLE list_choices;
DROP TRIGGER member_facts_code_gone ON recovery_codes;
DROP TRIGGER member_facts_code_used ON recovery_codes;
DROP TRIGGER member_facts_code_added ON recovery_codes;
DROP TRIGGER member_facts_passkey ON passkeys;
DROP TRIGGER member_facts_app ON authenticators;
DROP TRIGGER member_facts_seen_again ON sessions;
DROP TRIGGER member_facts_signed_in ON sessions;
DROP TRIGGER member_facts_joined ON users;
DROP FUNCTION member_facts_count;
DROP FUNCTION member_facts_seen;
DROP FUNCTION member_facts_joined;
DROP TABLE member_facts;
DROP INDEX users_active;
