-- How many entries each organization has in the epoch in force; it hops from organization to organization over the index.
WITH RECURSIVE o AS (
    (SELECT org FROM ledger.ledger_index ORDER BY org LIMIT 1)
    UNION ALL
    SELECT (SELECT i.org FROM ledger.ledger_index i WHERE i.org > o.org ORDER BY i.org LIMIT 1) FROM o WHERE o.org IS NOT NULL
)
SELECT org, size FROM (
    SELECT org, (SELECT max(index) + 1 FROM ledger.ledger_index i WHERE i.org = o.org AND i.epoch = ledger.epoch()) AS size FROM o
) s
WHERE size IS NOT NULL
