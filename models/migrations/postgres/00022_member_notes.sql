-- +goose Up
-- What operators write down about a member, for each other. It goes with the member.
CREATE TABLE member_notes (
    id         TEXT PRIMARY KEY,
    member_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    author_id  TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX member_notes_member ON member_notes (member_id, created_at, id);

-- +goose Down
DROP TABLE member_notes;
