-- +goose Up
-- The orders in which operators read the queue. River's own indexes are made for fetching, and have none of these. The table is
-- River's: a migration of River that makes it anew has to be followed by one that makes these anew.
CREATE INDEX river_job_listed ON river_job (state, id);
CREATE INDEX river_job_listed_kind ON river_job (state, kind, id);
CREATE INDEX river_job_listed_queue ON river_job (state, queue, id);

-- How each periodic duty went when it was last done: the queue keeps what is done for a minute.
CREATE TABLE duty_runs (
    name     TEXT PRIMARY KEY,
    began_at DATETIME NOT NULL,
    ended_at DATETIME NOT NULL,
    failed   BOOLEAN NOT NULL
) WITHOUT ROWID;

-- +goose Down
DROP TABLE duty_runs;
DROP INDEX river_job_listed_queue;
DROP INDEX river_job_listed_kind;
DROP INDEX river_job_listed;
