package facts

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// Member is what the ledger says about one member's days, in the order in which Assess takes it.
type Member struct {
	Org, ID domain.ID
	// Joined and Left bound the membership, both inclusive; zero = not known, or open.
	Joined, Left attendance.Date
	// JoinedAt is when the joining was recorded; zero where its date was named later.
	JoinedAt time.Time
	// Groups are those that were chosen. They begin on different dates, in their order; each lasts until the next begins. The nil id is a time
	// in which the member follows the department. In read models they are those that hold the member, see Organization.Belonging.
	Groups []Stretch
	// Departments are in the order of their dates, the first from the beginning.
	Departments []Posting
	Roster      map[attendance.Date]attendance.RosterEntry
	Punches     []Punch
	Corrections []Correction
	// Requests are in the order of their answers; those without one come last.
	Requests []Request
	// Waived are the occasions whose penalties were taken back, by the event that did.
	Waived map[domain.Occasion]domain.ID
	// Own are the dates about which the member decided for themselves, by the punch, request or correction.
	Own map[domain.ID]Span

	exists  bool
	punches map[domain.ID]int // Punches by id, made when the first is looked for
}

// Stretch is a time in a group, from a date on.
type Stretch struct {
	From  attendance.Date
	Group domain.ID
	// At is when the member was first assigned from the date.
	At time.Time
}

// Correction is a slot that somebody set by hand. Sheet and Revision say where it stands in the member's timesheets.
type Correction struct {
	Sheet    string
	Revision uint64
	Fact     attendance.Request
}

// Evolve applies an event that Check takes; one that tells nothing about this member's days changes nothing. The error says that it contradicts
// what came before: then nothing changed, and the event's subject parks.
func (m *Member) Evolve(c *Cache, r Recorded) error {
	switch e := r.Event.(type) {
	case domain.PunchRecorded:
		m.punch(r)
	case domain.PunchPlaced, domain.PunchReviewed, domain.PunchVoided, domain.PunchRestored:
		m.aboutPunch(c, r)
	case domain.SlotCorrected:
		m.correct(r, e)
	case domain.ShiftScheduled:
		m.schedule(e)
	case domain.ShiftSwapped:
		if e.Member == m.ID {
			m.plan(e.Date, e.Shift)
		}
	case domain.MemberProvisioned:
		return m.join(r, e.Member, e.Joined)
	case domain.MemberJoined:
		return m.join(r, e.Member, e.Joined)
	case domain.MemberChanged, domain.MemberLeft, domain.GroupAssigned, domain.PenaltyWaived, domain.PenaltyRestored:
		m.membership(r)
	default:
		if q, is := asked(r.Event); is {
			return m.ask(c, r, q)
		}
		if id, state, is := Answer(r.Event); is {
			m.answer(r, id, state)
		}
	}
	return nil
}

func (m *Member) join(r Recorded, who domain.ID, joined domain.Date) error {
	switch {
	case who != m.ID:
	case m.exists:
		return fmt.Errorf("member %s joined before", m.ID)
	default:
		m.exists, m.Joined, m.JoinedAt = true, dateOf(joined), r.Metadata.ReceivedAt.Time()
		m.Belong(r.Event, m.JoinedAt)
	}
	return nil
}

// membership applies the events that name their member by the stream alone.
func (m *Member) membership(r Recorded) {
	if id, err := MemberOf(r.Name); err != nil || id != m.ID {
		return
	}
	switch e := r.Event.(type) {
	case domain.MemberChanged:
		if e.Joined != nil && m.exists {
			m.Joined, m.JoinedAt = dateOf(*e.Joined), time.Time{}
		}
		if m.exists {
			m.Belong(e, time.Time{})
		}
	case domain.MemberLeft:
		if m.exists {
			m.Left = dateOf(e.Left)
		}
	case domain.GroupAssigned:
		m.Belong(e, r.Metadata.ReceivedAt.Time())
	case domain.PenaltyWaived:
		if _, waived := m.Waived[e.Occasion()]; !waived {
			if m.Waived == nil {
				m.Waived = map[domain.Occasion]domain.ID{}
			}
			m.Waived[e.Occasion()] = r.ID
		}
	case domain.PenaltyRestored:
		delete(m.Waived, e.Occasion())
	}
}

