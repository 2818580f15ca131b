-- Dirty ranges, each cut to dates that can have a row: from the first with a rule, the first that a fact speaks of or the first row, to the last of
-- clock, punch and row; nothing is left where there is neither. Before the first rule it ends at the last date with a fact, and behind the clock at
-- the last punch: what lies between two facts of far-off dates is never assessed.
SELECT d.org, d.member, d.from_date, d.to_date,
    CASE WHEN x.first IS NOT NULL THEN greatest(d.from_date, x.first) END AS f,
    CASE WHEN x.governed <= x.last + 3 THEN x.last ELSE least(x.last, greatest(
        (SELECT max(date) FROM roster y WHERE y.org = d.org AND y.member = d.member AND y.date <= x.last),
        (SELECT max(date) FROM corrections y WHERE y.org = d.org AND y.member = d.member AND y.date <= x.last),
        (SELECT max(to_date) FROM requests y WHERE y.org = d.org AND y.member = d.member AND y.from_date <= x.last AND y.state IN ('approved', 'pending')),
        (SELECT max(date) FROM days y WHERE y.org = d.org AND y.member = d.member AND y.date <= x.last),
        ((SELECT max(at) FROM punches y WHERE y.org = d.org AND y.member = d.member AND y.at < (x.last + 5)::timestamp AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')::date + 4
    )) END AS t
FROM dirty d
LEFT JOIN members m ON m.org = d.org AND m.member = d.member
LEFT JOIN clocks c ON c.org = d.org
CROSS JOIN LATERAL (
    SELECT CASE WHEN m.governed_from IS NOT NULL THEN greatest(m.joined, m.governed_from) END AS governed
) g
CROSS JOIN LATERAL (
    SELECT g.governed,
        CASE WHEN g.governed <= d.from_date THEN d.from_date ELSE least(
            g.governed,
            (SELECT min(date) FROM roster y WHERE y.org = d.org AND y.member = d.member),
            (SELECT min(date) FROM corrections y WHERE y.org = d.org AND y.member = d.member),
            (SELECT min(from_date) FROM requests y WHERE y.org = d.org AND y.member = d.member AND y.state IN ('approved', 'pending')),
            (SELECT min(date) FROM days y WHERE y.org = d.org AND y.member = d.member),
            ((SELECT min(at) FROM punches y WHERE y.org = d.org AND y.member = d.member) AT TIME ZONE 'UTC')::date - 5
        ) END AS first,
        least(d.to_date, greatest(
            (c.through AT TIME ZONE 'UTC')::date + 1,
            d.from_date - 1,
            (SELECT max(date) FROM days y WHERE y.org = d.org AND y.member = d.member AND y.date <= d.to_date),
            ((SELECT max(at) FROM punches y WHERE y.org = d.org AND y.member = d.member AND y.at < (d.to_date + 5)::timestamp AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')::date + 4
        )) AS last
) x
