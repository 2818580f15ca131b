-- The read models of one schema rm_<n>. Every row is a function of the events up to the checkpoint.

CREATE TABLE stream_heads (stream text COLLATE "C" PRIMARY KEY, revision bigint NOT NULL);

CREATE TABLE dirty (
    org uuid, member uuid, from_date date NOT NULL, to_date date NOT NULL,
    PRIMARY KEY (org, member)
);

CREATE TABLE parked (
    org uuid, kind text, subject uuid,
    commit_pos bigint NOT NULL, prepare_pos bigint NOT NULL,
    stream text NOT NULL, revision bigint NOT NULL, reason text NOT NULL, since timestamptz,
    PRIMARY KEY (org, kind, subject)
);
CREATE TABLE parked_events (
    org uuid NOT NULL, kind text NOT NULL, subject uuid NOT NULL,
    commit_pos bigint, prepare_pos bigint, stream text NOT NULL, revision bigint NOT NULL,
    PRIMARY KEY (commit_pos, prepare_pos, stream)
);

CREATE TABLE organizations (
    org uuid PRIMARY KEY, name text NOT NULL, industry text NOT NULL, address text, country text NOT NULL,
    sample boolean NOT NULL, attendance boolean NOT NULL, owners uuid[] NOT NULL, approvers uuid[] NOT NULL,
    monitoring text[] NOT NULL, created_at timestamptz NOT NULL, stream text NOT NULL, address_event uuid, address_key uuid
);
-- On which day of the calendar attendance months begin, from the month from_month (yyyy-mm) on; none is the first.
CREATE TABLE attendance_months (
    org uuid, from_month text COLLATE "C", start_day int NOT NULL,
    PRIMARY KEY (org, from_month)
);
CREATE TABLE departments (
    org uuid, department uuid, name text NOT NULL, parent uuid, closed boolean NOT NULL,
    PRIMARY KEY (org, department)
);
-- Where a department stands from a date on; what holds from the beginning has the date 0001-01-01.
CREATE TABLE department_parents (
    org uuid, department uuid, from_date date, parent uuid,
    PRIMARY KEY (org, department, from_date)
);
CREATE TABLE leave_types (
    org uuid, leave_type text, name text NOT NULL, paid boolean NOT NULL, unit text NOT NULL,
    PRIMARY KEY (org, leave_type)
);

-- governed_from is the first date on which the member is in a group with a rule, null where there is none (governed.go).
CREATE TABLE members (
    org uuid, member uuid, governed_from date, number text NOT NULL,
    name text, name_event uuid, email text, email_event uuid, phone text, phone_event uuid, key_id uuid,
    position text NOT NULL, account uuid, joined date NOT NULL, left_on date, roles jsonb NOT NULL,
    -- when the joining was recorded, null where its date was named later
    joined_at timestamptz,
    PRIMARY KEY (org, member)
);
-- One row for each time that a person asked; the person's member is the same every time.
CREATE TABLE join_requests (
    org uuid, member uuid, revision bigint, account uuid NOT NULL, name text, number text NOT NULL, department uuid, message text, invitation uuid,
    state text NOT NULL, as_member uuid, reason text, event_id uuid NOT NULL, reason_event uuid, key_id uuid,
    requested_at timestamptz NOT NULL, answered_at timestamptz, answered_by jsonb,
    PRIMARY KEY (org, member, revision)
);
CREATE TABLE badges (
    org uuid, number text, seq bigint, member uuid NOT NULL, from_date date NOT NULL, until_date date, kind text NOT NULL,
    PRIMARY KEY (org, number, seq)
);
-- The department of a member from a date on, until another date, exclusive.
CREATE TABLE postings (
    org uuid, member uuid, from_date date, until_date date NOT NULL, department uuid,
    PRIMARY KEY (org, member, from_date)
);
-- The groups that were chosen for a member; null follows the department.
CREATE TABLE choices (
    org uuid, member uuid, from_date date, group_id uuid, assigned_at timestamptz NOT NULL,
    PRIMARY KEY (org, member, from_date)
);
-- The groups that hold a member, chosen or by the department; null is a time without one (fold/belonging.go).
CREATE TABLE assignments (
    org uuid, member uuid, from_date date, group_id uuid,
    -- when the member was first assigned from the date, null where a department brought the member in
    assigned_at timestamptz,
    PRIMARY KEY (org, member, from_date)
);
-- Occasions whose penalties were taken back; section 0 without a check type is the whole day.
CREATE TABLE waivers (
    org uuid, member uuid, date date, section int, check_type text, kind text,
    event_id uuid NOT NULL, at timestamptz NOT NULL, actor jsonb NOT NULL, reason text, key_id uuid,
    PRIMARY KEY (org, member, date, section, check_type, kind)
);

CREATE TABLE groups (
    org uuid, group_id uuid, name text NOT NULL, closed boolean NOT NULL, created_at timestamptz NOT NULL,
    PRIMARY KEY (org, group_id)
);
-- The departments that a group takes from a date on, or gives back; the nil id is the whole organization.
CREATE TABLE group_links (
    org uuid, department uuid, group_id uuid, from_date date, taken boolean NOT NULL,
    PRIMARY KEY (org, department, group_id, from_date)
);
-- The group that takes a department, or one above it, from a date on; null where none does.
CREATE TABLE department_groups (
    org uuid, department uuid, from_date date, group_id uuid,
    PRIMARY KEY (org, department, from_date)
);
CREATE TABLE rules (
    org uuid, group_id uuid, version int, effective_from date NOT NULL, rule json NOT NULL,
    recorded_at timestamptz NOT NULL, actor jsonb NOT NULL, event_id uuid NOT NULL,
    PRIMARY KEY (org, group_id, version)
);

