-- +goose Up
CREATE TABLE audit_events (
    id          TEXT PRIMARY KEY,
    created_at  TIMESTAMPTZ NOT NULL,
    action      TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    reason      TEXT NOT NULL DEFAULT '',
    actor_kind  TEXT NOT NULL DEFAULT '',
    actor_id    TEXT NOT NULL DEFAULT '',
    subject_id  TEXT NOT NULL DEFAULT '',
    org_id      TEXT NOT NULL DEFAULT '',
    client_id   TEXT NOT NULL DEFAULT '',
    target_kind TEXT NOT NULL DEFAULT '',
    target_id   TEXT NOT NULL DEFAULT '',
    session_id  TEXT NOT NULL DEFAULT '',
    method      TEXT NOT NULL DEFAULT '',
    address     TEXT NOT NULL DEFAULT '',
    user_agent  TEXT NOT NULL DEFAULT '',
    request_id  TEXT NOT NULL DEFAULT '',
    meta        TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_events_time ON audit_events (created_at, id);
CREATE INDEX audit_events_subject ON audit_events (subject_id, created_at);

CREATE TABLE mails (
    id      TEXT PRIMARY KEY,
    kind    TEXT NOT NULL,
    to_address TEXT NOT NULL,
    subject TEXT NOT NULL,
    body    BYTEA NOT NULL,
    sent_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX mails_newest ON mails (sent_at, id);

-- +goose Down
DROP TABLE mails;
DROP TABLE audit_events;
