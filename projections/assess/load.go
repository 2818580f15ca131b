package assess

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/tables"
)

// Work is the assessment of one member over a range of dates.
type Work struct {
	tables.MemberKey
	tables.Dates
	// facts are the member's around the dates, as the tables hold them.
	Facts facts.Member
	Org   *facts.Organization
	// digests are the days that the read model holds in the range.
	digests map[attendance.Date]int64
	Rows    []dayRow
	// warm says that the facts are here already.
	warm bool
	// broken is a fact that cannot be used; the days are assessed without it.
	Broken error
}

// Cohort is the work of one slice, with arrays for the statements that read facts for all of it at once.
type Cohort struct {
	Works   []*Work
	index   map[tables.MemberKey]*Work
	Orgs    [][16]byte
	Members [][16]byte
	From    []time.Time
	To      []time.Time
	// fresh says that the schema holds no day yet; given, that the punches come from elsewhere.
	Fresh, Given bool
	// into takes the rows that differ, nil for new memory.
	Into *Changes
}

// NewCohort makes the work of members over dates.
func NewCohort(spans map[tables.MemberKey]tables.Dates) *Cohort {
	c := &Cohort{index: make(map[tables.MemberKey]*Work, len(spans))}
	for m, s := range spans {
		k := &Work{MemberKey: m, Dates: s}
		c.Works = append(c.Works, k)
		c.index[m] = k
	}
	return c
}

// Ask fills the arrays of the statements with those whose facts are not here yet.
func (c *Cohort) Ask() {
	for _, k := range c.Works {
		if !k.warm {
			c.Orgs, c.Members = append(c.Orgs, k.MemberKey.Org), append(c.Members, k.ID)
			c.From, c.To = append(c.From, tables.PgDate(k.From)), append(c.To, tables.PgDate(k.To))
		}
	}
}

// How many dates beside those asked for facts are read.
var (
	factsNear, punchesNear, rosterNear = strconv.Itoa(facts.Near), strconv.Itoa(facts.PunchNear), strconv.Itoa(facts.RosterNear)
)

const askCohort = ` FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::date[]) AS q(org, member, f, t) `

// Load reads the facts of everybody in the cohort in one round trip.
func (c *Cohort) Load(ctx context.Context, tx pgx.Tx) error {
	if c.Ask(); len(c.Orgs) == 0 {
		return nil
	}
	var b pgx.Batch
	ask := func(sql string, read func(pgx.Rows) error) {
		b.Queue(sql, c.Orgs, c.Members, c.From, c.To).Query(read)
	}
	ask(`SELECT m.org, m.member, m.joined, m.left_on, m.joined_at`+askCohort+`JOIN members m USING (org, member)`, c.readMembership)
	ask(`SELECT a.org, a.member, a.from_date, a.group_id, a.assigned_at`+askCohort+`JOIN assignments a USING (org, member) ORDER BY a.org, a.member, a.from_date`, c.readAssignments)
	ask(`SELECT r.org, r.member, r.date, r.shift`+askCohort+`JOIN roster r USING (org, member) WHERE r.date BETWEEN q.f - `+rosterNear+` AND q.t + `+factsNear, c.readRoster)
	if !c.Given {
		ask(`SELECT p.org, p.member, p.id, p.at, p.check_type, p.source_type, p.place, p.judged_group, p.judged_version, p.device_bound, p.photo, p.flags, p.review`+askCohort+
			`JOIN punches p ON p.org = q.org AND p.member = q.member AND p.at >= (q.f - `+punchesNear+`)::timestamp AT TIME ZONE 'UTC' AND p.at < (q.t + `+punchesNear+` + 1)::timestamp AT TIME ZONE 'UTC'
		WHERE NOT p.voided`, c.readPunches)
	}
	ask(`SELECT k.org, k.member, k.id, k.date, k.section, k.check_type, k.at`+askCohort+`JOIN corrections k USING (org, member)
		WHERE k.date BETWEEN q.f - `+factsNear+` AND q.t + `+factsNear+` ORDER BY k.org, k.member, k.sheet, k.seq`, c.readCorrections)
	ask(`SELECT r.org, r.member, r.request, r.type, r.state, r.detail, r.from_date, r.to_date`+askCohort+`JOIN requests r USING (org, member)
		WHERE r.from_date <= q.t + `+factsNear+` AND r.to_date >= q.f - `+factsNear+` AND r.state IN ('approved', 'pending') ORDER BY r.org, r.member, r.decided_at NULLS LAST, r.requested_at, r.request`, c.readRequests)
	if !c.Fresh {
		ask(`SELECT d.org, d.member, d.date, d.digest`+askCohort+`JOIN days d USING (org, member) WHERE d.date BETWEEN q.f AND q.t`, c.readDigests)
	}
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("read the facts of %d members: %w", len(c.Works), err)
	}
	return nil
}

