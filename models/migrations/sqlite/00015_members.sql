-- +goose Up
-- What operators find people by: lists by state, and the start of an address, of its domain, of a word of the name.
CREATE INDEX users_joined ON users (created_at, id);
CREATE INDEX users_locked ON users (created_at, id) WHERE locked_at IS NOT NULL;
CREATE INDEX users_suspended ON users (created_at, id) WHERE disabled_at IS NOT NULL;
CREATE INDEX users_unproven ON users (created_at, id) WHERE email_verified_at IS NULL;

CREATE TABLE search_terms (
    kind TEXT NOT NULL,
    term TEXT NOT NULL,
    ref  TEXT NOT NULL,
    PRIMARY KEY (kind, term, ref)
) WITHOUT ROWID;
CREATE INDEX search_terms_ref ON search_terms (kind, ref);

INSERT INTO search_terms (kind, term, ref) SELECT 'member', email, id FROM users;
INSERT OR IGNORE INTO search_terms (kind, term, ref) SELECT 'member', substr(email, instr(email, '@') + 1), id FROM users;
INSERT INTO search_terms (kind, term, ref) SELECT 'member', lower(id), id FROM users;
INSERT OR IGNORE INTO search_terms (kind, term, ref)
WITH RECURSIVE words (id, word, rest) AS (
    SELECT id, '', lower(name) || ' ' FROM users
    UNION ALL
    SELECT id, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1) FROM words WHERE rest <> ''
)
SELECT 'member', word, id FROM words WHERE word <> '';

-- The password that an operator has refused waits here, out of reach, until they accept it again or another is set.
ALTER TABLE users ADD COLUMN refused_password_hash TEXT NOT NULL DEFAULT '';
CREATE INDEX users_reset_required ON users (created_at, id) WHERE refused_password_hash <> '';

-- +goose Down
DROP INDEX users_reset_required;
ALTER TABLE users DROP COLUMN refused_password_hash;
DROP TABLE search_terms;
DROP INDEX users_unproven;
DROP INDEX users_suspended;
DROP INDEX users_locked;
DROP INDEX users_joined;
