package projections

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/domain/wire"
	"github.com/dakahq/daka/projections/fold"
)

// The documents of the golden ledger's two groups. Night shifts cross midnight, and New York sets its clocks on 2026-03-08 during one of them.
const (
	goldenOffice = `{"name":"Office","kind":"fixed","time_zone":"Asia/Shanghai","effective_from":"2026-01-01","field_punch":"approve",
	"shifts":{"day":{"sections":[{"on":"09:00","off":"12:00"},{"on":"13:00","off":"18:00"}],"permit_late_min":5}},"week":["day","day","day","day","day",null,null],
	"places":[{"id":"hq","name":"Head office","lat":31.2304,"lng":121.4737,"radius_m":200}]}`
	goldenNight = `{"name":"Night","kind":"fixed","time_zone":"America/New_York","effective_from":"2026-01-01",
	"shifts":{"night":{"sections":[{"on":"22:00","off":"30:00"}],"late_out_late_in":[{"out_after_min":30,"in_later_min":60}]}},"week":["night","night","night","night","night","night","night"]}`
)

// goldenLedger writes the golden ledger once; from then on the committed file is what counts.
type goldenLedger struct {
	*testLedger
	night    domain.ID
	requests uint64
}

func (g *goldenLedger) make() {
	g.t.Helper()
	g.organization()
	office, nightly, leaver := g.membersOf()
	g.joins(leaver)
	g.office(office)
	g.nights(nightly)
	g.asked(office)
	g.parkedMember()
	g.calendar(office)
	g.another1()
	g.elsewhere(office)
	g.advance("2026-03-20T16:00:00Z")
	g.late(office)
	g.departments(office, nightly)
}

func (g *goldenLedger) organization() {
	org, address, name := domain.OrgStream(g.org), domain.Private("address"), "Acme & Söhne"
	rd, lab := seeded(21), seeded(22)
	g.write(org, g.org, domain.OrganizationCreated{Name: "Acme", Country: "CN", Industry: "software", Address: address}, domain.AttendanceEnabled{}, domain.AttendanceDisabled{}, domain.AttendanceEnabled{},
		domain.OrganizationChanged{Name: &name, Address: domain.Private("street")}, domain.MonitoringChanged{Items: []string{"place", "photo"}},
		domain.LeaveTypeDefined{LeaveType: "annual", Name: "Annual leave", Paid: true, Unit: "day"}, domain.LeaveTypeDefined{LeaveType: "sick", Name: "Sick leave", Unit: "hour"},
		domain.DepartmentAdded{Department: rd, Name: "R&D"}, domain.DepartmentAdded{Department: lab, Name: "Lab", Parent: &rd},
		domain.DepartmentChanged{Department: lab, Root: true}, domain.DepartmentAdded{Department: seeded(23), Name: "Old"}, domain.DepartmentClosed{Department: seeded(23)})
	g.write(domain.GroupStream(g.org, g.group), g.group, domain.GroupCreated{Group: g.group, Name: "Office"}, domain.RuleChanged{Version: 1, EffectiveFrom: "2026-01-01", Rule: []byte(goldenOffice)})
	g.write(domain.GroupStream(g.org, g.night), g.night, domain.GroupCreated{Group: g.night, Name: "Night"}, domain.RuleChanged{Version: 1, EffectiveFrom: "2026-03-02", Rule: []byte(goldenNight)})
	g.write(domain.GroupStream(g.org, seeded(4)), seeded(4), domain.GroupCreated{Group: seeded(4), Name: "Gone"}, domain.GroupClosed{})
}

