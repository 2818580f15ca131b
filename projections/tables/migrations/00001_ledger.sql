-- +goose Up
-- What is here is no read model: a rebuild never touches it.
CREATE SCHEMA IF NOT EXISTS ledger;

-- The dense order of each organization's events (events §5); tiles and signatures build on it.
CREATE TABLE ledger.ledger_index (
    org      uuid   NOT NULL,
    index    bigint NOT NULL,
    stream   text   NOT NULL,
    revision bigint NOT NULL,
    event_id uuid   NOT NULL,
    leaf     bytea  NOT NULL,
    -- Running maximum of received_at, which "known at" searches (events §2).
    known    timestamptz NOT NULL,
    PRIMARY KEY (org, index)
);

-- The last event that ledger_index has seen: an index survives a lost read model and goes on where it was.
CREATE TABLE ledger.ledger_head (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    commit_pos  bigint NOT NULL,
    prepare_pos bigint NOT NULL
);
INSERT INTO ledger.ledger_head (one, commit_pos, prepare_pos) VALUES (true, 0, 0);

-- The one projector: its fence, the schema it writes, and its checkpoint.
CREATE SCHEMA IF NOT EXISTS projection;
CREATE TABLE projection.projector (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch       bigint NOT NULL,
    version     bigint NOT NULL,
    shape       text   NOT NULL,
    commit_pos  bigint NOT NULL,
    prepare_pos bigint NOT NULL,
    leader      text   NOT NULL DEFAULT '',
    problem     text   NOT NULL DEFAULT '',
    updated_at  timestamptz NOT NULL DEFAULT now()
);
INSERT INTO projection.projector (one, epoch, version, shape, commit_pos, prepare_pos) VALUES (true, 0, 0, '', 0, 0);

-- +goose Down
DROP SCHEMA projection CASCADE;
DROP SCHEMA ledger CASCADE;
