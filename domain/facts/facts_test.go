package facts

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

const office = `{"name":"Office","kind":"fixed","time_zone":"Asia/Shanghai","effective_from":"2020-01-01",
	"shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}},"week":["day","day","day","day","day",null,null]%s}`

func id(n uint64) (out domain.ID) {
	binary.BigEndian.PutUint64(out[8:], n)
	return out
}

var (
	org, who, group = id(1), id(2), id(3)
	sheet           = domain.TimesheetStream(org, who, "202603")
)

func at(text string) domain.Instant {
	i, err := domain.ParseInstant(text)
	if err != nil {
		panic(err)
	}
	return i
}

func day(text domain.Date) attendance.Date { return dateOf(text) }

// told gives events of streams their revisions and ids, and folds those that can be applied; the errors are those of the others.
type told struct {
	t         *testing.T
	c         Cache
	o         *Organization
	m         *Member
	revisions map[string]uint64
	next      uint64
}

func newTold(t *testing.T) *told {
	return &told{t: t, o: NewOrganization(org), m: &Member{Org: org, ID: who}, revisions: map[string]uint64{}, next: 1000}
}

func (l *told) record(stream string, e domain.Event) Recorded {
	l.next++
	r := &domain.Recorded{Stream: stream, Revision: l.revisions[stream], ID: id(l.next), Type: e.EventType(), Event: e}
	r.Metadata.ReceivedAt = domain.At(time.Date(2026, 3, 1, 0, 0, int(l.next-1000), 0, time.UTC))
	l.revisions[stream]++
	return Of(r)
}

func (l *told) apply(r Recorded) error {
	if err := Check(&l.c, r); err != nil {
		return err
	}
	if err := l.o.Evolve(&l.c, r); err != nil {
		return err
	}
	return l.m.Evolve(&l.c, r)
}

func (l *told) tell(stream string, e domain.Event) domain.ID {
	l.t.Helper()
	r := l.record(stream, e)
	require.NoError(l.t, l.apply(r), "%s", e.EventType())
	return r.ID
}

func (l *told) refuses(stream string, e domain.Event) {
	l.t.Helper()
	require.Error(l.t, l.apply(l.record(stream, e)), "%s", e.EventType())
}

func (l *told) member() {
	l.tell(domain.MemberStream(org, who), domain.MemberProvisioned{Member: who, Joined: "2026-01-01"})
	l.tell(domain.GroupStream(org, group), domain.GroupCreated{Group: group})
	l.tell(domain.GroupStream(org, group), domain.RuleChanged{Version: 1, EffectiveFrom: "2026-02-01", Rule: []byte(fmt.Sprintf(office, ""))})
	l.tell(domain.MemberStream(org, who), domain.GroupAssigned{Group: group, From: "2026-01-15"})
}

func TestAPunchAndWhatIsSaidOfIt(t *testing.T) {
	l := newTold(t)
	l.member()
	g := group
	in := domain.PunchRecorded{Member: who, At: at("2026-03-02T01:00:00Z"), Zone: "Asia/Shanghai", SourceType: domain.SourceUser, Group: &g, RuleVersion: 2, Flags: []domain.Flag{"offline"}}
	l.tell(domain.GroupStream(org, group), domain.RuleChanged{Version: 2, EffectiveFrom: "2026-03-01",
		Rule: []byte(fmt.Sprintf(office, `,"places":[{"id":"door","name":"Door","lat":31.2,"lng":121.4,"radius_m":100}]`))})
	first := l.tell(sheet, in)
	punches := func() []attendance.Punch { return l.m.Facts(l.o, day("2026-03-02"), day("2026-03-02")).Punches }
	require.Equal(t, attendance.Outside, punches()[0].Place, "a rule with places found none")
	require.Equal(t, []string{"offline"}, punches()[0].Flags)
	require.False(t, *punches()[0].Photo, "a phone can lack a photo")
	l.tell(sheet, domain.PunchPlaced{Punch: first, Group: &g, RuleVersion: 1})
	require.Equal(t, attendance.Inside, punches()[0].Place, "a rule without places puts nobody outside")
	l.tell(sheet, domain.PunchReviewed{Punch: first, Review: "rejected"})
	require.Equal(t, "rejected", punches()[0].Review)
	l.tell(sheet, domain.PunchVoided{Punch: first})
	require.Empty(t, punches())
	l.tell(sheet, domain.PunchRestored{Punch: first})
	require.Len(t, punches(), 1)
	in.Member = id(77)
	l.tell(sheet, in)
	require.Len(t, l.m.Punches, 1, "another's punch")
	l.tell(sheet, domain.PunchVoided{Punch: id(99)})
	machine := domain.PunchRecorded{Member: who, At: at("2026-03-11T00:00:00Z"), Zone: "UTC", SourceType: domain.SourceATM}
	l.tell(sheet, machine)
	require.Len(t, punches(), 1, "too far behind the date")
	p, _ := PunchOf(l.record(sheet, machine))
	require.Nil(t, p.Photo)
	require.Equal(t, attendance.Unjudged, p.Place)
}