func (g *goldenLedger) membersOf() (office, nightly, leaver domain.ID) {
	office, nightly, leaver = g.join(0), g.join(1), g.join(2)
	number, position, joined, rd := "A-7", "Engineer", domain.Date("2026-03-02"), seeded(21)
	stream := domain.MemberStream(g.org, office)
	g.write(stream, office, domain.MemberLinked{Account: seeded(31)}, domain.MemberChanged{Name: domain.Private("name"), Email: domain.Private("email"), Phone: domain.Private("phone"), Number: &number, Position: &position, Department: &rd, Joined: &joined},
		domain.RoleGranted{Role: domain.RoleHR, Alone: true}, domain.RoleGranted{Role: domain.RoleManager, Department: &rd}, domain.RoleRevoked{Role: domain.RoleHR})
	g.write(domain.BadgeStream(g.org, number), office, domain.BadgeAssigned{Number: number, Member: office, From: "2026-03-02"}, domain.BadgeReleased{Number: number, Member: office, Until: "2026-03-15"},
		domain.BadgeAssigned{Number: number, Member: leaver, From: "2026-03-16"}, domain.BadgeAssigned{Number: number, Member: leaver, From: "2026-03-14"})
	g.write(domain.OrgStream(g.org), g.org, domain.OwnerAdded{Member: office, Alone: true}, domain.OwnerAdded{Member: leaver}, domain.OwnerRemoved{Member: leaver}, domain.ApproversChanged{Approvers: []domain.ID{office}})
	g.write(domain.MemberStream(g.org, nightly), nightly, domain.GroupAssigned{Group: g.night, From: "2026-03-04"})
	g.write(domain.MemberStream(g.org, leaver), leaver, domain.MemberLeft{Left: "2026-03-12"})
	return office, nightly, leaver
}

func (g *goldenLedger) joins(leaver domain.ID) {
	joiner, other := seeded(301), seeded(302)
	g.write(domain.MemberStream(g.org, joiner), joiner, domain.JoinRequested{Member: joiner, Account: seeded(32), Name: domain.Private("joiner"), Number: "9", Message: domain.Private("hello")},
		domain.JoinRejected{Reason: domain.Private("who?")}, domain.JoinRequested{Member: joiner, Account: seeded(32), Name: domain.Private("joiner")}, domain.JoinApproved{},
		domain.MemberJoined{Member: joiner, Account: seeded(32), Number: "901", Name: domain.Private("joiner"), Position: "Clerk", Joined: "2026-03-05"}, domain.GroupAssigned{Group: g.group, From: "2026-03-06"})
	g.write(domain.MemberStream(g.org, other), other, domain.JoinRequested{Member: other, Account: seeded(33), Name: domain.Private("other")}, domain.JoinRejected{Withdrawn: true},
		domain.JoinRequested{Member: other, Account: seeded(33), Name: domain.Private("other")}, domain.JoinApproved{As: &leaver})
}

// put writes one punch and gives its id.
func (g *goldenLedger) put(m domain.ID, e domain.PunchRecorded) domain.ID {
	stream := domain.TimesheetStream(g.org, m, "202603")
	raw := g.raw(stream, m, e)
	g.append(stream, raw)
	return raw.ID
}

// office has a month by day: on time, late, early, a lack, a place, reviews, a void and its return, corrections.
func (g *goldenLedger) office(m domain.ID) {
	stream := domain.TimesheetStream(g.org, m, "202603")
	for day := 2; day <= 13; day++ {
		date := fmt.Sprintf("2026-03-%02d", day)
		in := g.put(m, g.punchEvent(m, fmt.Sprintf("%sT%02d:%02d:00", date, 8+(50+day)/60, (50+day)%60)))
		out := g.put(m, g.punchEvent(m, date+"T18:03:00"))
		switch day {
		case 3:
			g.write(stream, m, domain.PunchVoided{Punch: in, Import: seeded(77)})
		case 4:
			g.write(stream, m, domain.PunchVoided{Punch: out, Import: seeded(77)}, domain.PunchRestored{Punch: out, Import: seeded(77)})
		case 5:
			g.write(stream, m, domain.SlotCorrected{Member: m, Date: domain.Date(date), Section: 1, CheckType: domain.OffDuty, At: domain.At(instant(date + "T12:01:00+08:00")), Zone: "Asia/Shanghai", Reason: domain.Private("forgot")})
		}
	}
	far, distance, group := g.punchEvent(m, "2026-03-16T09:01:00"), 4200, g.group
	far.SourceType, far.Group, far.RuleVersion, far.CheckType, far.DistanceM, far.Photo = domain.SourceUser, &group, 1, domain.OnDuty, &distance, "sha256:00"
	outside := g.put(m, far)
	off := g.punchEvent(m, "2026-03-16T18:10:00")
	off.SourceType, off.Flags, off.Note = domain.SourceUser, []domain.Flag{domain.FlagSelfWritten}, domain.Private("note")
	own := g.put(m, off)
	placed, near := g.punchEvent(m, "2026-03-17T09:09:00"), 12
	placed.SourceType, placed.Group, placed.RuleVersion = domain.SourceUser, &group, 1
	later := g.put(m, placed)
	g.write(stream, m, domain.PunchReviewed{Punch: outside, Review: "approved", Reason: domain.Private("at a customer")}, domain.PunchReviewed{Punch: own, Review: "rejected"},
		domain.PunchPlaced{Punch: later, PlaceID: "hq", DistanceM: &near, Group: &group, RuleVersion: 1})
}