// eachRow calls scan for every row with the work it belongs to.
func (c *Cohort) eachRow(rows pgx.Rows, scan func(k *Work) error, into ...any) error {
	var org, id [16]byte
	targets := append([]any{&org, &id}, into...)
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		if k := c.index[tables.MemberKey{Org: org, ID: id}]; k != nil {
			if err := scan(k); err != nil {
				return err
			}
		}
	}
	return rows.Err()
}

func (c *Cohort) readMembership(rows pgx.Rows) error {
	var joined, left, at *time.Time
	return c.eachRow(rows, func(k *Work) error {
		k.Facts.Joined, k.Facts.Left, k.Facts.JoinedAt = tables.DateAt(joined), tables.DateAt(left), time.Time{}
		if at != nil {
			k.Facts.JoinedAt = *at
		}
		return nil
	}, &joined, &left, &at)
}

func (c *Cohort) readAssignments(rows pgx.Rows) error {
	var from time.Time
	var at *time.Time
	var group *[16]byte
	return c.eachRow(rows, func(k *Work) error {
		s := facts.Stretch{From: tables.DateAt(&from)}
		if group != nil {
			s.Group = *group
		}
		if at != nil {
			s.At = *at
		}
		k.Facts.Groups = append(k.Facts.Groups, s)
		return nil
	}, &from, &group, &at)
}

func (c *Cohort) readRoster(rows pgx.Rows) error {
	var date time.Time
	var shift *string
	return c.eachRow(rows, func(k *Work) error {
		if k.Facts.Roster == nil {
			k.Facts.Roster = map[attendance.Date]attendance.RosterEntry{}
		}
		k.Facts.Roster[tables.DateAt(&date)] = facts.EntryOf(shift)
		return nil
	}, &date, &shift)
}

func (c *Cohort) readPunches(rows pgx.Rows) error {
	var id [16]byte
	var p facts.Punch
	var check, source string
	var place int16
	var group *[16]byte
	var version int32
	return c.eachRow(rows, func(k *Work) error {
		q := p
		q.ID, q.CheckType, q.SourceType = id, attendance.CheckType(check), attendance.SourceType(source)
		q.Place, q.Group, q.Version = attendance.Judgement(place), (*domain.ID)(group), int(version)
		k.Facts.Punches = append(k.Facts.Punches, q)
		return nil
	}, &id, &p.At, &check, &source, &place, &group, &version, &p.DeviceBound, &p.Photo, &p.Flags, &p.Review)
}

func (c *Cohort) readCorrections(rows pgx.Rows) error {
	var id [16]byte
	var date time.Time
	var check string
	q := attendance.Request{Type: attendance.Correction, State: attendance.StateApproved}
	return c.eachRow(rows, func(k *Work) error {
		q.ID, q.Date, q.CheckType = string(id[:]), tables.DateAt(&date), attendance.CheckType(check)
		k.Facts.Corrections = append(k.Facts.Corrections, facts.Correction{Fact: q})
		return nil
	}, &id, &date, &q.Section, &check, &q.At)
}

func (c *Cohort) readRequests(rows pgx.Rows) error {
	var id [16]byte
	var kind, state string
	var detail []byte
	var from, to time.Time
	return c.eachRow(rows, func(k *Work) error {
		q, err := requestFact(id, kind, state, detail)
		if err != nil {
			k.Broken = &Fault{k.MemberKey, err}
			return nil
		}
		k.Facts.Requests = append(k.Facts.Requests, facts.Request{ID: id, Span: facts.Span{From: tables.DateAt(&from), To: tables.DateAt(&to)}, Fact: q})
		return nil
	}, &id, &kind, &state, &detail, &from, &to)
}

func (c *Cohort) readDigests(rows pgx.Rows) error {
	var date time.Time
	var digest int64
	return c.eachRow(rows, func(k *Work) error {
		if k.digests == nil {
			k.digests = map[attendance.Date]int64{}
		}
		k.digests[tables.DateAt(&date)] = digest
		return nil
	}, &date, &digest)
}

// requestFact turns a recorded request into what Assess takes.
func requestFact(id domain.ID, kind, state string, detail []byte) (q attendance.Request, err error) {
	of := attendance.RequestType(kind)
	var e domain.MakeupRequested
	var span struct {
		Span domain.Span `json:"span"`
	}
	if of == attendance.Makeup {
		err = json.Unmarshal(detail, &e)
	} else {
		err = json.Unmarshal(detail, &span)
	}
	switch {
	case err != nil:
		return q, fmt.Errorf("read a %s request: %w", kind, err)
	case of == attendance.Makeup:
		q, err = facts.MakeupFact(id, e)
	default:
		q, err = facts.SpanFact(id, of, span.Span)
	}
	q.State = state
	return q, err
}
