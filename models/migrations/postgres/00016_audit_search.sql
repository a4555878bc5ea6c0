-- +goose Up
-- Every filter of the audit explorer has an index that begins with it and goes on in the order of the list. Most rows have
-- neither batch nor effective person, and most are no failures: those indexes hold the few that matter.
DROP INDEX audit_events_subject;
CREATE INDEX audit_events_about ON audit_events (subject_id, created_at, id);
CREATE INDEX audit_events_actor ON audit_events (actor_id, created_at, id) WHERE actor_id <> '';
CREATE INDEX audit_events_effective ON audit_events (effective_id, created_at, id) WHERE effective_id <> '';
CREATE INDEX audit_events_target ON audit_events (target_id, created_at, id) WHERE target_id <> '';
CREATE INDEX audit_events_client ON audit_events (client_id, created_at, id) WHERE client_id <> '';
CREATE INDEX audit_events_address ON audit_events (address COLLATE "C", created_at, id) WHERE address <> '';
CREATE INDEX audit_events_request ON audit_events (request_id, created_at, id) WHERE request_id <> '';
CREATE INDEX audit_events_batch ON audit_events (batch_id, created_at, id) WHERE batch_id <> '';
CREATE INDEX audit_events_action ON audit_events (action, created_at, id);
CREATE INDEX audit_events_action_failed ON audit_events (action, created_at, id) WHERE outcome <> 'success';
CREATE INDEX audit_events_failed ON audit_events (outcome, created_at, id) WHERE outcome <> 'success';
CREATE INDEX audit_events_viewed_as ON audit_events (created_at, id) WHERE effective_id <> '';
CREATE INDEX audit_events_operators ON audit_events (created_at, id) WHERE (actor_kind = 'operator' OR substr(action, 1, 6) = 'admin.');

-- Searches that operators keep, for themselves or for all of them.
CREATE TABLE audit_views (
    id         TEXT PRIMARY KEY,
    owner_id   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    query      TEXT NOT NULL,
    shared     BOOLEAN NOT NULL DEFAULT FALSE,
    preferred  BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX audit_views_name ON audit_views (owner_id, name);
CREATE UNIQUE INDEX audit_views_preferred ON audit_views (owner_id) WHERE preferred;
CREATE INDEX audit_views_shared ON audit_views (name, id) WHERE shared;

-- +goose Down
DROP TABLE audit_views;
DROP INDEX audit_events_operators;
DROP INDEX audit_events_viewed_as;
DROP INDEX audit_events_failed;
DROP INDEX audit_events_action_failed;
DROP INDEX audit_events_action;
DROP INDEX audit_events_batch;
DROP INDEX audit_events_request;
DROP INDEX audit_events_address;
DROP INDEX audit_events_client;
DROP INDEX audit_events_target;
DROP INDEX audit_events_effective;
DROP INDEX audit_events_actor;
DROP INDEX audit_events_about;
CREATE INDEX audit_events_subject ON audit_events (subject_id, created_at);
