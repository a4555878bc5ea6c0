-- +goose Up
-- The columns that an operator had drawn of a list, by their names in its address; empty: all.
ALTER TABLE list_choices ADD COLUMN columns TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE list_choices DROP COLUMN columns;