// chosen is the time that an assignment begins; the nil id is one in which the member follows the department.
func chosen(e domain.GroupAssigned, at time.Time) Stretch {
	if e.Follows {
		return Stretch{From: dateOf(e.From), At: at}
	}
	return Stretch{dateOf(e.From), e.Group, at}
}

// Belong applies what an event of the member's own stream, recorded at an instant, says about groups and departments alone; false where it says nothing.
func (m *Member) Belong(event domain.Event, at time.Time) bool {
	switch e := event.(type) {
	case domain.MemberProvisioned:
		m.Departments = []Posting{{Department: e.Department}}
	case domain.MemberJoined:
		m.Departments = []Posting{{Department: e.Department}}
	case domain.MemberChanged:
		if e.Department == nil {
			return false
		}
		m.Departments = posted(m.Departments, Posting{dateOf(e.DepartmentFrom), e.Department})
	case domain.GroupAssigned:
		m.assign(chosen(e, at))
	default:
		return false
	}
	return true
}

// assign puts a stretch into its place; of two that begin on one date the later recorded holds.
func (m *Member) assign(s Stretch) {
	at, same := slices.BinarySearchFunc(m.Groups, s.From, func(g Stretch, from attendance.Date) int { return cmp.Compare(g.From, from) })
	if m.Groups = slices.Clone(m.Groups); same {
		s.At = m.Groups[at].At
		m.Groups[at] = s
		return
	}
	m.Groups = slices.Insert(m.Groups, at, s)
}

func (m *Member) punch(r Recorded) {
	p, _ := PunchOf(r)
	if p.Member != m.ID {
		return
	}
	m.Punches = append(m.Punches, p)
	if m.punches != nil {
		m.punches[p.ID] = len(m.Punches) - 1
	}
}

func (m *Member) punchByID(id domain.ID) *Punch {
	if m.punches == nil {
		m.punches = make(map[domain.ID]int, len(m.Punches))
		for i := range m.Punches {
			m.punches[m.Punches[i].ID] = i
		}
	}
	if at, known := m.punches[id]; known {
		return &m.Punches[at]
	}
	return nil
}

func (m *Member) aboutPunch(c *Cache, r Recorded) {
	id, _ := About(r.Event)
	p := m.punchByID(id)
	if p == nil {
		return
	}
	p.Apply(r.Event)
	if _, placed := r.Event.(domain.PunchPlaced); !placed {
		d := p.localDate(c)
		m.decide(r.Metadata.Self, id, Span{d, d})
	}
}

// localDate is the date of a punch in its own zone, which Check has seen.
func (p *Punch) localDate(c *Cache) attendance.Date {
	zone, err := c.Zone(p.Zone)
	if err != nil {
		zone = time.UTC
	}
	return attendance.DateOf(p.At.In(zone))
}

func (m *Member) correct(r Recorded, e domain.SlotCorrected) {
	if e.Member != m.ID {
		return
	}
	k := Correction{r.sheet(), r.Revision, attendance.Request{
		ID: string(r.ID[:]), Type: attendance.Correction, State: attendance.StateApproved,
		Date: dateOf(e.Date), Section: e.Section, CheckType: e.CheckType, At: e.At.Time(),
	}}
	m.Corrections = append(m.Corrections, k)
	slices.SortStableFunc(m.Corrections, func(a, b Correction) int {
		return cmp.Or(cmp.Compare(a.Sheet, b.Sheet), cmp.Compare(a.Revision, b.Revision))
	})
	if r.Metadata.Self {
		m.decide(true, r.ID, Span{k.Fact.Date, k.Fact.Date})
	}
}

// decide notes, or takes back, that the last word about something is the member's own.
func (m *Member) decide(own bool, source domain.ID, dates Span) {
	if !own {
		delete(m.Own, source)
		return
	}
	if m.Own == nil {
		m.Own = map[domain.ID]Span{}
	}
	if _, known := m.Own[source]; !known {
		m.Own[source] = dates
	}
}

// DecidedOwn says that the member decided for themselves about a date.
func (m *Member) DecidedOwn(d attendance.Date) bool {
	for _, s := range m.Own {
		if s.Has(d) {
			return true
		}
	}
	return false
}
