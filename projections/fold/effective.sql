WITH who AS (WHO),
		dates AS (
			SELECT w.member, c.from_date AS at FROM who w JOIN choices c ON c.org = $1 AND c.member = w.member
			UNION SELECT w.member, p.from_date FROM who w JOIN postings p ON p.org = $1 AND p.member = w.member
			UNION SELECT w.member, g.from_date FROM who w JOIN postings p ON p.org = $1 AND p.member = w.member
				JOIN department_groups g ON g.org = $1 AND g.department = coalesce(p.department, NOBODY) AND g.from_date > p.from_date AND g.from_date < p.until_date),
		held AS (
			SELECT d.member, d.at, coalesce(
				(SELECT c.group_id FROM choices c WHERE c.org = $1 AND c.member = d.member AND c.from_date <= d.at ORDER BY c.from_date DESC LIMIT 1),
				(SELECT g.group_id FROM postings p JOIN department_groups g ON g.org = $1 AND g.department = coalesce(p.department, NOBODY) AND g.from_date <= d.at
					WHERE p.org = $1 AND p.member = d.member AND p.from_date <= d.at AND d.at < p.until_date ORDER BY g.from_date DESC LIMIT 1)) AS group_id,
				(SELECT c.assigned_at FROM choices c WHERE c.org = $1 AND c.member = d.member AND c.from_date = d.at AND c.group_id IS NOT NULL) AS assigned_at
			FROM dates d),
		new AS (SELECT member, at AS from_date, group_id, assigned_at FROM (SELECT h.*, lag(group_id) OVER (PARTITION BY member ORDER BY at) AS before FROM held h) s WHERE group_id IS DISTINCT FROM before),
		gone AS (DELETE FROM assignments a USING who w WHERE a.org = $1 AND a.member = w.member
			AND NOT EXISTS (SELECT FROM new n WHERE n.member = a.member AND n.from_date = a.from_date) RETURNING a.member, a.from_date),
		put AS (INSERT INTO assignments (org, member, from_date, group_id, assigned_at) SELECT $1, member, from_date, group_id, assigned_at FROM new
			ON CONFLICT (org, member, from_date) DO UPDATE SET group_id = excluded.group_id, assigned_at = excluded.assigned_at
				WHERE (assignments.group_id, assignments.assigned_at) IS DISTINCT FROM (excluded.group_id, excluded.assigned_at) RETURNING member, from_date),
		changed AS (SELECT * FROM gone UNION ALL SELECT * FROM put)
