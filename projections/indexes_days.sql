-- Keys of what is computed from the facts; a rebuild makes them last.
ALTER TABLE days ADD PRIMARY KEY (org, member, date);
CREATE INDEX days_org_date ON days (org, date, status) INCLUDE (member, late_min, early_min);
ALTER TABLE anomalies ADD PRIMARY KEY (org, member, date, ordinal);
CREATE INDEX anomalies_org_date ON anomalies (org, date, member, ordinal);
ALTER TABLE months ADD PRIMARY KEY (org, member, month);
CREATE INDEX months_org_month ON months (org, month, member);
CREATE INDEX days_ungoverned ON days (org, member, date) WHERE rule_version IS NULL;
