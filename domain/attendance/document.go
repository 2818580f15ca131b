package attendance

import (
	"fmt"
	"time"
)

// ParseRule reads a rule document (rules §1) strictly, fills in the defaults and validates it. The error is *Invalid with every problem found.
func ParseRule(raw []byte) (*Rule, error) {
	root, err := parseNode(raw)
	if err != nil {
		return nil, err
	}
	bad := &problems{}
	rule := readRule(bad, "", root, nil)
	if err := bad.err(); err != nil {
		return nil, err
	}
	return rule, nil
}

// readRule reads and checks one rule; path names it in the problems, and also reads fields that stand beside those of §1.
func readRule(bad *problems, path string, value node, also func(*reader)) *Rule {
	before := len(bad.list)
	r := open(bad, path, value)
	if also != nil {
		also(r)
	}
	rule := &Rule{
		Version:       r.count("version", 0, 1),
		Name:          r.text("name"),
		Kind:          Kind(r.choice("kind", string(Fixed), string(Rostered), string(FreeKind))),
		TimeZone:      r.text("time_zone"),
		EffectiveFrom: r.date("effective_from"),
		Seconds:       r.choice("seconds", SecondsTruncate, SecondsExact),
		Holidays:      r.choice("holidays", HolidaysNone, HolidaysChina),
		DayStart:      r.clockOr("day_start", defaultDayStart),
		TapSec:        r.count("tap_sec", defaultTapSec, 0),
	}
	rule.Shifts = readShifts(r)
	rule.Week = readWeek(r)
	rule.WeekCycle = readCycle(r)
	if night, ok := r.take("night"); ok {
		if span, ok := readSpan(bad, r.at("night"), night); ok {
			rule.Night = &span
		}
	}
	r.dated("special_days", func(path string, d Date, value node) {
		if rule.SpecialDays == nil {
			rule.SpecialDays = map[Date]*string{}
		}
		rule.SpecialDays[d] = shiftOrRest(bad, path, value)
	})
	document := ruleDocument{r, rule}
	document.readFree()
	document.readEvidence()
	document.readPolicies()
	r.done()
	if len(bad.list) == before {
		document.checkRule()
	}
	return rule
}

// shiftOrRest reads the name of a shift or null for rest.
func shiftOrRest(bad *problems, path string, value node) *string {
	switch value.kind {
	case nullNode:
		return nil
	case stringNode:
		return &value.text
	}
	bad.add(path, "is %s; write the name of a shift, or null for rest", kindNames[value.kind])
	return nil
}

func readWeek(r *reader) []*string {
	items, ok := r.list("week")
	if !ok {
		return nil
	}
	return weekOf(r.bad, r.at("week"), items)
}

// weekOf reads seven entries, Monday first.
func weekOf(bad *problems, path string, items []node) []*string {
	if len(items) != 7 {
		bad.add(path, "has %d entries; write seven, Monday first, null for rest", len(items))
		return nil
	}
	week := make([]*string, 7)
	for i, item := range items {
		week[i] = shiftOrRest(bad, fmt.Sprintf("%s[%d]", path, i), item)
	}
	return week
}

func readCycle(r *reader) *WeekCycle {
	value, ok := r.take("week_cycle")
	if !ok {
		return nil
	}
	c := open(r.bad, r.at("week_cycle"), value)
	cycle := &WeekCycle{Anchor: c.date("anchor")}
	c.mustHave("anchor", cycle.Anchor != 0, "the Monday on which the first week starts, like 2026-03-02")
	weeks, ok := c.list("weeks")
	c.mustHave("weeks", ok, "a list of weeks with seven entries each")
	if ok && len(weeks) == 0 {
		r.bad.add(c.at("weeks"), "is empty; write at least one week with seven entries")
	}
	for i, item := range weeks {
		if item.kind != arrayNode {
			r.bad.add(c.item("weeks", i), "is %s; write a list of seven entries", kindNames[item.kind])
			continue
		}
		cycle.Weeks = append(cycle.Weeks, weekOf(r.bad, c.item("weeks", i), item.items))
	}
	c.done()
	return cycle
}

func readShifts(r *reader) Shifts {
	value, ok := r.expect("shifts", objectNode)
	if !ok {
		return nil
	}
	inner := open(r.bad, r.at("shifts"), value)
	var shifts Shifts
	for _, name := range inner.order {
		if name == "" {
			r.bad.add(inner.path, "a shift has an empty name; give it one")
			continue
		}
		shifts = append(shifts, readShift(r.bad, inner.at(name), name, inner.fields[name]))
	}
	return shifts
}

