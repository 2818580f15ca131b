-- Keys of the punches that assessing does not need; a rebuild makes them beside it, which no ALTER TABLE would allow.
CREATE UNIQUE INDEX punches_pkey ON punches (id);
CREATE INDEX punches_org_date ON punches (org, local_date, at);
-- A dashboard's hours; equal keys share their place, so that a busy date is a few pages.
CREATE INDEX punches_hours ON punches (org, local_date, local_hour) WHERE NOT voided;
CREATE INDEX punches_batch ON punches (batch) WHERE batch IS NOT NULL;