func (g *goldenLedger) nights(m domain.ID) {
	punch := func(wall, offset string) {
		e := domain.PunchRecorded{Member: m, At: domain.At(instant(wall + offset)), Zone: "America/New_York", SourceType: domain.SourceATM, Source: "gate"}
		g.put(m, e)
	}
	punch("2026-03-05T21:55:00", "-05:00")
	punch("2026-03-06T06:40:00", "-05:00") // long enough to come later on the next evening
	punch("2026-03-06T22:50:00", "-05:00")
	punch("2026-03-07T06:00:00", "-05:00")
	punch("2026-03-07T22:10:00", "-05:00")
	punch("2026-03-08T06:02:00", "-04:00") // clocks went forward at 02:00
	punch("2026-03-09T23:20:00", "-04:00")
	shift := "night"
	g.write(domain.RosterStream(g.org, m, 2026, 3), m, domain.ShiftScheduled{Member: m, Shifts: map[domain.Date]*string{"2026-03-10": nil, "2026-03-11": &shift, "2026-03-12": &shift}},
		domain.ShiftScheduled{Member: m, Cleared: []domain.Date{"2026-03-12"}}, domain.ShiftSwapped{Member: m, Date: "2026-03-13", Request: seeded(5900)})
}

func (g *goldenLedger) request(m domain.ID, of func(id domain.ID) []domain.Event) domain.ID {
	g.requests++
	id := seeded(5000 + g.requests)
	g.write(domain.RequestStream(g.org, id), m, of(id)...)
	return id
}

// asked holds every kind of request with every answer.
func (g *goldenLedger) asked(m domain.ID) {
	at := func(wall string) *domain.Instant { i := domain.At(instant(wall + "+08:00")); return &i }
	dates := func(from, to domain.Date) domain.Span {
		return domain.Span{FromDate: from, ToDate: to, Zone: "Asia/Shanghai"}
	}
	hours := func(from, to string) domain.Span {
		return domain.Span{From: at(from), To: at(to), Zone: "Asia/Shanghai"}
	}
	makeup := g.request(m, func(id domain.ID) []domain.Event {
		return []domain.Event{domain.MakeupRequested{Request: id, Member: m, Date: "2026-03-03", Section: 1, CheckType: domain.OnDuty, At: *at("2026-03-03T09:00:00"), Zone: "Asia/Shanghai", Kind: "missing", Reason: domain.Private("badge")},
			domain.RequestCommented{Request: id, Member: m, Comment: domain.Private("please")}, domain.RequestApproved{Request: id, Member: m, Comment: domain.Private("fine")}}
	})
	g.write(domain.BalanceStream(g.org, m), m, domain.MakeupCounted{Request: makeup, Month: "2026-03"}, domain.MakeupCounted{Request: seeded(5901), Month: "2026-03"}, domain.MakeupCounted{Request: seeded(5901), Month: "2026-03", Released: true})
	g.request(m, func(id domain.ID) []domain.Event {
		return []domain.Event{domain.LeaveRequested{Request: id, Member: m, LeaveType: "annual", Span: dates("2026-03-18", "2026-03-18"), Reason: domain.Private("rest")}, domain.RequestApproved{Request: id, Member: m, SelfApproved: true}}
	})
	g.request(m, func(id domain.ID) []domain.Event {
		return []domain.Event{domain.LeaveRequested{Request: id, Member: m, LeaveType: "sick", Span: hours("2026-03-19T09:00:00", "2026-03-19T11:30:00")}, domain.RequestApproved{Request: id, Member: m}, domain.RequestCancelled{Request: id, Member: m, Reason: domain.Private("well again")}}
	})
	g.request(m, func(id domain.ID) []domain.Event {
		return []domain.Event{domain.TripRequested{Request: id, Member: m, Span: dates("2026-03-17", "2026-03-17")}, domain.RequestApproved{Request: id, Member: m}}
	})
	g.request(m, func(id domain.ID) []domain.Event {
		return []domain.Event{domain.OutRequested{Request: id, Member: m, Span: hours("2026-03-19T13:00:00", "2026-03-19T15:00:00")}, domain.RequestRejected{Request: id, Member: m, Reason: domain.Private("no")}}
	})
	g.request(m, func(id domain.ID) []domain.Event {
		return []domain.Event{domain.OvertimeRequested{Request: id, Member: m, Span: hours("2026-03-12T18:00:00", "2026-03-12T20:00:00")}, domain.RequestWithdrawn{Request: id, Member: m}}
	})
	g.request(m, func(id domain.ID) []domain.Event {
		return []domain.Event{domain.OvertimeRequested{Request: id, Member: m, Span: hours("2026-03-13T17:00:00", "2026-03-13T19:00:00")}, domain.RequestApproved{Request: id, Member: m}}
	})
	g.request(m, func(id domain.ID) []domain.Event { // waits
		return []domain.Event{domain.MakeupRequested{Request: id, Member: m, Date: "2026-03-17", Section: 2, CheckType: domain.OffDuty, At: *at("2026-03-17T18:00:00"), Zone: "Asia/Shanghai", Kind: "missing"}}
	})
}

