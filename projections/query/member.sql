-- Memberships with what was assigned to them, and why their events wait, if they do. Conditions on m follow.
SELECT m.org, m.member, m.number, m.name, m.name_event, m.email, m.email_event, m.phone, m.phone_event, m.key_id, m.position, m.account,
    m.joined, m.left_on, m.roles,
    coalesce((
        SELECT jsonb_agg(jsonb_build_object('group', a.group_id, 'from', a.from_date) ORDER BY a.from_date)
        FROM assignments a WHERE a.org = m.org AND a.member = m.member
    ), '[]') AS groups,
    coalesce((
        SELECT jsonb_agg(jsonb_build_object('department', x.department, 'from', CASE WHEN x.from_date > '0001-01-01' THEN x.from_date::text ELSE '' END) ORDER BY x.from_date)
        FROM postings x WHERE x.org = m.org AND x.member = m.member
    ), '[]') AS departments,
    coalesce((
        SELECT min(reason) FROM parked k
        WHERE k.org = m.org AND (
            (k.kind IN ('member', 'days') AND k.subject = m.member)
            OR k.kind IN ('organization', 'everything')
            OR (k.kind = 'group' AND EXISTS (SELECT 1 FROM assignments a WHERE a.org = m.org AND a.member = m.member AND a.group_id = k.subject))
        )
    ), '') AS parked
FROM members m
