-- +goose Up
-- Operators find a client by the start of a word of its name, of its id, or of the host of a redirect address; an installed app
-- has the scheme of its address instead.
INSERT INTO search_terms (kind, term, ref) SELECT 'client', lower(id), id FROM oauth_clients;
INSERT INTO search_terms (kind, term, ref)
SELECT 'client', lower(word), id FROM oauth_clients, regexp_split_to_table(name, '\s+') AS word WHERE word <> ''
ON CONFLICT DO NOTHING;
INSERT INTO search_terms (kind, term, ref)
SELECT 'client', lower(coalesce(nullif(substring(address FROM '^[^:]+://([^/:?#]*)'), ''), split_part(address, ':', 1))), id
FROM oauth_clients, jsonb_array_elements_text(redirect_uris::jsonb) AS address WHERE address NOT LIKE '%://[%'
ON CONFLICT DO NOTHING;

-- +goose Down
DELETE FROM search_terms WHERE kind = 'client';
