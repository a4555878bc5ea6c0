-- +goose Up
-- Figures of each day (UTC), so that no page has to count. What the audit log tells is added seal by seal: daily_progress says
-- which seal is next, and begins before the first one, so that what a database already holds is counted too.
CREATE TABLE daily_stats (
    day    TEXT NOT NULL,
    figure TEXT NOT NULL,
    value  BIGINT NOT NULL,
    PRIMARY KEY (day, figure)
) WITHOUT ROWID;

CREATE TABLE daily_progress (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    seal          BIGINT NOT NULL,
    counted_until DATETIME,
    people_at     DATETIME
);

-- Who was here on a day, for as long as somebody could still be counted twice.
CREATE TABLE active_people (
    day     TEXT NOT NULL,
    user_id TEXT NOT NULL,
    counted BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (day, user_id)
) WITHOUT ROWID;
CREATE INDEX active_people_uncounted ON active_people (day, user_id) WHERE NOT counted;

-- +goose Down
DROP TABLE active_people;
DROP TABLE daily_progress;
DROP TABLE daily_stats;
