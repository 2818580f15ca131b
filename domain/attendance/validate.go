package attendance

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// checkRule judges a rule that could be read and fills in the default week.
func (d ruleDocument) checkRule() {
	r, rule := d.r, d.rule
	if _, ok := loadZone(rule.TimeZone); !ok {
		d.checkZoneName(rule.TimeZone)
	}
	if rule.EffectiveFrom == 0 {
		r.bad.add(r.at("effective_from"), "is missing; write the first date on which the rule holds, like 2026-03-01")
	}
	if len(rule.Shifts) == 0 && rule.Kind != FreeKind {
		r.bad.add(r.at("shifts"), "is empty; name at least one shift with its sections")
	}
	for i := range rule.Shifts {
		checkShift(r.bad, r.at("shifts")+"."+rule.Shifts[i].Name, &rule.Shifts[i])
	}
	d.checkNumbers()
	d.checkShiftNames()
	d.checkFree()
	for i := range rule.Networks {
		checkNetwork(r.bad, r.item("networks", i), &rule.Networks[i])
	}
	d.checkPlaceIDs()
	for i, kind := range rule.Makeup.Kinds {
		if kind != "missing" && kind != "late" && kind != "early" {
			r.bad.add(r.at("makeup")+"."+r.entry("kinds", i), "%q is unknown; write one of missing, late, early", kind)
		}
	}
	for i, allowance := range rule.Allowances {
		if !knownOccurrence(allowance.When) {
			r.bad.add(r.item("allowances", i)+".when", "%q is unknown; write one of %s", allowance.When, strings.Join(occurrenceKinds(), ", "))
		}
	}
	for i, span := range rule.Overtime.Breaks {
		if span.To <= span.From {
			r.bad.add(r.at("overtime")+"."+r.entry("breaks", i)+".to", "%s is not after from %s; write a later time, 24:00 and more for the next date", span.To, span.From)
		}
	}
	for i, penalty := range rule.Penalties {
		if !knownPenalty(penalty.When) {
			r.bad.add(r.item("penalties", i)+".when", "%q is unknown; write an anomaly, Absent or HalfDay", penalty.When)
		}
	}
}

func (r *reader) entry(name string, i int) string {
	bare := reader{}
	return bare.item(name, i)
}

func (d ruleDocument) checkZoneName(name string) {
	r := d.r
	if name == "" {
		r.bad.add(r.at("time_zone"), "is missing; write a zone of the IANA database, like Asia/Shanghai")
		return
	}
	r.bad.add(r.at("time_zone"), "%q is not a zone of the IANA database; write a name like Asia/Shanghai", name)
}

// checkShiftNames refuses names that no shift has; under free hours the names only say that a date is a workday (rules §4).
func (d ruleDocument) checkShiftNames() {
	r, rule := d.r, d.rule
	if rule.Week != nil && rule.WeekCycle != nil {
		r.bad.add(r.at("week_cycle"), "stands beside week; keep one of the two")
	}
	if rule.Week == nil && rule.WeekCycle == nil {
		rule.Week = defaultWeek(rule)
	}
	if cycle := rule.WeekCycle; cycle != nil && cycle.Anchor != 0 && cycle.Anchor.Weekday() != time.Monday {
		r.bad.add(r.at("week_cycle")+".anchor", "%s is a %s; write a Monday", cycle.Anchor, cycle.Anchor.Weekday())
	}
	if rule.Kind == FreeKind || len(rule.Shifts) == 0 {
		return
	}
	for i, name := range rule.Week {
		d.checkShiftName(r.item("week", i), name)
	}
	if rule.WeekCycle != nil {
		for n, week := range rule.WeekCycle.Weeks {
			for i, name := range week {
				d.checkShiftName(fmt.Sprintf("%s[%d][%d]", r.at("week_cycle")+".weeks", n, i), name)
			}
		}
	}
	for date, name := range rule.SpecialDays {
		d.checkShiftName(r.at("special_days")+"."+date.String(), name)
	}
}

func (d ruleDocument) checkShiftName(path string, name *string) {
	r, rule := d.r, d.rule
	if name == nil {
		return
	}
	if _, ok := rule.Shifts.Named(*name); ok {
		return
	}
	known := make([]string, len(rule.Shifts))
	for i := range rule.Shifts {
		known[i] = rule.Shifts[i].Name
	}
	r.bad.add(path, "%q is not a shift of this rule; write one of %s, or null for rest", *name, strings.Join(known, ", "))
}

func checkShift(bad *problems, path string, shift *Shift) {
	if len(shift.Sections) == 0 {
		bad.add(path+".sections", "is empty; write at least one section with on and off")
		return
	}
	sections := reader{path: path}
	for i := range shift.Sections {
		section := &shift.Sections[i]
		at := sections.item("sections", i)
		if i == 0 && section.On >= 48*60 {
			bad.add(at+".on", "%s is two dates later; write a time up to 47:59 and name the shift on a later date", section.On)
		}
		if section.Off <= section.On {
			bad.add(at+".off", "%s is not after on %s; write a later time, 24:00 and more for the dates after it, up to 71:59", section.Off, section.On)
		}
		checkWindow(bad, at+".open_before_min", section.OpenBeforeMin)
		checkWindow(bad, at+".close_after_min", section.CloseAfterMin)
		if i > 0 && section.On < shift.Sections[i-1].Off {
			bad.add(at+".on", "%s is before the section above ends at %s; write the sections in order, without overlap", section.On, shift.Sections[i-1].Off)
		}
	}
	checkBreaks(bad, &sections, shift)
	checkLength(bad, path, shift)
	checkFalling(bad, path, []threshold{
		{"permit_late_min", shift.PermitLateMin}, {"serious_late_min", shift.SeriousLateMin}, {"absent_late_min", shift.AbsentLateMin},
	})
	checkFalling(bad, path, []threshold{{"permit_early_min", shift.PermitEarlyMin}, {"absent_early_min", shift.AbsentEarlyMin}})
	checkFalling(bad, path, []threshold{{"absent_below_min", shift.AbsentBelow}, {"half_day_below_min", shift.HalfDayBelow}})
}

