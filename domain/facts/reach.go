package facts

import (
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// Whose says whose days an event may change.
type Whose uint8

// Nobody's, one member's, those of everybody who is or was in a group, those of everybody, or of Member, whom the event brings into another group, those of the whole
// organization.
const (
	Nobody Whose = iota
	OneMember
	InGroup
	Regrouped
	Everyone
)

// Touched says whose days an event may change, and which dates. Some events name a fact instead of dates; who holds the facts knows them, see
// Member.Touches.
type Touched struct {
	Whose         Whose
	Member, Group domain.ID
	// Dates may change, both inclusive; To is Forever where there is no end.
	Dates Span
	// Punch and Request are the facts whose dates may change, where Dates tells none.
	Punch, Request domain.ID
	// Moved says which end of the membership the event moves: the date that it had counts as well.
	Moved Moved
	// Through is how far the clock comes: dates since the clock before it may change.
	Through time.Time
}

// Moved is an end of a membership.
type Moved uint8

// Neither end, the first date, the last date.
const (
	NoEnd Moved = iota
	Beginning
	End
)

// Around is how many dates on each side of a change may feel it: a shift may end on the third date, windows of neighbouring shifts are divided between
// them, and the day after follows (rules §3, §4).
const Around = 5

// The dates on each side of a punch that it may change, counted in UTC: its own zone is at most a day away.
const (
	BeforePunch = 5
	AfterPunch  = 5
)

// Forever is the last date; a change "from a date on" reaches to it.
func Forever() attendance.Date { return attendance.NewDate(9999, 12, 31) }

// Reach says whose days an event that Check takes may change.
func Reach(c *Cache, r Recorded) Touched {
	switch e := r.Event.(type) {
	case domain.PunchRecorded:
		return reachOfPunch(c, e)
	case domain.SlotCorrected:
		return one(e.Member, around(dateOf(e.Date), dateOf(e.Date)))
	case domain.ShiftScheduled:
		return reachOfRoster(e)
	case domain.ShiftSwapped:
		return one(e.Member, around(dateOf(e.Date), dateOf(e.Date)))
	case domain.MemberProvisioned:
		return one(e.Member, around(dateOf(e.Joined), Forever()))
	case domain.MemberJoined:
		return one(e.Member, around(dateOf(e.Joined), Forever()))
	case domain.MemberChanged, domain.MemberLeft, domain.GroupAssigned, domain.PenaltyWaived, domain.PenaltyRestored, domain.PunchPlaced, domain.PunchReviewed, domain.PunchVoided, domain.PunchRestored:
		return reachInStream(r)
	}
	if q, is := asked(r.Event); is {
		dates, err := q.dates(c)
		if err != nil {
			return Touched{}
		}
		return one(q.member, around(dates.From, dates.To))
	}
	if id, _, is := Answer(r.Event); is {
		return Touched{Whose: OneMember, Member: answered(r.Event), Request: id}
	}
	return reachOfOrganization(r)
}

func one(member domain.ID, dates Span) Touched {
	return Touched{Whose: OneMember, Member: member, Dates: dates}
}

func around(from, to attendance.Date) Span { return Span{from - Around, min(to+Around, Forever())} }

// reachOfPunch holds whatever rule holds the dates: the workdays whose windows may hold the punch, and the day that follows (rules §4). The rule's
// zone may be a day away from the punch's.
func reachOfPunch(c *Cache, e domain.PunchRecorded) Touched {
	zone, err := c.Zone(e.Zone)
	if err != nil {
		return Touched{}
	}
	d := attendance.DateOf(e.At.Time().In(zone))
	return one(e.Member, Span{d - 4, d + 4})
}

func reachOfRoster(e domain.ShiftScheduled) Touched {
	var t Touched
	for _, date := range planned(e) {
		dates := around(dateOf(date), dateOf(date))
		if t.Whose == OneMember {
			dates = Span{min(dates.From, t.Dates.From), max(dates.To, t.Dates.To)}
		}
		t = one(e.Member, dates)
	}
	return t
}

// reachInStream is that of an event which names its member by its stream alone.
func reachInStream(r Recorded) Touched {
	m, err := MemberOf(r.Name)
	if err != nil {
		return Touched{}
	}
	t := Touched{Whose: OneMember, Member: m}
	switch e := r.Event.(type) {
	case domain.MemberChanged:
		return reachOfChange(t, e)
	case domain.MemberLeft:
		t.Dates, t.Moved = around(dateOf(e.Left), Forever()), End
	case domain.GroupAssigned:
		t.Dates = around(dateOf(e.From), Forever())
	case domain.PenaltyWaived:
		t.Dates = Span{dateOf(e.Date), dateOf(e.Date)}
	case domain.PenaltyRestored:
		t.Dates = Span{dateOf(e.Date), dateOf(e.Date)}
	default:
		t.Punch, _ = About(r.Event)
	}
	return t
}

// reachOfChange is that of a change of the membership: another department may bring the member into another group.
func reachOfChange(t Touched, e domain.MemberChanged) Touched {
	if e.Joined != nil {
		t.Dates, t.Moved = around(dateOf(*e.Joined), dateOf(*e.Joined)), Beginning
	}
	switch {
	case e.Department == nil && e.Joined == nil:
		return Touched{}
	case e.Department == nil:
		return t
	}
	from := fromOn(e.DepartmentFrom)
	if e.Joined == nil {
		return Touched{Whose: Regrouped, Member: t.Member, Dates: from}
	}
	t.Dates = Span{min(t.Dates.From, from.From), from.To}
	return t
}

// fromOn are the dates from one on; no date is from the beginning.
func fromOn(d domain.Date) Span { return Span{max(dateOf(d)-Around, 1), Forever()} }

func reachOfOrganization(r Recorded) Touched {
	switch e := r.Event.(type) {
	case domain.RuleChanged:
		group, _ := r.group()
		return Touched{Whose: InGroup, Group: group, Dates: around(dateOf(e.EffectiveFrom), Forever())}
	case domain.GroupLinked:
		return Touched{Whose: Regrouped, Dates: around(dateOf(e.From), Forever())}
	case domain.GroupUnlinked:
		return Touched{Whose: Regrouped, Dates: around(dateOf(e.From), Forever())}
	case domain.DepartmentChanged:
		if e.Parent != nil || e.Root {
			return Touched{Whose: Regrouped, Dates: fromOn(e.From)}
		}
	case domain.HolidayDeclared:
		return Touched{Whose: Everyone, Dates: around(dateOf(e.Date), dateOf(e.Date))}
	case domain.WorkdayDeclared:
		return Touched{Whose: Everyone, Dates: around(dateOf(e.Date), dateOf(e.Date))}
	case domain.CalendarYearLoaded:
		return Touched{Whose: Everyone, Dates: around(attendance.NewDate(yearOf(e), 1, 1), attendance.NewDate(yearOf(e), 12, 31))}
	case domain.ClockAdvanced:
		return Touched{Whose: Everyone, Through: e.Through.Time()}
	}
	return Touched{}
}

// answered is the member whose request an event answers.
func answered(event domain.Event) domain.ID {
	switch e := event.(type) {
	case domain.RequestApproved:
		return e.Member
	case domain.RequestRejected:
		return e.Member
	case domain.RequestWithdrawn:
		return e.Member
	case domain.RequestCancelled:
		return e.Member
	}
	return domain.ID{}
}

// Touches says which of the member's dates an event may change, before it is applied; false for none.
func (m *Member) Touches(o *Organization, t Touched) (Span, bool) {
	switch {
	case t.Punch != domain.ID{}:
		p := m.punchByID(t.Punch)
		if p == nil {
			return Span{}, false
		}
		d := attendance.DateOf(p.At.UTC())
		return Span{d - BeforePunch, d + AfterPunch}, true
	case t.Request != domain.ID{}:
		q := m.request(t.Request)
		if q == nil {
			return Span{}, false
		}
		return Span{q.From - Around, q.To + Around}, true
	case t.Whose == OneMember && t.Member == m.ID:
		return m.moved(t)
	case t.Whose == Everyone && !t.Through.IsZero():
		return m.passed(o, t.Through)
	case t.Whose == Regrouped:
		return t.Dates, m.exists && (t.Member == m.ID || t.Member == domain.ID{})
	case t.Whose == Everyone:
		return t.Dates, m.exists
	case t.Whose == InGroup:
		for _, g := range o.Belonging(m.Groups, m.Departments) {
			if g.Group == t.Group {
				return t.Dates, true
			}
		}
	}
	return Span{}, false
}

func (m *Member) moved(t Touched) (Span, bool) {
	had := m.Left
	if t.Moved == Beginning {
		had = m.Joined
	}
	if t.Moved == NoEnd || had == 0 {
		return t.Dates, t.Moved == NoEnd || m.exists
	}
	return Span{min(t.Dates.From, had-Around), max(t.Dates.To, had+Around)}, m.exists
}

// BeforeClock is how many dates before the clock may still be open: a shift of the third date closes up to a day later, and zones differ from UTC.
const BeforeClock = 4

// passed are the dates between the clock before and the new one: some more before for windows that close on a later date, and one more behind,
// because zones differ from UTC.
func (m *Member) passed(o *Organization, through time.Time) (Span, bool) {
	s := Span{m.Joined, attendance.DateOf(through.UTC()) + 1}
	if !m.exists || m.Joined > s.To || !through.After(o.Through) {
		return s, false
	}
	if o.Started() {
		before := attendance.DateOf(o.Through.UTC()) - BeforeClock
		s.From = max(s.From, before)
		if m.Left != 0 && m.Left < before {
			return s, false
		}
	}
	return s, true
}