// parkedMember has a punch in a zone that does not exist, and one behind it that waits.
func (g *goldenLedger) parkedMember() {
	m := g.join(3)
	g.put(m, g.punchEvent(m, "2026-03-02T08:58:00"))
	bad := g.punchEvent(m, "2026-03-02T18:01:00")
	bad.Zone = "Nowhere/Atlantis"
	g.put(m, bad)
	g.put(m, g.punchEvent(m, "2026-03-03T09:02:00"))
}

func (g *goldenLedger) calendar(office domain.ID) {
	g.write(domain.CalendarStream(g.org), g.org, domain.HolidayDeclared{Date: "2026-03-10", Name: "Founding day"}, domain.WorkdayDeclared{Date: "2026-03-07", Shift: "day"},
		domain.HolidayDeclared{Date: "2026-03-11", Name: "Mistake"}, domain.HolidayDeclared{Date: "2026-03-11", Withdrawn: true},
		domain.CalendarYearLoaded{Country: "CN", Year: 2026, Holidays: map[domain.Date]string{"2026-04-05": "Qingming"}, Workdays: map[domain.Date]string{"2026-03-14": ""}, Source: "test"})
	g.write(domain.ImportStream(g.org, seeded(77)), seeded(77), domain.ImportStarted{Import: seeded(77), Format: "csv", Zone: "Asia/Shanghai"}, domain.ImportFinished{Import: seeded(77), Lines: 2, Punches: 2}, domain.ImportReverted{Import: seeded(77), Punches: 1})
	actor, at := domain.Actor{Kind: domain.ActorMember, ID: office.String()}, domain.At(instant("2026-03-12T08:00:00Z"))
	g.write(domain.AccessStream(g.org, actor, at), g.org, domain.AccessRecorded{Actor: actor, Subjects: []domain.ID{office, seeded(301)}, Fields: []string{"lat", "lng"}, Purpose: "readPunches", QueryHash: "00", At: at})
}

// another1 is a second organization with a clock of its own.
func (g *goldenLedger) another1() {
	b := g.another(1)
	b.seq, b.clock = g.seq+10_000, g.clock
	b.found(2)
	b.punch(b.members[0], "2026-03-02T09:04:00")
	b.punch(b.members[0], "2026-03-02T18:04:00")
	b.punch(b.members[1], "2026-03-02T10:30:00")
	b.advance("2026-03-04T00:00:00Z")
	g.clock = b.clock
}

