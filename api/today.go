package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/dakahq/daka/api/calendar"
	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/today"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/projections"
)

// Today is what a member needs to know before the next punch.
type Today struct {
	Date        string               `json:"date" doc:"the workday that now belongs to"`
	Now         time.Time            `json:"now"`
	TimeZone    string               `json:"time_zone"`
	Group       *domain.ID           `json:"group"`
	GroupName   string               `json:"group_name"`
	RuleVersion int                  `json:"rule_version"`
	Attendance  bool                 `json:"attendance"`
	DayType     string               `json:"day_type"`
	Shift       *string              `json:"shift"`
	Status      string               `json:"status"`
	Slots       []TodaySlot          `json:"slots"`
	Waiting     int                  `json:"waiting" doc:"punches of these days that wait for a review"`
	Next        NextPunch            `json:"next"`
	Places      []attendance.Place   `json:"places"`
	Networks    []attendance.Network `json:"networks"`
	Photo       bool                 `json:"photo_required"`
	BoundDevice bool                 `json:"bound_device_required"`
	FieldPunch  string               `json:"field_punch"`
	// Calendars are for who keeps attendance; others have none.
	Calendars []calendar.WantedYear `json:"calendars" doc:"to owners and HR: years of holidays that are not loaded and soon needed"`
}

// TodaySlot is a slot with its window.
type TodaySlot struct {
	Section    int        `json:"section"`
	CheckType  string     `json:"check_type"`
	PlanAt     time.Time  `json:"plan_at"`
	OpensAt    time.Time  `json:"opens_at"`
	ClosesAt   time.Time  `json:"closes_at"`
	PunchAt    *time.Time `json:"punch_at"`
	TimeResult string     `json:"time_result"`
	today.Fill
}

// NextPunch is what a punch made now would be.
type NextPunch struct {
	Section    int    `json:"section,omitempty"`
	CheckType  string `json:"check_type,omitempty"`
	TimeResult string `json:"time_result,omitempty"`
	Minutes    int    `json:"minutes,omitempty"`
	// Unused says why it would fill no slot.
	Unused string `json:"unused,omitempty"`
	// Replaces is the punch that it would take the slot from.
	Replaces *time.Time `json:"replaces,omitempty" doc:"the punch that fills the slot now and would fill none"`
	Worse    bool       `json:"worse,omitempty" doc:"the slot's result would be worse than that of the punch that it replaces"`
}

func (s *Server) mountToday() {
	route.Handle(s.router, route.Op("today", "GET", v1+"/orgs/{org}/members/{member}/today", "punching", "Shift, windows, places, and what the next punch will be"), s.memberToday)
}

