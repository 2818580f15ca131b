-- An organization's ($1) departments by name, with their own members of a date ($2) and those of the departments below.
WITH RECURSIVE own AS (
    SELECT d.department, (
        SELECT count(*) FROM postings x JOIN members m USING (org, member)
        WHERE x.org = d.org AND x.department = d.department AND x.from_date <= $2::date AND $2::date < x.until_date AND m.left_on IS NULL
    ) AS members
    FROM departments d WHERE org = $1
),
below (top, department) AS (
    SELECT department, department FROM departments WHERE org = $1
    UNION
    SELECT b.top, d.department FROM below b JOIN departments d ON d.org = $1 AND d.parent = b.department
)
SELECT d.department AS id, d.name, d.parent, d.closed, o.members,
    (SELECT sum(members) FROM below b JOIN own USING (department) WHERE b.top = d.department)::bigint AS total
FROM departments d JOIN own o USING (department) WHERE d.org = $1 ORDER BY d.name, d.department
