-- Where the days of members ($1 organizations, $2 members) can begin and end: the first date with a rule, the first and the last that a roster, a
-- correction or a request speaks of, and the organization's clock. A day has a row from the first date on which the member is in a group with a rule,
-- and where a fact lies on the date. Any other date of the membership says the same for everybody: no rule, no punch, Unscheduled. Such dates are
-- answered without rows, so that a joining of long ago costs nothing.
SELECT q.org, q.member,
    CASE WHEN m.governed_from IS NOT NULL THEN greatest(m.joined, m.governed_from) END AS governed,
    least(
        (SELECT min(date) FROM roster y WHERE y.org = q.org AND y.member = q.member),
        (SELECT min(date) FROM corrections y WHERE y.org = q.org AND y.member = q.member),
        (SELECT min(from_date) FROM requests y WHERE y.org = q.org AND y.member = q.member AND y.state IN ('approved', 'pending'))
    ) AS first_told,
    greatest(
        (SELECT max(date) FROM roster y WHERE y.org = q.org AND y.member = q.member),
        (SELECT max(date) FROM corrections y WHERE y.org = q.org AND y.member = q.member),
        (SELECT max(to_date) FROM requests y WHERE y.org = q.org AND y.member = q.member AND y.state IN ('approved', 'pending'))
    ) AS last_told,
    (c.through AT TIME ZONE 'UTC')::date AS through
FROM unnest($1::uuid[], $2::uuid[]) AS q (org, member)
LEFT JOIN members m USING (org, member)
LEFT JOIN clocks c USING (org)