// elsewhere are the types that no read model keeps, with the bytes of their committed samples.
func (g *goldenLedger) elsewhere(m domain.ID) {
	streams := map[string]string{
		"Account": domain.AccountStream(seeded(31)), "Leave": domain.BalanceStream(g.org, m), "Invitation": domain.InvitationStream(g.org, seeded(41)), "Token": domain.MachineStream(g.org, seeded(42)),
		"Handle": domain.HandleStream("acme"), "Role": domain.MemberStream(g.org, m), "Owner": domain.OrgStream(g.org),
		"Installation": domain.InstallationStream(), "Key": domain.InstallationStream(), "Rollback": domain.InstallationStream(),
	}
	for _, eventType := range wire.Types() {
		if !fold.Ignored[eventType] || eventType == "RollbackDeclared" { // a declared rollback asks for another epoch
			continue
		}
		paths, err := filepath.Glob("../domain/wire/testdata/" + eventType + "/v*/*.json")
		require.NoError(g.t, err)
		require.NotEmpty(g.t, paths)
		for prefix, stream := range streams {
			if strings.HasPrefix(eventType, prefix) {
				raw := g.raw(stream, m, domain.AttendanceEnabled{})
				raw.Type = eventType
				raw.Data, err = os.ReadFile(paths[0])
				require.NoError(g.t, err)
				g.append(stream, raw)
				break
			}
		}
	}
}

// late are facts behind the clock: a rule of the past and a punch of the future.
func (g *goldenLedger) late(m domain.ID) {
	g.write(domain.GroupStream(g.org, g.group), g.group, domain.RuleChanged{Version: 2, EffectiveFrom: "2026-03-12", Rule: []byte(strings.Replace(goldenOffice, `"permit_late_min":5`, `"permit_late_min":0`, 1))})
	next := domain.At(instant("2026-03-25T09:00:00+08:00"))
	e := domain.PunchRecorded{Member: m, At: next, Zone: "Asia/Shanghai", SourceType: domain.SourceATM, Source: "file"}
	require.Equal(g.t, attendance.DateOf(next.Time().In(time.FixedZone("", 8*3600))).String(), "2026-03-25")
	g.put(m, e)
}

// departments are moves on a date, groups that take departments, and numbers that machines know.
func (g *goldenLedger) departments(office, nightly domain.ID) {
	rd, lab, paint, painter := seeded(21), seeded(22), seeded(24), seeded(310)
	org, night := domain.OrgStream(g.org), domain.GroupStream(g.org, g.night)
	g.write(org, g.org, domain.DepartmentAdded{Department: paint, Name: "Paint", Parent: &lab})
	g.write(domain.MemberStream(g.org, painter), painter, domain.MemberProvisioned{Member: painter, Number: "24", Department: &paint, Joined: "2026-03-02"})
	g.write(night, g.night, domain.GroupLinked{Department: &rd, From: "2026-03-09"}, domain.GroupLinked{Department: &lab, From: "2026-03-16"})
	g.write(domain.GroupStream(g.org, g.group), g.group, domain.GroupLinked{From: "2026-03-03"})
	g.write(org, g.org, domain.DepartmentChanged{Department: lab, Parent: &rd, From: "2026-03-12"})
	g.write(domain.MemberStream(g.org, nightly), nightly, domain.MemberChanged{Department: &paint, DepartmentFrom: "2026-03-05", Reason: domain.Private("was there")}, domain.GroupAssigned{Group: g.night, From: "2026-03-10", Follows: true},
		domain.MemberChanged{Department: &rd, DepartmentFrom: "2026-03-18"})
	g.write(night, g.night, domain.GroupUnlinked{Department: &rd, From: "2026-03-19"})
	g.write(domain.BadgeStream(g.org, "77"), office, domain.BadgeAssigned{Number: "77", Member: office, From: "2026-03-02", Kind: domain.BadgeMachine}, domain.BadgeReleased{Number: "77", Member: office, Until: "2026-03-10"},
		domain.BadgeAssigned{Number: "77", Member: nightly, From: "2026-03-11", Until: "2026-03-20", Kind: domain.BadgeMachine}, domain.BadgeReleased{Number: "77", Member: nightly, Until: "2026-03-10"})
}
