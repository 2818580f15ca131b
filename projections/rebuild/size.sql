-- How many events the ledger index holds in the epoch in force, of one organization ($1) or of all; it hops from organization to organization.
WITH RECURSIVE o AS (
    (SELECT org FROM ledger.ledger_index ORDER BY org LIMIT 1)
    UNION ALL
    SELECT (SELECT i.org FROM ledger.ledger_index i WHERE i.org > o.org ORDER BY i.org LIMIT 1) FROM o WHERE o.org IS NOT NULL
)
SELECT coalesce(sum((SELECT max(index) + 1 FROM ledger.ledger_index i WHERE i.org = o.org AND i.epoch = ledger.epoch())), 0)::bigint
FROM o
WHERE $1::uuid IS NULL OR o.org = $1
