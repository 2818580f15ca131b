-- Keys of what is computed from the facts; a rebuild makes them last.
CREATE UNIQUE INDEX days_pkey ON days (member, date, org);
CREATE INDEX days_ungoverned ON days (member, date) WHERE rule_version IS NULL;
-- All that the dashboard counts, so that a date of long ago is read from one place. The date sorts faster than an id.
CREATE INDEX days_org_date ON days (date, org) INCLUDE (member, group_id, status, marks, overtime_min);
CREATE UNIQUE INDEX anomalies_pkey ON anomalies (org, date, member, ordinal);
