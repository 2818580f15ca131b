-- +goose Up
-- The role that reads for people sees one organization of the ledger's index; the owner, who writes it, sees all.
ALTER TABLE ledger.ledger_index ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ledger.ledger_index TO daka_app
    USING (org = (SELECT current_setting('app.tenant', true)::uuid)) WITH CHECK (org = (SELECT current_setting('app.tenant', true)::uuid));
GRANT USAGE ON SCHEMA ledger TO daka_app;
GRANT SELECT ON ledger.ledger_index TO daka_app;

-- +goose Down
REVOKE SELECT ON ledger.ledger_index FROM daka_app;
REVOKE USAGE ON SCHEMA ledger FROM daka_app;
DROP POLICY tenant ON ledger.ledger_index;
ALTER TABLE ledger.ledger_index DISABLE ROW LEVEL SECURITY;
