-- An organization's ($1) groups with their newest rule, and how many members are in each by their last assignment.
SELECT group_id AS id, name, closed, created_at,
    coalesce((SELECT max(version) FROM rules x WHERE x.org = g.org AND x.group_id = g.group_id), 0) AS version,
    coalesce(n.members, 0) AS members
FROM groups g
LEFT JOIN (
    SELECT group_id, count(*) AS members FROM assignments a
    WHERE a.org = $1 AND NOT EXISTS (SELECT 1 FROM assignments l WHERE l.org = $1 AND l.member = a.member AND l.from_date > a.from_date)
    GROUP BY group_id
) n USING (group_id)
WHERE org = $1 ORDER BY created_at, group_id
