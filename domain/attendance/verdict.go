package attendance

import "time"

// verdict finds what one day comes to (rules §4).
type verdict struct {
	r        *run
	f        *frame
	day      *Day
	plan     *Plan
	shift    *Shift // nil on free days
	zone     *time.Location
	taken    cover
	breaks   []interval
	found    anomalySet
	worked   int64 // seconds
	present  int64
	rested   int64 // what breaks took of worked
	night    []interval
	dark     int64 // seconds of present in the night
	planned  int   // minutes owed: sections less breaks, or core, or target
	complete bool  // some section has a whole pair
	punched  bool  // some slot holds a punch
	errand   bool  // some slot is released by a trip or an errand
	ended    bool  // the last window is over
	onLeave  bool  // some leave lies in the sections, if only for seconds
}

type anomalySet uint16

func (s *anomalySet) add(a Anomaly) {
	for i, known := range anomalyOrder {
		if known == a {
			*s |= 1 << i
		}
	}
}

// setOf is a set of some kinds.
func setOf(kinds ...Anomaly) (s anomalySet) {
	for _, a := range kinds {
		s.add(a)
	}
	return s
}

// listAnomalies gives the anomalies in the order of the closed list, in memory shared by all days.
func (r *run) listAnomalies(found anomalySet) []Anomaly {
	if found == 0 {
		return nil
	}
	if cap(r.anomalies)-len(r.anomalies) < len(anomalyOrder) {
		r.anomalies = make([]Anomaly, 0, max(len(anomalyOrder), min(2*len(r.frames), 1024)))
	}
	start := len(r.anomalies)
	for i, anomaly := range anomalyOrder {
		if found&(1<<i) != 0 {
			r.anomalies = append(r.anomalies, anomaly)
		}
	}
	return r.anomalies[start:len(r.anomalies):len(r.anomalies)]
}

// harmless are the anomalies that do not make a day Abnormal (rules 4.10c).
var harmless = setOf(AnomalyNoCalendar, AnomalyPhotoMissing, AnomalyDeviceUnbound, AnomalyFlagged)

// note adds what the calendar and the roster lack.
func (v *verdict) note(f *frame) {
	if f.noCalendar {
		v.found.add(AnomalyNoCalendar)
	}
	if f.unknownShift {
		v.found.add(AnomalyUnknownShift)
	}
}

// assessShift assesses a workday of a fixed or rostered rule.
func (v *verdict) assessShift() {
	r, f, day := v.r, v.f, v.day
	all := r.of(f)
	v.shift, v.breaks = v.plan.shifts[f.shift].rule, r.breaks[f.breaks[0]:f.breaks[1]]
	day.Shift = v.shift.Name
	by := r.flex(f)
	if len(r.spans) > 0 {
		v.taken = r.coverOf(f.zone, reachOf(all))
	}
	last := &all[len(all)-1]
	on, off := all[0].on+by, last.off+by // requests do not move overtime (rules 4.12)
	all[0].movedOn += by
	last.movedOff += by
	v.ended = r.over(f.plan, last.closes)
	v.countRequests(all)
	v.startNight(all[0].low, last.high)
	day.Slots = r.roomForSlots(2 * len(all))
	for n := range all {
		v.assessSection(&all[n], n)
	}
	v.note(f)
	v.breakAfter()
	day.WorkedMin, day.PresentMin, day.NightMin = int(v.worked/60), int(v.present/60), int(v.dark/60)
	day.Anomalies = r.listAnomalies(v.found)
	v.decideStatus()
	overtime{r: r, f: f, day: day}.ofShift(all, on, off)
}

// roomForSlots takes n slots from memory shared by all days.
func (r *run) roomForSlots(n int) []Slot {
	if cap(r.slots)-len(r.slots) < n {
		r.slots = make([]Slot, 0, max(n, min(r.room, 4096)))
	}
	start := len(r.slots)
	r.slots = r.slots[:start+n]
	return r.slots[start : start : start+n]
}

// countRequests sums the planned time that leave and trip cover, without breaks (rules 4.1b), and what is planned (rules 4.10).
func (v *verdict) countRequests(all []section) {
	seconds := int64(0)
	for n := range all {
		if s := &all[n]; !s.gone {
			seconds += s.off - s.on - measure(v.breaks, interval{s.on, s.off})
			v.errand = v.errand || s.errand
		}
	}
	v.planned = int(seconds / 60)
	if len(v.taken.all) == 0 {
		return
	}
	v.day.LeaveMin = v.coveredMinutes(v.taken.leave, all)
	v.day.TripMin = v.coveredMinutes(v.taken.trip, all)
	for n := range all {
		v.onLeave = v.onLeave || (!all[n].gone && measure(v.taken.leave, interval{all[n].on, all[n].off}) > 0)
	}
}

