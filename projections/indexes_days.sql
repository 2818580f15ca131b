-- Keys of what is computed from the facts; a rebuild makes them last, those of each paragraph beside the others.
CREATE UNIQUE INDEX days_pkey ON days (org, member, date);
CREATE INDEX days_ungoverned ON days (org, member, date) WHERE rule_version IS NULL;

-- All that the dashboard counts, so that a date of long ago is read from one place.
CREATE INDEX days_org_date ON days (org, date, status) INCLUDE (member, group_id, marks, overtime_min);

CREATE UNIQUE INDEX anomalies_pkey ON anomalies (org, member, date, ordinal);
CREATE INDEX anomalies_org_date ON anomalies (org, date, member, ordinal);