func TestTheOrderOfRequestsAndCorrections(t *testing.T) {
	l := newTold(t)
	ask := func(n uint64) {
		l.tell(domain.RequestStream(org, id(n)), domain.MakeupRequested{Request: id(n), Member: who, Date: "2026-03-02", Section: 1, CheckType: domain.OnDuty, At: at("2026-03-02T01:00:00Z")})
	}
	for n := uint64(10); n < 14; n++ {
		ask(n)
	}
	answer := func(n uint64, e domain.Event) { l.tell(domain.RequestStream(org, id(n)), e) }
	answer(12, domain.RequestApproved{Request: id(12), Member: who})
	answer(10, domain.RequestApproved{Request: id(10), Member: who, SelfApproved: true})
	answer(13, domain.RequestRejected{Request: id(13), Member: who})
	l.tell(domain.TimesheetStream(org, who, "202604"), domain.SlotCorrected{Member: who, Date: "2026-03-02", Section: 2, CheckType: domain.OnDuty})
	l.tell(sheet, domain.SlotCorrected{Member: who, Date: "2026-03-02", Section: 1, CheckType: domain.OnDuty})
	var order []string
	for _, q := range l.m.Facts(l.o, day("2026-03-02"), day("2026-03-03")).Requests {
		order = append(order, fmt.Sprintf("%s %d", q.Type, q.Section))
	}
	require.Equal(t, []string{"correction 1", "correction 2", "makeup 1", "makeup 1"}, order)
	facts := l.m.Facts(l.o, day("2026-03-02"), day("2026-03-03"))
	twelve, ten, eleven := id(12), id(10), id(11)
	require.Equal(t, string(twelve[:]), facts.Requests[2].ID, "the first answered")
	require.Equal(t, string(ten[:]), facts.Requests[3].ID)
	waiting := l.m.Waiting(day("2026-03-02"), day("2026-03-02"))
	require.Len(t, waiting, 1)
	require.Equal(t, string(eleven[:]), waiting[0].ID)
	require.True(t, l.m.DecidedOwn(day("2026-03-02")))
	answer(10, domain.RequestCancelled{Request: id(10), Member: who})
	require.False(t, l.m.DecidedOwn(day("2026-03-02")), "another took it back")
	require.True(t, l.m.Told(day("2026-03-02")))
	require.False(t, l.m.Told(day("2026-03-03")))
	l.refuses(domain.RequestStream(org, id(10)), domain.LeaveRequested{Request: id(10), Member: who, Span: domain.Span{FromDate: "2026-03-02", ToDate: "2026-03-02", Zone: "UTC"}})
}

func TestAMembership(t *testing.T) {
	l := newTold(t)
	own := domain.MemberStream(org, who)
	l.tell(own, domain.MemberLeft{Left: "2026-03-01"})
	l.member()
	require.Zero(t, l.m.Left, "nobody left before joining")
	l.refuses(own, domain.MemberJoined{Member: who, Joined: "2026-02-01"})
	require.Equal(t, day("2026-01-01"), l.m.Joined)
	l.tell(own, domain.GroupAssigned{Group: id(4), From: "2026-01-10"})
	l.tell(own, domain.GroupAssigned{Group: id(5), From: "2026-01-10"})
	require.Equal(t, []domain.ID{id(5), group}, []domain.ID{l.m.Groups[0].Group, l.m.Groups[1].Group})
	require.Equal(t, []attendance.Date{day("2026-01-10"), day("2026-01-15")}, []attendance.Date{l.m.Groups[0].From, l.m.Groups[1].From})
	require.Equal(t, day("2026-02-01"), l.m.Governed(l.o))
	require.Equal(t, "Asia/Shanghai", l.m.ZoneOn(l.o, day("2026-02-01")).String())
	require.Equal(t, time.UTC, l.m.ZoneOn(l.o, day("2026-01-31")))
	l.tell(domain.ClockStream(org, at("2026-03-01T16:00:00Z")), domain.ClockAdvanced{Through: at("2026-03-01T16:00:00Z")})
	l.tell(domain.ClockStream(org, at("2026-03-01T15:00:00Z")), domain.ClockAdvanced{Through: at("2026-03-01T15:00:00Z")})
	require.True(t, l.m.Reached(l.o, day("2026-03-02")), "its first instant in Shanghai")
	require.False(t, l.m.Reached(l.o, day("2026-03-03")))
	l.tell(own, domain.MemberLeft{Left: "2026-02-20"})
	require.False(t, l.m.Reached(l.o, day("2026-03-02")))
	l.refuses(domain.GroupStream(org, group), domain.RuleChanged{Version: 1, EffectiveFrom: "2026-02-02", Rule: []byte(fmt.Sprintf(office, ""))})
	l.refuses(domain.GroupStream(org, group), domain.GroupCreated{Group: group})
}

