CREATE TABLE IF NOT EXISTS %[1]s.projector (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    shape       text   NOT NULL,
    epoch       bigint NOT NULL DEFAULT 0,
    version     bigint NOT NULL DEFAULT 0,
    commit_pos  bigint NOT NULL DEFAULT 0,
    prepare_pos bigint NOT NULL DEFAULT 0,
    leader      text   NOT NULL DEFAULT '',
    problem     text   NOT NULL DEFAULT '',
    updated_at  timestamptz NOT NULL DEFAULT now(),
    -- Which event the checkpoint is, so that a log put back from an older copy is known by it.
    at_stream   text   NOT NULL DEFAULT '',
    at_revision bigint NOT NULL DEFAULT 0,
    at_event    uuid
)
