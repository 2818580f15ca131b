-- Keys that assessing needs; a rebuild makes them once the facts are in.
CREATE INDEX members_number ON members (org, number);
CREATE INDEX assignments_group ON assignments (org, group_id);
CREATE INDEX requests_member ON requests (org, member, from_date);
CREATE INDEX badges_member ON badges (org, member);
CREATE INDEX postings_department ON postings (org, department, member) INCLUDE (from_date, until_date) WHERE department IS NOT NULL;
-- Who has dates without rows: few, where people join the group with a rule on their first day.
CREATE INDEX members_ungoverned ON members (org, joined) WHERE governed_from IS NULL OR governed_from > joined;