func TestACalendarThatWasGivenAwayStays(t *testing.T) {
	l := newTold(t)
	calendar := domain.CalendarStream(org)
	l.tell(calendar, domain.CalendarYearLoaded{Country: "CN", Year: 2026, Holidays: map[domain.Date]string{"2026-01-01": "New Year", "2026-10-01": "National Day"}, Workdays: map[domain.Date]string{"2026-01-04": ""}})
	l.tell(calendar, domain.HolidayDeclared{Date: "2026-05-05", Name: "Ours"})
	before := l.o.Calendar
	l.tell(calendar, domain.HolidayDeclared{Date: "2026-05-05", Withdrawn: true})
	l.tell(calendar, domain.WorkdayDeclared{Date: "2026-05-05", Shift: "day"})
	l.tell(calendar, domain.CalendarYearLoaded{Country: "CN", Year: 2026, Holidays: map[domain.Date]string{"2026-10-02": "National Day"}})
	require.Equal(t, "Ours", before.Holidays[day("2026-05-05")])
	require.Len(t, before.National["CN"].Holidays, 2)
	require.Empty(t, l.o.Calendar.Holidays)
	require.Equal(t, map[attendance.Date]string{day("2026-05-05"): "day"}, l.o.Calendar.Workdays)
	require.Equal(t, map[attendance.Date]string{day("2026-10-02"): "National Day"}, l.o.Calendar.National["CN"].Holidays)
	require.Empty(t, l.o.Calendar.National["CN"].Workdays)
	l.refuses(calendar, domain.CalendarYearLoaded{Country: "CN", Year: 2027, Holidays: map[domain.Date]string{"2027-01-01": "New Year", "soon": "Later"}})
	require.NotContains(t, l.o.Calendar.National["CN"].Holidays, day("2027-01-01"), "an event is applied whole or not at all")
	l.tell(calendar, domain.CalendarYearLoaded{Country: "CN", Year: 2026})
	require.Empty(t, l.o.Calendar.National)
}

func TestWhatCannotBeApplied(t *testing.T) {
	var c Cache
	l := newTold(t)
	span := domain.Span{FromDate: "2026-03-02", ToDate: "2026-03-02", Zone: "Mars/Olympus"}
	for _, row := range []struct {
		stream string
		event  domain.Event
		kind   string
	}{
		{sheet, domain.PunchRecorded{Member: who, Zone: "Local"}, "member"},
		{sheet, domain.SlotCorrected{Member: who, Date: "today"}, "member"},
		{domain.RosterStream(org, who, 2026, 3), domain.ShiftScheduled{Member: who, Cleared: []domain.Date{""}}, "member"},
		{domain.MemberStream(org, who), domain.MemberLeft{Left: "never"}, "member"},
		{"member-" + org.String() + ".x", domain.MemberLeft{Left: "2026-03-02"}, "member"},
		{domain.CalendarStream(org), domain.MemberLeft{Left: "2026-03-02"}, "organization"},
		{domain.CalendarStream(org), domain.WorkdayDeclared{Date: "2026-02-30"}, "organization"},
		{domain.GroupStream(org, group), domain.RuleChanged{Version: 1, EffectiveFrom: "2026-03-02", Rule: []byte(`{"kind":"odd"}`)}, "group"},
		{domain.RequestStream(org, id(9)), domain.LeaveRequested{Request: id(9), Member: who, Span: span}, "request"},
	} {
		r := l.record(row.stream, row.event)
		require.Error(t, Check(&c, r), "%s in %s", r.Type, row.stream)
		require.Equal(t, row.kind, Subjects(r, true)[0].Kind, r.Type)
		require.Equal(t, All(org), Subjects(r, true)[len(Subjects(r, true))-1])
	}
	r := l.record(domain.RequestStream(org, id(9)), domain.RequestWithdrawn{Request: id(9), Member: who})
	r.Metadata.Subject = who
	require.Equal(t, Subject{org, "member", who}, Subjects(r, true)[0])
	require.Equal(t, Subject{org, "request", id(9)}, Subjects(r, false)[0], "what cannot be read names nobody")
}

