-- +goose Up
-- Versions of the program that run side by side each have a shape, with a projector and read models of its own.
CREATE TABLE projection.shapes (
    shape   text PRIMARY KEY,
    -- The number of the version's folds; a program two behind the greatest does not start.
    fold    int  NOT NULL,
    -- The sum of its tables; versions with the same can show each other's rows.
    tables  text NOT NULL,
    -- Its tables are rm_<version>; 0 while it has none.
    version bigint NOT NULL DEFAULT 0,
    -- When a copy of it last said that it lives.
    seen_at timestamptz NOT NULL DEFAULT now()
);

-- What all versions see: why the log does not fit to what was read of it, empty while it does. A start holds its row.
CREATE TABLE projection.log (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    rollback text NOT NULL DEFAULT ''
);
INSERT INTO projection.log (rollback) SELECT rollback FROM projection.projector;

-- Read models of the versions before are left to the first one that makes its own.
DROP TABLE projection.projector;
DROP SCHEMA IF EXISTS rm CASCADE;

-- +goose Down
DROP TABLE projection.log;
DROP TABLE projection.shapes;
DROP VIEW IF EXISTS projection.projector;
CREATE TABLE projection.projector (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch       bigint NOT NULL,
    version     bigint NOT NULL,
    shape       text   NOT NULL,
    commit_pos  bigint NOT NULL,
    prepare_pos bigint NOT NULL,
    leader      text   NOT NULL DEFAULT '',
    problem     text   NOT NULL DEFAULT '',
    updated_at  timestamptz NOT NULL DEFAULT now(),
    at_stream   text   NOT NULL DEFAULT '',
    at_revision bigint NOT NULL DEFAULT 0,
    at_event    uuid,
    rollback    text   NOT NULL DEFAULT ''
);
INSERT INTO projection.projector (one, epoch, version, shape, commit_pos, prepare_pos) VALUES (true, 0, 0, '', 0, 0);