func readShift(bad *problems, path, name string, value node) Shift {
	r := open(bad, path, value)
	shift := Shift{
		Name:           name,
		PermitLateMin:  r.count("permit_late_min", 0, 0),
		PermitEarlyMin: r.count("permit_early_min", 0, 0),
		SeriousLateMin: r.count("serious_late_min", 0, 0),
		AbsentLateMin:  r.count("absent_late_min", 0, 0),
		AbsentEarlyMin: r.count("absent_early_min", 0, 0),
		FlexLateMin:    r.count("flex_late_min", 0, 0),
		FlexEarlyMin:   r.count("flex_early_min", 0, 0),
		HalfDayBelow:   r.count("half_day_below_min", 0, 0),
		AbsentBelow:    r.count("absent_below_min", 0, 0),
		MinStayMin:     r.count("min_stay_min", defaultMinStay, 0),
		Pairing:        Pairing(r.choice("pairing", string(FirstLast), string(Alternating))),
	}
	sections, _ := r.list("sections")
	for i, item := range sections {
		shift.Sections = append(shift.Sections, readSection(bad, r.item("sections", i), item))
	}
	breaks, _ := r.list("breaks")
	for i, item := range breaks {
		if span, ok := readSpan(bad, r.item("breaks", i), item); ok {
			shift.Breaks = append(shift.Breaks, span)
		}
	}
	rows, _ := r.list("break_after")
	for i, item := range rows {
		t := open(bad, r.item("break_after", i), item)
		shift.BreakAfter = append(shift.BreakAfter, BreakAfter{WorkedMin: t.required("worked_min"), MinusMin: t.required("minus_min")})
		t.done()
	}
	tiers, _ := r.list("late_out_late_in")
	for i, item := range tiers {
		t := open(bad, r.item("late_out_late_in", i), item)
		shift.LateOutLateIn = append(shift.LateOutLateIn, LateOutLateIn{
			OutAfterMin: t.required("out_after_min"), InLaterMin: t.required("in_later_min"),
		})
		t.done()
	}
	r.done()
	return shift
}

// required is a count that must be there.
func (r *reader) required(name string) int {
	if _, ok := r.take(name); !ok {
		r.bad.add(r.at(name), "is missing; write a whole number of minutes")
		return 0
	}
	return r.count(name, 0, 0)
}

func readSection(bad *problems, path string, value node) Section {
	r := open(bad, path, value)
	on, hasOn := r.clock("on")
	off, hasOff := r.clock("off")
	r.mustHave("on", hasOn, "the local time HH:MM at which the section starts")
	r.mustHave("off", hasOff, "the local time HH:MM at which the section ends")
	section := Section{
		On: on, Off: off,
		OpenBeforeMin: r.optionalCount("open_before_min"),
		CloseAfterMin: r.optionalCount("close_after_min"),
		OnRequired:    r.flag("on_required", true),
		OffRequired:   r.flag("off_required", true),
	}
	r.done()
	return section
}

// mustHave reports a field that is absent; one that is there but broken has been reported already.
func (r *reader) mustHave(name string, usable bool, what string) {
	if usable {
		return
	}
	if value, ok := r.fields[name]; !ok || value.kind == nullNode {
		r.bad.add(r.at(name), "is missing; write %s", what)
	}
}

func readSpan(bad *problems, path string, value node) (Span, bool) {
	r := open(bad, path, value)
	from, hasFrom := r.clock("from")
	to, hasTo := r.clock("to")
	r.mustHave("from", hasFrom, "the local time HH:MM at which it starts")
	r.mustHave("to", hasTo, "the local time HH:MM at which it ends")
	r.done()
	return Span{From: from, To: to}, hasFrom && hasTo
}

// ruleDocument is a rule, and the document that it is read from.
type ruleDocument struct {
	r    *reader
	rule *Rule
}

func (d ruleDocument) readFree() {
	r, rule := d.r, d.rule
	value, ok := r.take("free")
	if !ok {
		if rule.Kind == FreeKind {
			rule.Free = &Free{DayStart: rule.DayStart, TargetPer: TargetDay, Pairing: FirstLast}
		}
		return
	}
	f := open(r.bad, r.at("free"), value)
	rule.Free = &Free{
		DayStart: f.clockOr("day_start", rule.DayStart), TargetMin: f.count("target_min", 0, 0),
		TargetPer: f.choice("target_per", TargetDay, TargetWeek, TargetMonth),
		Pairing:   Pairing(f.choice("pairing", string(FirstLast), string(Alternating))),
	}
	if core, ok := f.take("core"); ok {
		if span, ok := readSpan(r.bad, f.at("core"), core); ok {
			rule.Free.Core = &span
		}
	}
	f.done()
}

func (d ruleDocument) readEvidence() {
	r, rule := d.r, d.rule
	places, _ := r.list("places")
	for i, item := range places {
		rule.Places = append(rule.Places, readPlace(r.bad, r.item("places", i), i, item))
	}
	networks, _ := r.list("networks")
	for i, item := range networks {
		n := open(r.bad, r.item("networks", i), item)
		network := Network{ID: n.text("id"), SSID: n.text("ssid"), BSSID: n.text("bssid"), CIDR: n.text("cidr")}
		if network.ID == "" {
			network.ID = fmt.Sprintf("network-%d", i+1)
		}
		n.done()
		rule.Networks = append(rule.Networks, network)
	}
	rule.PhotoRequired = r.flag("photo_required", false)
	rule.BoundDeviceRequired = r.flag("bound_device_required", false)
}