func TestReach(t *testing.T) {
	l := newTold(t)
	touches := func(stream string, e domain.Event) string {
		r := l.record(stream, e)
		s, is := l.m.Touches(l.o, Reach(&l.c, r))
		require.NoError(t, l.apply(r))
		if !is {
			return "none"
		}
		if s.To == Forever() {
			return s.From.String() + " on"
		}
		return s.From.String() + " " + s.To.String()
	}
	own := domain.MemberStream(org, who)
	require.Equal(t, "none", touches(domain.CalendarStream(org), domain.HolidayDeclared{Date: "2026-03-05"}), "nobody is there yet")
	require.Equal(t, "2025-12-27 on", touches(own, domain.MemberProvisioned{Member: who, Joined: "2026-01-01"}))
	require.Equal(t, "2026-01-10 on", touches(own, domain.GroupAssigned{Group: group, From: "2026-01-15"}))
	require.Equal(t, "2026-02-24 on", touches(domain.GroupStream(org, group), domain.RuleChanged{Version: 1, EffectiveFrom: "2026-03-01", Rule: []byte(fmt.Sprintf(office, ""))}))
	require.Equal(t, "none", touches(domain.GroupStream(org, id(8)), domain.RuleChanged{Version: 1, EffectiveFrom: "2026-03-01", Rule: []byte(fmt.Sprintf(office, ""))}))
	require.Equal(t, "2026-02-28 2026-03-10", touches(domain.CalendarStream(org), domain.HolidayDeclared{Date: "2026-03-05"}))
	require.Equal(t, "2025-12-27 2027-01-05", touches(domain.CalendarStream(org), domain.CalendarYearLoaded{Country: "CN", Year: 2026}))
	require.Equal(t, "2026-02-25 2026-03-11", touches(domain.RosterStream(org, who, 2026, 3), domain.ShiftScheduled{Member: who, Shifts: map[domain.Date]*string{"2026-03-06": nil}, Cleared: []domain.Date{"2026-03-02"}}))
	punch := domain.PunchRecorded{Member: who, At: at("2026-03-02T17:00:00Z"), Zone: "Asia/Shanghai", SourceType: domain.SourceATM}
	r := l.record(sheet, punch)
	require.Equal(t, one(who, Span{day("2026-02-27"), day("2026-03-07")}), Reach(&l.c, r), "the third of March in Shanghai")
	require.NoError(t, l.apply(r))
	require.Equal(t, "2026-02-25 2026-03-07", touches(sheet, domain.PunchVoided{Punch: r.ID}))
	require.Equal(t, "none", touches(sheet, domain.PunchVoided{Punch: id(5)}))
	request := domain.RequestStream(org, id(9))
	require.Equal(t, "2026-03-03 2026-03-14", touches(request, domain.LeaveRequested{Request: id(9), Member: who, Span: domain.Span{FromDate: "2026-03-08", ToDate: "2026-03-09", Zone: "UTC"}}))
	require.Equal(t, "2026-03-03 2026-03-14", touches(request, domain.RequestApproved{Request: id(9), Member: who}))
	clock := domain.ClockStream(org, at("2026-03-10T00:00:00Z"))
	require.Equal(t, "2026-01-01 2026-03-11", touches(clock, domain.ClockAdvanced{Through: at("2026-03-10T00:00:00Z")}))
	require.Equal(t, "2026-03-06 2026-03-12", touches(clock, domain.ClockAdvanced{Through: at("2026-03-11T00:00:00Z")}))
	require.Equal(t, "none", touches(clock, domain.ClockAdvanced{Through: at("2026-03-11T00:00:00Z")}))
	require.Equal(t, "2026-03-15 on", touches(own, domain.MemberLeft{Left: "2026-03-20"}))
	require.Equal(t, "2026-03-15 on", touches(own, domain.MemberLeft{Left: "2026-03-30"}), "the end that it had counts as well")
	joined := domain.Date("2026-01-10")
	require.Equal(t, "2025-12-27 2026-01-15", touches(own, domain.MemberChanged{Joined: &joined}))
	require.Equal(t, "none", touches(own, domain.MemberChanged{}))
}
