INSERT INTO department_groups (org, department, from_date, group_id)
		WITH RECURSIVE dates AS (SELECT from_date AS at FROM group_links WHERE org = $1
			UNION SELECT from_date FROM department_parents WHERE org = $1 AND EXISTS (SELECT FROM group_links WHERE org = $1)),
		most AS (SELECT count(*) AS n FROM departments WHERE org = $1),
		up (department, at, node, depth, group_id) AS (
			SELECT n.department, d.at, n.department, 0, TAKER_OF_FIRST
			FROM (SELECT department FROM departments WHERE org = $1 UNION SELECT NOBODY) n CROSS JOIN dates d WHERE CONDITION
			UNION ALL
			SELECT x.department, x.at, x.node, x.depth, TAKER_OF_NEXT FROM (
				SELECT u.department, u.at, u.depth + 1 AS depth, CASE WHEN u.depth < m.n THEN coalesce((SELECT p.parent FROM department_parents p
					WHERE p.org = $1 AND p.department = u.node AND p.from_date <= u.at ORDER BY p.from_date DESC LIMIT 1), NOBODY) ELSE NOBODY END AS node
				FROM up u CROSS JOIN most m WHERE u.group_id IS NULL AND u.node <> NOBODY) x)
		SELECT $1, department, at, group_id FROM (
			SELECT department, at, group_id, lag(group_id) OVER (PARTITION BY department ORDER BY at) AS before FROM (
				SELECT DISTINCT ON (department, at) department, at, group_id FROM up ORDER BY department, at, depth DESC) e) s
		WHERE group_id IS DISTINCT FROM before
		ON CONFLICT (org, department, from_date) DO UPDATE SET group_id = excluded.group_id
