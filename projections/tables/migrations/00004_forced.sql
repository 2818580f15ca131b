-- +goose Up
-- The index obeys row-level security even for its owner, as every read model does; the owner's own policy lets the projector write and sees all.
CREATE POLICY writer ON ledger.ledger_index TO CURRENT_USER USING (true) WITH CHECK (true);
ALTER TABLE ledger.ledger_index FORCE ROW LEVEL SECURITY;

-- +goose Down
ALTER TABLE ledger.ledger_index NO FORCE ROW LEVEL SECURITY;
DROP POLICY writer ON ledger.ledger_index;
