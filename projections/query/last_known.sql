-- The last entry of an organization ($1) known at an instant ($2). The running maximum in the index never falls, so it searches by halves. The
-- sub-select is looked up by key whatever the planner thinks of the table; a join could read it whole.
WITH RECURSIVE search (low, high) AS (
    SELECT 0::bigint, (SELECT max(index) + 1 FROM ledger.ledger_index WHERE org = $1 AND epoch = ledger.epoch())
    UNION ALL
    SELECT CASE WHEN known > $2 THEN low ELSE middle + 1 END, CASE WHEN known > $2 THEN middle ELSE high END
    FROM (
        SELECT low, high, (low + high) / 2 AS middle, (
            SELECT i.known FROM ledger.ledger_index i WHERE i.org = $1 AND i.epoch = ledger.epoch() AND i.index = (s.low + s.high) / 2
        ) AS known
        FROM search s WHERE low < high OFFSET 0
    ) halves
)
SELECT index, stream, revision FROM ledger.ledger_index
WHERE org = $1 AND epoch = ledger.epoch() AND index = (SELECT low - 1 FROM search WHERE low = high)
