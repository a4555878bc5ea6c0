-- +goose Up
-- What operators chose while the program ran, one row for each change. The newest row of a name counts, and the newest
-- of all tells every process that there is something to read.
CREATE TABLE settings (
    version    INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id   TEXT NOT NULL,
    reason     TEXT NOT NULL,
    back_to    INTEGER,
    created_at DATETIME NOT NULL
);
CREATE INDEX settings_name ON settings (name, version);

-- +goose Down
DROP TABLE settings;
