-- +goose Up
-- A batch that takes another one back leaves alone who has changed since; it says how many those are.
ALTER TABLE batches ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE batches DROP COLUMN changed;