func (v *verdict) coveredMinutes(taken []interval, all []section) int {
	v.r.scratch.parts = without(v.r.scratch.parts[:0], taken, v.breaks)
	seconds := int64(0)
	for n := range all {
		if !all[n].gone {
			seconds += measure(v.r.scratch.parts, interval{all[n].on, all[n].off})
		}
	}
	return int(seconds / 60)
}

func (v *verdict) assessSection(s *section, n int) {
	on := Slot{Section: n + 1, CheckType: OnDuty, PlanAt: at(s.on, v.zone), JudgedAt: at(s.movedOn, v.zone), WindowFrom: at(s.low, v.zone), WindowTo: at(s.closesOn, v.zone)}
	v.holdSlot(s.onFill, &on, s.onRequired && !s.gone)
	v.onResult(s, &on)
	off := Slot{Section: n + 1, CheckType: OffDuty, PlanAt: at(s.off, v.zone), JudgedAt: at(s.movedOff, v.zone), WindowFrom: at(s.low, v.zone), WindowTo: at(s.closes, v.zone)}
	v.holdSlot(s.offFill, &off, s.offRequired && !s.gone)
	v.offResult(s, &off)
	v.keep(&on)
	v.keep(&off)
	if !s.gone {
		v.countSection(s)
	}
}

// keep lists a slot and gathers what it says.
func (v *verdict) keep(slot *Slot) {
	if slot.CheckType == OnDuty {
		v.day.LateMin += slot.Minutes
	} else {
		v.day.EarlyMin += slot.Minutes
	}
	v.punched = v.punched || !slot.PunchAt.IsZero()
	v.anomalies(slot)
	v.day.Slots = append(v.day.Slots, *slot)
}

func at(unix int64, zone *time.Location) time.Time { return time.Unix(unix, 0).In(zone) }

// holdSlot copies what fills a slot into it; the place of a slot that is not required is not judged.
func (v *verdict) holdSlot(held fill, slot *Slot, required bool) {
	switch held.kind {
	case tapFill:
		punch := v.r.taps[held.index].punch
		slot.PunchAt, slot.PunchID = v.standsAt(held.index), punch.ID
		slot.SourceType = punch.source()
		slot.LocationResult = v.plan.locate(punch)
		v.evidence(punch)
		if required {
			v.outside(punch, slot)
		}
	case fixFill:
		request := v.r.fixes[held.index].request
		slot.PunchAt, slot.PunchID = request.At.In(v.zone), request.ID
		slot.SourceType, slot.LocationResult = SourceApprove, LocationNormal
		if request.Type == Correction {
			slot.SourceType = SourceBoss
		}
	default:
		slot.LocationResult = LocationNotSigned
	}
}

// standsAt is the time at which a punch stands: its own, or that of the punch that it corrects (rules 3.9a).
func (v *verdict) standsAt(i int) time.Time {
	t := &v.r.taps[i]
	if t.micros != t.punch.At.UnixMicro() {
		return time.UnixMicro(t.micros).In(v.zone)
	}
	return t.punch.At.In(v.zone)
}

func (p *Punch) source() SourceType {
	if p.SourceType == "" {
		return SourceUser
	}
	return p.SourceType
}

// locate is the verdict on place (rules §4): a judgement made when the punch was written holds, raw coordinates are judged here.
func (p *Plan) locate(punch *Punch) LocationResult {
	if source := punch.source(); source != SourceUser && source != SourceAutoCheck {
		return LocationNormal
	}
	inside := punch.Place == Inside
	if punch.Place == Unjudged {
		_, _, _, inside = Judge(p, punch.Lat, punch.Lng, punch.SSID, punch.BSSID, punch.IP)
	}
	if inside {
		return LocationNormal
	}
	return LocationOutside
}

// evidence finds what a punch that fills a slot lacks (rules 6.2).
func (v *verdict) evidence(punch *Punch) {
	rule := v.plan.Rule
	if punch.source() == SourceUser {
		if rule.PhotoRequired && punch.Photo != nil && !*punch.Photo {
			v.found.add(AnomalyPhotoMissing)
		}
		if rule.BoundDeviceRequired && punch.DeviceBound != nil && !*punch.DeviceBound {
			v.found.add(AnomalyDeviceUnbound)
		}
	}
	for _, flag := range punch.Flags {
		settled := flag == FlagOfflineUnapproved && punch.Review != ""
		if !settled && flag != FlagOffline && flag != FlagSelfWritten {
			v.found.add(AnomalyFlagged)
		}
	}
}

// outside: a punch outside is an anomaly under flag, forbid, and approve until approved; not under accept (rules §4).
func (v *verdict) outside(punch *Punch, slot *Slot) {
	rule := v.plan.Rule
	if slot.LocationResult != LocationOutside || rule.FieldPunch == FieldAccept {
		return
	}
	if rule.FieldPunch != FieldApprove || punch.Review != ReviewApproved {
		v.found.add(AnomalyOutside)
	}
}