func checkBreaks(bad *problems, at *reader, shift *Shift) {
	first, last := shift.Sections[0].On, shift.Sections[len(shift.Sections)-1].Off
	for i, pause := range shift.Breaks {
		path := at.item("breaks", i)
		if pause.To <= pause.From {
			bad.add(path+".to", "%s is not after from %s; write a later time", pause.To, pause.From)
		}
		if pause.From < first || pause.To > last {
			bad.add(path, "%s to %s is outside the shift; write it within %s to %s", pause.From, pause.To, first, last)
		}
	}
}

// The greatest numbers that make sense (rules 1.2c).
const (
	maxWindowMin = 1440
	maxTapSec    = 600
	maxMinStay   = 240
)

// checkLength refuses a shift that is longer than a day from its first on to its last off (rules 1.2a).
func checkLength(bad *problems, path string, shift *Shift) {
	if total := int(shift.Sections[len(shift.Sections)-1].Off - shift.Sections[0].On); total > 24*60 {
		bad.add(path, "lasts %d minutes from its first on to its last off, more than 24 h; shorten it", total)
	}
}

func checkWindow(bad *problems, path string, set *int) {
	if set != nil && *set > maxWindowMin {
		bad.add(path, "%d is more than a day; write at most %d", *set, maxWindowMin)
	}
}

// checkNumbers refuses absurd numbers (rules 1.2c) and a day that starts on another date (rules 1.2a).
func (d ruleDocument) checkNumbers() {
	r, rule := d.r, d.rule
	if rule.TapSec > maxTapSec {
		r.bad.add(r.at("tap_sec"), "%d is more than ten minutes; write at most %d", rule.TapSec, maxTapSec)
	}
	if rule.DayStart >= 24*60 {
		r.bad.add(r.at("day_start"), "%s is on the next date; write a time up to 23:59", rule.DayStart)
	}
	for i := range rule.Shifts {
		if stay := rule.Shifts[i].MinStayMin; stay > maxMinStay {
			r.bad.add(r.at("shifts")+"."+rule.Shifts[i].Name+".min_stay_min", "%d is more than four hours; write at most %d", stay, maxMinStay)
		}
	}
}

type threshold struct {
	name  string
	value int
}

// checkFalling refuses thresholds that fall along the list; 0 is off and skipped.
func checkFalling(bad *problems, path string, list []threshold) {
	previous := threshold{}
	for _, next := range list {
		if next.value == 0 {
			continue
		}
		if next.value < previous.value {
			bad.add(path+"."+next.name, "%d is less than %s %d; write at least %d, or 0 to switch it off", next.value, previous.name, previous.value, previous.value)
		}
		previous = next
	}
}

func (d ruleDocument) checkFree() {
	r, rule := d.r, d.rule
	if rule.Free == nil {
		return
	}
	if rule.Free.DayStart >= 24*60 {
		r.bad.add(r.at("free.day_start"), "%s is on the next date; write a time up to 23:59", rule.Free.DayStart)
	}
	core := rule.Free.Core
	if core == nil {
		return
	}
	if core.To <= core.From {
		r.bad.add(r.at("free.core.to"), "%s is not after from %s; write a later time", core.To, core.From)
	}
}

func checkNetwork(bad *problems, path string, network *Network) {
	if network.SSID == "" && network.BSSID == "" && network.CIDR == "" {
		bad.add(path, "names no network; write ssid, bssid or cidr")
	}
	if network.CIDR == "" {
		return
	}
	if _, err := netip.ParsePrefix(network.CIDR); err != nil {
		bad.add(path+".cidr", "%q is not an address range; write it like 203.0.113.0/24", network.CIDR)
	}
}

func (d ruleDocument) checkPlaceIDs() {
	r, rule := d.r, d.rule
	seen := map[string]bool{}
	for i := range rule.Places {
		if seen[rule.Places[i].ID] {
			r.bad.add(r.item("places", i)+".id", "%q is used twice; give each place its own id", rule.Places[i].ID)
		}
		seen[rule.Places[i].ID] = true
	}
}

// anomalyOrder is the closed list of rules §4.
var anomalyOrder = [...]Anomaly{
	AnomalyLate, AnomalySeriousLate, AnomalyAbsenteeism, AnomalyEarly, AnomalyNotSigned, AnomalyOutside,
	AnomalyShort, AnomalyNoCalendar, AnomalyPhotoMissing, AnomalyDeviceUnbound, AnomalyFlagged, AnomalyUnknownShift,
}

// occurrences are the kinds that allowances and penalties count (rules 5.2).
var occurrences = [...]string{
	string(AnomalyLate), string(AnomalySeriousLate), string(AnomalyAbsenteeism), string(AnomalyEarly), string(AnomalyNotSigned), string(AnomalyOutside), string(Absent),
}

func knownOccurrence(when string) bool {
	for _, kind := range occurrences {
		if when == kind {
			return true
		}
	}
	return false
}

func occurrenceKinds() []string { return append([]string(nil), occurrences[:]...) }

func knownPenalty(when string) bool {
	for _, anomaly := range anomalyOrder {
		if when == string(anomaly) {
			return true
		}
	}
	return when == string(Absent) || when == string(HalfDay)
}
