-- Keys of the punches; a rebuild makes them last. A member's id is of one organization, and first it sorts fast.
CREATE UNIQUE INDEX punches_pkey ON punches (id);
CREATE INDEX punches_member_at ON punches (member, at);
CREATE INDEX punches_org_date ON punches (org, local_date, at);
