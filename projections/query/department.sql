-- An organization's ($1) departments by name, with their own members and those of the departments below.
WITH RECURSIVE own AS (
    SELECT d.department, (SELECT count(*) FROM members m WHERE m.org = d.org AND m.department = d.department AND m.left_on IS NULL) AS members
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
