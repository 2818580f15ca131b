-- +goose Up
-- Which event the checkpoint is, so that a log put back from an older copy is known by it, also when new events took the old ones' places.
ALTER TABLE projection.projector
    ADD COLUMN at_stream   text   NOT NULL DEFAULT '',
    ADD COLUMN at_revision bigint NOT NULL DEFAULT 0,
    ADD COLUMN at_event    uuid,
    -- Why the log does not fit to what was read of it, empty while it does.
    ADD COLUMN rollback    text   NOT NULL DEFAULT '';

-- A declared rollback begins the next epoch of the transparency log (events §5): the whole log is indexed anew under it, and what the
-- epochs before held stays as it was.
ALTER TABLE ledger.ledger_head ADD COLUMN epoch int NOT NULL DEFAULT 0;
ALTER TABLE ledger.ledger_index ADD COLUMN epoch int NOT NULL DEFAULT 0;
ALTER TABLE ledger.ledger_index DROP CONSTRAINT ledger_index_pkey, ADD CONSTRAINT ledger_index_pkey PRIMARY KEY (org, epoch, index);

-- Readers see one organization of the index and nothing of the head; the epoch in force is no secret.
-- +goose StatementBegin
CREATE FUNCTION ledger.epoch() RETURNS int LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
    AS $$ SELECT epoch FROM ledger.ledger_head $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION ledger.epoch();
DELETE FROM ledger.ledger_index WHERE epoch <> (SELECT epoch FROM ledger.ledger_head);
ALTER TABLE ledger.ledger_index DROP CONSTRAINT ledger_index_pkey, ADD CONSTRAINT ledger_index_pkey PRIMARY KEY (org, index);
ALTER TABLE ledger.ledger_index DROP COLUMN epoch;
ALTER TABLE ledger.ledger_head DROP COLUMN epoch;
ALTER TABLE projection.projector DROP COLUMN at_stream, DROP COLUMN at_revision, DROP COLUMN at_event, DROP COLUMN rollback;