func (s *Server) memberToday(ctx context.Context, in *read.MemberRead) (*read.One[Today], error) {
	reads, fresh, org, member, err := s.reads.MemberReader(ctx, in.Member, in.Read)
	if err != nil {
		return nil, err
	}
	m, _ := s.config.Directory.Member(org, member)
	o, _ := s.config.Directory.Organization(org)
	now := s.now()
	out := &read.One[Today]{Fresh: fresh, Body: Today{Now: now.UTC(), Attendance: o.Attendance, TimeZone: s.guard.ZoneOf(org), Slots: []TodaySlot{}}}
	zone, err := time.LoadLocation(out.Body.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	local := domain.DateOf(now, zone)
	facts, err := s.factsOf(ctx, reads, org, m, local, now)
	if err != nil {
		return nil, err
	}
	out.Body.describe(s.config.Directory, org, m, local)
	out.Body.Calendars = []calendar.WantedYear{}
	if who.EntryOf("PUT "+v1+"/orgs/{org}/calendar").Best(who.AccessOf(ctx).Roles) != who.None { // who may load them is asked to
		out.Body.Calendars = s.calendar.Wanted(org)
	}
	return out, out.Body.assess(facts, local, now)
}

// describe adds what the rule of the date says beside its times.
func (t *Today) describe(d *directory.Directory, org domain.ID, m directory.Member, date domain.Date) {
	t.Places, t.Networks = []attendance.Place{}, []attendance.Network{}
	id, ok := m.Group(date)
	if !ok {
		return
	}
	g, _ := d.Group(org, id)
	t.Group, t.GroupName = &id, g.Name
	plan, version := d.Rules.InForce(org, id, date)
	if plan == nil {
		return
	}
	r := plan.Rule
	t.RuleVersion, t.TimeZone, t.Photo, t.BoundDevice, t.FieldPunch = version, r.TimeZone, r.PhotoRequired, r.BoundDeviceRequired, r.FieldPunch
	t.Places, t.Networks = append(t.Places, r.Places...), append(t.Networks, r.Networks...)
}

// assess finds the workday that now belongs to (yesterday's while its last window is open and today's first is not), and tries a punch.
func (t *Today) assess(facts attendance.Facts, date domain.Date, now time.Time) error {
	local, err := attendance.ParseDate(string(date))
	if err != nil {
		return err
	}
	const trial = "next"
	facts.Punches = append(facts.Punches, attendance.Punch{ID: trial, At: now, SourceType: attendance.SourceUser, Place: attendance.Inside})
	with := attendance.Assess(facts, local.AddDays(-1), local)
	facts.Punches = facts.Punches[:len(facts.Punches)-1]
	without := attendance.Assess(facts, local.AddDays(-1), local)
	pick := 1
	if windowOpen(without[0], now) && !windowOpen(without[1], now) {
		pick = 0
	}
	day := without[pick]
	t.Date, t.DayType, t.Status = day.Date.String(), string(day.DayType), string(day.Status)
	if day.Shift != "" {
		t.Shift = &day.Shift
	}
	rule := today.RuleOn(&facts, day.Date)
	for i := range day.Slots {
		t.Slots = append(t.Slots, todaySlot(&day.Slots[i], today.FillOf(&day.Slots[i], &facts, rule)))
	}
	for i := range facts.Punches {
		if today.Waits(&facts.Punches[i]) {
			t.Waiting++
		}
	}
	t.Next = nextPunch(with, without, trial)
	return nil
}

func todaySlot(s *attendance.Slot, fill today.Fill) TodaySlot {
	out := TodaySlot{Section: s.Section, CheckType: string(s.CheckType), PlanAt: s.PlanAt, OpensAt: s.WindowFrom, ClosesAt: s.WindowTo, TimeResult: string(s.TimeResult), Fill: fill}
	if !s.PunchAt.IsZero() {
		out.PunchAt = &s.PunchAt
	}
	return out
}

func windowOpen(d attendance.Day, now time.Time) bool {
	for _, s := range d.Slots {
		if !now.Before(s.WindowFrom) && !now.After(s.WindowTo) {
			return true
		}
	}
	return false
}

func nextPunch(days, before []attendance.Day, trial string) NextPunch {
	for n, d := range days {
		for i, s := range d.Slots {
			if s.PunchID == trial {
				next := NextPunch{Section: s.Section, CheckType: string(s.CheckType), TimeResult: string(s.TimeResult), Minutes: s.Minutes}
				if i < len(before[n].Slots) {
					next.over(&before[n].Slots[i])
				}
				return next
			}
		}
		for _, u := range d.Unused {
			if u.ID == trial {
				return NextPunch{Unused: string(u.Reason)}
			}
		}
	}
	return NextPunch{}
}

// over says what the punch would take the place of.
func (n *NextPunch) over(s *attendance.Slot) {
	if s.PunchAt.IsZero() {
		return
	}
	n.Replaces = &s.PunchAt
	n.Worse = n.TimeResult != string(s.TimeResult) && n.TimeResult != string(attendance.TimeNormal) || n.Minutes > s.Minutes
}

// factsOf gathers what assessing two dates needs: rules and calendar from the directory, roster and punches from the read models.
func (s *Server) factsOf(ctx context.Context, r *projections.Engine, org domain.ID, m directory.Member, date domain.Date, now time.Time) (attendance.Facts, error) {
	f := attendance.Facts{Calendar: s.config.Directory.Calendar(org), Roster: map[attendance.Date]attendance.RosterEntry{}, Through: now}
	f.Joined, _ = attendance.ParseDate(string(m.Joined))
	f.Left, _ = attendance.ParseDate(string(m.Left))
	groups := slices.Clone(m.Groups)
	slices.SortStableFunc(groups, func(a, b directory.Assignment) int { return strings.Compare(string(a.From), string(b.From)) })
	for _, a := range groups { // of two that hold a date, Assess takes the later
		from, _ := attendance.ParseDate(string(a.From))
		f.Assignments = append(f.Assignments, attendance.Assignment{From: from, Plans: s.config.Directory.Rules.All(org, a.Group)})
	}
	entries, err := r.Roster.List(ctx, org, &m.ID, nil, date.AddDays(-2), date.AddDays(2))
	if err != nil {
		return f, err
	}
	for _, e := range entries {
		on, err := attendance.ParseDate(string(e.Date))
		if err != nil {
			return f, err
		}
		f.Roster[on] = attendance.RosterEntry{Rest: e.Shift == nil}
		if e.Shift != nil {
			f.Roster[on] = attendance.RosterEntry{Shift: *e.Shift}
		}
	}
	rules := map[domain.ID][]*attendance.Plan{}
	for _, g := range s.config.Directory.Groups(org) {
		rules[g.ID] = s.config.Directory.Rules.All(org, g.ID)
	}
	err = today.Gather(ctx, &f, r.Punches, r.Requests, today.Near{Org: org, Member: m.ID, Date: date, Rules: rules})
	return f, err
}