func readPlace(bad *problems, path string, i int, value node) Place {
	r := open(bad, path, value)
	place := Place{ID: r.text("id"), Name: r.text("name"), Datum: r.choice("datum", DatumWGS84, DatumGCJ02)}
	var lat, lng, radius bool
	place.Lat, lat = r.decimal("lat", -90, 90)
	place.Lng, lng = r.decimal("lng", -180, 180)
	place.RadiusM, radius = r.decimal("radius_m", 0, 40_000_000)
	r.mustHave("lat", lat, "the latitude in degrees")
	r.mustHave("lng", lng, "the longitude in degrees")
	r.mustHave("radius_m", radius, "the radius in metres")
	if place.ID == "" {
		place.ID = fmt.Sprintf("place-%d", i+1)
	}
	r.done()
	return place
}

func (d ruleDocument) readPolicies() {
	r, rule := d.r, d.rule
	rule.FieldPunch = r.choice("field_punch", FieldFlag, FieldForbid, FieldAccept, FieldApprove)
	rule.OfflinePunch = OfflinePunch{Mode: OfflineAccept, MaxDelayMin: 1440}
	if value, ok := r.take("offline_punch"); ok {
		o := open(r.bad, r.at("offline_punch"), value)
		rule.OfflinePunch.Mode = o.choice("mode", OfflineAccept, OfflineApprove, OfflineForbid)
		rule.OfflinePunch.MaxDelayMin = o.count("max_delay_min", 1440, 0)
		o.done()
	}
	rule.Makeup = MakeupLimits{PerMonth: 3, WithinDays: 30, Kinds: []string{"missing", "late", "early"}}
	if value, ok := r.take("makeup"); ok {
		m := open(r.bad, r.at("makeup"), value)
		rule.Makeup.PerMonth = m.count("per_month", 3, 0)
		rule.Makeup.WithinDays = m.count("within_days", 30, 0)
		if kinds, ok := m.texts("kinds"); ok {
			rule.Makeup.Kinds = kinds
		}
		m.done()
	}
	rule.Overtime = OvertimeRule{Mode: OvertimeOff, MinMinutes: 30, StepMinutes: 30}
	if value, ok := r.take("overtime"); ok {
		o := open(r.bad, r.at("overtime"), value)
		rule.Overtime.Mode = o.choice("mode", OvertimeOff, OvertimeApproved, OvertimePunched, OvertimeBoth)
		rule.Overtime.MinMinutes = o.count("min_minutes", 30, 0)
		rule.Overtime.StepMinutes = o.count("step_minutes", 30, 0)
		rule.Overtime.MaxDayMin = o.count("max_day_min", 0, 0)
		readOvertimeRows(o, &rule.Overtime)
		o.done()
	}
	allowances, _ := r.list("allowances")
	for i, item := range allowances {
		a := open(r.bad, r.item("allowances", i), item)
		rule.Allowances = append(rule.Allowances, Allowance{
			When: a.text("when"), PerMonth: a.required("per_month"), UpToMin: a.required("up_to_min"),
		})
		a.done()
	}
	penalties, _ := r.list("penalties")
	for i, item := range penalties {
		p := open(r.bad, r.item("penalties", i), item)
		rule.Penalties = append(rule.Penalties, Penalty{
			When: p.text("when"), FromCount: p.count("from_count", 1, 1),
			PerMonth: p.flag("per_month", true), DeductDays: p.decimalOr("deduct_days", 0, 0, 366), Note: p.text("note"),
		})
		p.done()
	}
}

func readOvertimeRows(o *reader, rule *OvertimeRule) {
	breaks, _ := o.list("breaks")
	for i, item := range breaks {
		if span, ok := readSpan(o.bad, o.item("breaks", i), item); ok {
			rule.Breaks = append(rule.Breaks, span)
		}
	}
	rows, _ := o.list("minus")
	for i, item := range rows {
		m := open(o.bad, o.item("minus", i), item)
		rule.Minus = append(rule.Minus, OvertimeMinus{OverMin: m.required("over_min"), MinusMin: m.required("minus_min")})
		m.done()
	}
}

// clockOr is a local time that may be left out.
func (r *reader) clockOr(name string, absent Clock) Clock {
	if c, ok := r.clock(name); ok {
		return c
	}
	return absent
}

// decimalOr is a number that may be left out.
func (r *reader) decimalOr(name string, absent, low, high float64) float64 {
	if n, ok := r.decimal(name, low, high); ok {
		return n
	}
	return absent
}

// defaultWeek is Monday to Friday on the first shift named; a free rule without shifts works on the same days (rules §1, §4).
func defaultWeek(rule *Rule) []*string {
	first := "free"
	if len(rule.Shifts) > 0 {
		first = rule.Shifts[0].Name
	}
	week := make([]*string, 7)
	for day := time.Monday; day <= time.Friday; day++ {
		name := first
		week[day-1] = &name
	}
	return week
}
