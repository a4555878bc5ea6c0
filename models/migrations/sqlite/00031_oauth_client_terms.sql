-- +goose Up
-- Operators find a client by the start of a word of its name, of its id, or of the host of a redirect address; an installed app
-- has the scheme of its address instead.
INSERT INTO search_terms (kind, term, ref) SELECT 'client', lower(id), id FROM oauth_clients;
INSERT OR IGNORE INTO search_terms (kind, term, ref)
WITH RECURSIVE words (id, word, rest) AS (
    SELECT id, '', lower(name) || ' ' FROM oauth_clients
    UNION ALL
    SELECT id, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1) FROM words WHERE rest <> ''
)
SELECT 'client', word, id FROM words WHERE word <> '';
INSERT OR IGNORE INTO search_terms (kind, term, ref)
WITH addresses (id, scheme, rest) AS (
    SELECT c.id, lower(substr(u.value, 1, instr(u.value, ':') - 1)), lower(substr(u.value, instr(u.value, ':') + 1))
    FROM oauth_clients c, json_each(c.redirect_uris) u
), places (id, scheme, host) AS (
    SELECT id, scheme, CASE WHEN substr(rest, 1, 2) = '//' THEN replace(replace(substr(rest, 3), '?', '/'), ':', '/') || '/' ELSE '/' END
    FROM addresses
)
SELECT 'client', CASE WHEN substr(host, 1, 1) = '/' THEN scheme ELSE substr(host, 1, instr(host, '/') - 1) END, id FROM places
WHERE substr(host, 1, 1) <> '[';

-- +goose Down
DELETE FROM search_terms WHERE kind = 'client';
