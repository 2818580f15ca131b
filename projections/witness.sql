-- The last entry of the index of each organization, of the $1 that were last written to; it hops from organization to organization.
WITH RECURSIVE o AS (
    (SELECT org FROM ledger.ledger_index ORDER BY org LIMIT 1)
    UNION ALL
    SELECT (SELECT i.org FROM ledger.ledger_index i WHERE i.org > o.org ORDER BY i.org LIMIT 1) FROM o WHERE o.org IS NOT NULL
)
SELECT t.stream, t.revision, t.event_id
FROM o CROSS JOIN LATERAL (
    SELECT i.stream, i.revision, i.event_id, i.known FROM ledger.ledger_index i
    WHERE i.org = o.org AND i.epoch = ledger.epoch() ORDER BY i.index DESC LIMIT 1
) t
ORDER BY t.known DESC LIMIT $1
