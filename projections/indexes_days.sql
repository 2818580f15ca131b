-- Keys of what is computed from the facts; a rebuild makes them last.
ALTER TABLE days ADD PRIMARY KEY (org, member, date);
-- All that the dashboard counts, so that a date of long ago is read from one place.
CREATE INDEX days_org_date ON days (org, date, status) INCLUDE (member, group_id, day_type, late_min, early_min, overtime_min, first_at, anomalies);
ALTER TABLE anomalies ADD PRIMARY KEY (org, member, date, ordinal);
CREATE INDEX anomalies_org_date ON anomalies (org, date, member, ordinal);
CREATE INDEX days_ungoverned ON days (org, member, date) WHERE rule_version IS NULL;
