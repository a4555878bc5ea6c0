-- +goose Up
-- What the processes counted, in spans of some minutes: of one, for now, and of more, so that a week is not drawn from ten
-- thousand rows. Several processes add to the same row.
CREATE TABLE minute_stats (
    span   INTEGER NOT NULL,
    at     DATETIME NOT NULL,
    name   TEXT NOT NULL,
    total  BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    under1 BIGINT NOT NULL,
    under2 BIGINT NOT NULL,
    under5 BIGINT NOT NULL,
    under10 BIGINT NOT NULL,
    under20 BIGINT NOT NULL,
    under50 BIGINT NOT NULL,
    under100 BIGINT NOT NULL,
    under200 BIGINT NOT NULL,
    under500 BIGINT NOT NULL,
    under1000 BIGINT NOT NULL,
    under2000 BIGINT NOT NULL,
    under5000 BIGINT NOT NULL,
    beyond BIGINT NOT NULL,
    PRIMARY KEY (span, at, name)
) WITHOUT ROWID;

-- The processes that run, and how many batches of counts each has written: a batch that is sent again is not counted again.
CREATE TABLE processes (
    id         TEXT PRIMARY KEY,
    version    TEXT NOT NULL,
    started_at DATETIME NOT NULL,
    seen_at    DATETIME NOT NULL,
    batch      BIGINT NOT NULL
);
CREATE INDEX processes_seen ON processes (seen_at);

-- +goose Down
DROP TABLE processes;
DROP TABLE minute_stats;
