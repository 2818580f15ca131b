-- Keys of the punches that assessing does not need; a rebuild makes them beside it.
ALTER TABLE punches ADD PRIMARY KEY (id);
CREATE INDEX punches_org_date ON punches (org, local_date, at) INCLUDE (local_hour, voided, member);
CREATE INDEX punches_batch ON punches (batch) WHERE batch IS NOT NULL;