-- country is '' for the organization's own days; kind is holiday or workday; label is the holiday's name or the workday's shift.
CREATE TABLE calendar_days (
    org uuid, country text, date date, kind text, label text NOT NULL,
    PRIMARY KEY (org, country, date, kind)
);
CREATE TABLE calendar_years (
    org uuid, country text, year int, source text NOT NULL,
    PRIMARY KEY (org, country, year)
);
CREATE TABLE clocks (org uuid PRIMARY KEY, through timestamptz NOT NULL);

CREATE TABLE roster (
    org uuid, member uuid, date date, shift text, request uuid,
    PRIMARY KEY (org, member, date)
);

-- detail holds what days do not need, as recorded: sealed values stay sealed.
CREATE TABLE punches (
    org uuid NOT NULL, member uuid NOT NULL, at timestamptz NOT NULL, id uuid NOT NULL,
    sheet text NOT NULL, revision bigint NOT NULL, received_at timestamptz NOT NULL, zone text NOT NULL,
    check_type text NOT NULL, source_type text NOT NULL, place smallint NOT NULL, judged_group uuid, judged_version int NOT NULL,
    device_bound boolean, photo boolean, flags text[], review text NOT NULL, voided boolean NOT NULL, batch uuid, detail text,
    -- Wall clock of the punch's own zone, for histograms.
    local_date date NOT NULL, local_hour smallint NOT NULL
);
-- Punches of each hour of the wall clock that are not voided; no row where there are none.
CREATE TABLE punch_hours (
    org uuid, local_date date, local_hour smallint, punches int NOT NULL,
    PRIMARY KEY (org, local_date, local_hour)
);
CREATE TABLE corrections (
    org uuid, member uuid, id uuid, date date NOT NULL, section int NOT NULL, check_type text NOT NULL, at timestamptz NOT NULL,
    zone text NOT NULL, reason text, key_id uuid, actor jsonb NOT NULL, received_at timestamptz NOT NULL, sheet text NOT NULL, seq bigint NOT NULL,
    PRIMARY KEY (org, member, id)
);
CREATE TABLE requests (
    org uuid, request uuid, member uuid NOT NULL, type text NOT NULL, state text NOT NULL,
    detail jsonb NOT NULL, key_id uuid, actor jsonb NOT NULL, event_id uuid NOT NULL,
    requested_at timestamptz NOT NULL, decided_at timestamptz, decided_by jsonb, self_approved boolean NOT NULL,
    from_date date NOT NULL, to_date date NOT NULL,
    PRIMARY KEY (org, request)
);
CREATE TABLE request_comments (
    org uuid, request uuid, revision bigint, event_id uuid NOT NULL, kind text NOT NULL, comment text, key_id uuid,
    actor jsonb NOT NULL, at timestamptz NOT NULL,
    PRIMARY KEY (org, request, revision)
);
-- Dates of which somebody decided about themselves: a correction, a request, a review or a voided punch, which source names.
CREATE TABLE self_decisions (
    org uuid, member uuid, source uuid, from_date date NOT NULL, to_date date NOT NULL,
    PRIMARY KEY (org, member, source)
);
CREATE TABLE makeups_counted (
    org uuid, member uuid, request uuid, month text NOT NULL,
    PRIMARY KEY (org, member, request)
);

-- who read whose places and photos: a row for each member of AccessRecorded
CREATE TABLE accesses (
    org uuid, subject uuid, at timestamptz, id uuid, actor jsonb NOT NULL, fields text[] NOT NULL, purpose text NOT NULL, query_hash text NOT NULL,
    PRIMARY KEY (org, subject, at, id)
);

CREATE TABLE imports (
    org uuid, import uuid, state text NOT NULL, started jsonb NOT NULL, finished jsonb, started_at timestamptz NOT NULL,
    finished_at timestamptz, reverted_at timestamptz, actor jsonb NOT NULL,
    PRIMARY KEY (org, import)
);

CREATE TABLE days (
    org uuid NOT NULL, member uuid NOT NULL, date date NOT NULL, group_id uuid,
    day_type text NOT NULL, shift text, status text NOT NULL, rule_version int,
    worked_min int NOT NULL, present_min int NOT NULL, late_min int NOT NULL, early_min int NOT NULL,
    leave_min int NOT NULL, trip_min int NOT NULL, overtime_min int NOT NULL,
    night_min int NOT NULL, absent_days real NOT NULL,
    slots text NOT NULL, overtime text NOT NULL, anomalies text[] NOT NULL, unused text NOT NULL,
    -- what a month adds up, in the order of monthCounts; zeros at the end are left out
    counts int[] NOT NULL,
    -- what the dashboard counts, a bit for each (marks.go)
    marks int NOT NULL,
    digest bigint NOT NULL
);
CREATE TABLE anomalies (
    org uuid NOT NULL, member uuid NOT NULL, date date NOT NULL, ordinal int NOT NULL,
    kind text NOT NULL, section int NOT NULL, check_type text NOT NULL, minutes int NOT NULL, state text NOT NULL
);
