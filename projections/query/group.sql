-- An organization's ($1) groups with their newest rule, whom each holds on a date ($2), and the departments that each takes then or later.
SELECT group_id AS id, name, closed, created_at,
    coalesce((SELECT max(version) FROM rules x WHERE x.org = g.org AND x.group_id = g.group_id), 0) AS version,
    coalesce(n.members, 0) AS members,
    coalesce(k.departments, '[]') AS departments
FROM groups g
LEFT JOIN (
    SELECT group_id, count(*) AS members FROM assignments a JOIN members m USING (org, member)
    WHERE a.org = $1 AND a.from_date <= greatest(m.joined, $2::date) AND (m.left_on IS NULL OR m.left_on >= $2::date)
        AND NOT EXISTS (SELECT 1 FROM assignments l WHERE l.org = $1 AND l.member = a.member AND l.from_date > a.from_date AND l.from_date <= greatest(m.joined, $2::date))
    GROUP BY group_id
) n USING (group_id)
LEFT JOIN (
    SELECT group_id, jsonb_agg(jsonb_build_object(
        'department', nullif(department, '00000000-0000-0000-0000-000000000000'), 'from', from_date, 'until', coalesce((until - 1)::text, '')
    ) ORDER BY from_date, department) AS departments
    FROM (SELECT l.*, lead(from_date) OVER (PARTITION BY group_id, department ORDER BY from_date) AS until FROM group_links l WHERE org = $1) t
    WHERE taken AND (until IS NULL OR until > $2::date) GROUP BY group_id
) k USING (group_id)
WHERE org = $1 ORDER BY created_at, group_id
