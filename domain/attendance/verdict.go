package attendance

import "time"

// dayWork carries what the judgement of one day gathers.
type dayWork struct {
	plan     *Plan
	shift    *Shift // nil on free days
	zone     *time.Location
	taken    cover
	breaks   []interval
	pairing  Pairing
	found    anomalySet
	worked   int64 // seconds
	present  int64
	complete bool // some section has a whole pair

	onLeave bool // some leave lies in the sections, if only for seconds
}

type anomalySet uint16

func (s *anomalySet) add(a Anomaly) {
	for i, known := range anomalyOrder {
		if known == a {
			*s |= 1 << i
		}
	}
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

// harmless are the anomalies that do not make a day Abnormal (rules §4): NoCalendar, PhotoMissing, DeviceUnbound, Flagged.
const harmless = anomalySet(1<<7 | 1<<8 | 1<<9 | 1<<10)

// judgeShift judges a workday of a fixed or rostered rule (rules §4).
func (r *run) judgeShift(i int, day *Day) {
	f := &r.frames[i]
	all := r.of(f)
	w := dayWork{plan: f.plan, shift: f.plan.shifts[f.shift].rule, zone: f.zone, pairing: f.pairing(), breaks: r.breaks[f.breaks[0]:f.breaks[1]]}
	day.Shift = w.shift.Name
	if len(r.spans) > 0 {
		w.taken = r.coverOf(f.zone, reachOf(all))
	}
	r.move(i, &w)
	r.countRequests(&w, all, day)
	day.Slots = r.roomForSlots(2 * len(all))
	for n := range all {
		r.judgeSection(&w, &all[n], n, day)
	}
	if f.noCalendar {
		w.found.add(AnomalyNoCalendar)
	}
	day.WorkedMin, day.PresentMin = int(w.worked/60), int(w.present/60)
	day.Anomalies = r.listAnomalies(w.found)
	ended := r.over(f.plan, all[len(all)-1].high)
	day.Status = statusOf(day, &w, ended)
	r.countOvertime(f, all, day)
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

// move applies, in this order, late-out-late-in, requests and flex to the planned times (rules §4).
func (r *run) move(i int, w *dayWork) {
	f := &r.frames[i]
	all := r.of(f)
	for n := range all {
		s := &all[n]
		s.movedOn, s.movedOff = s.on, s.off
		if n == 0 && f.plan.shifts[f.shift].lateOut {
			s.movedOn += r.lateIn(i, w.shift)
		}
		if len(w.taken.all) > 0 {
			r.moveByRequests(w, s)
		}
	}
	first, last := &all[0], &all[len(all)-1]
	if first.covered || !first.onFill.there() {
		return
	}
	by := min(max(first.onFill.at-first.movedOn, -int64(w.shift.FlexEarlyMin)*60), int64(w.shift.FlexLateMin)*60)
	first.movedOn += by
	last.movedOff += by
}

// moveByRequests leaves a wholly covered section where it is planned: its slots are Excused and nothing is compared. Where late-out-late-in has left
// nothing of a short section, what was planned must be covered.
func (r *run) moveByRequests(w *dayWork, s *section) {
	from := s.movedOn
	if from >= s.off {
		from = s.on
	}
	on, off, covered := moveWithin(r.blocked(w.taken.all, w.breaks), from, s.off)
	s.covered = covered
	if !covered {
		s.movedOn, s.movedOff = max(s.movedOn, on), off
	}
}

// lateIn is how many seconds later the first section starts because yesterday's last off punch was late.
func (r *run) lateIn(i int, shift *Shift) int64 {
	if i == 0 || r.frames[i-1].what != working {
		return 0
	}
	yesterday := r.of(&r.frames[i-1])
	last := &yesterday[len(yesterday)-1]
	if !last.offFill.there() {
		return 0
	}
	stayed := floorDiv(last.offFill.at-last.off, 60)
	later := 0
	for _, tier := range shift.LateOutLateIn {
		if stayed >= int64(tier.OutAfterMin) {
			later = max(later, tier.InLaterMin)
		}
	}
	return int64(later) * 60
}

// countRequests sums the planned time that leave and trip cover, without breaks (rules §4).
func (r *run) countRequests(w *dayWork, all []section, day *Day) {
	if len(w.taken.all) == 0 {
		return
	}
	day.LeaveMin = r.coveredMinutes(w.taken.leave, w.breaks, all)
	day.TripMin = r.coveredMinutes(w.taken.trip, w.breaks, all)
	for n := range all {
		w.onLeave = w.onLeave || measure(w.taken.leave, interval{all[n].on, all[n].off}) > 0
	}
}

func (r *run) coveredMinutes(taken, breaks []interval, all []section) int {
	r.scratch.parts = without(r.scratch.parts[:0], taken, breaks)
	seconds := int64(0)
	for n := range all {
		seconds += measure(r.scratch.parts, interval{all[n].on, all[n].off})
	}
	return int(seconds / 60)
}

func (r *run) judgeSection(w *dayWork, s *section, n int, day *Day) {
	on := Slot{Section: n + 1, CheckType: OnDuty, PlanAt: at(s.on, w.zone), JudgedAt: at(s.movedOn, w.zone), WindowFrom: at(s.low, w.zone), WindowTo: at(s.closesOn, w.zone)}
	r.holdSlot(w, s.onFill, &on, s.rule.OnRequired)
	r.judgeOn(w, s, &on)
	off := Slot{Section: n + 1, CheckType: OffDuty, PlanAt: at(s.off, w.zone), JudgedAt: at(s.movedOff, w.zone), WindowFrom: at(s.low, w.zone), WindowTo: at(s.high, w.zone)}
	r.holdSlot(w, s.offFill, &off, s.rule.OffRequired)
	r.judgeOff(w, s, &off)
	day.LateMin += on.Minutes
	day.EarlyMin += off.Minutes
	w.anomalies(&on)
	w.anomalies(&off)
	day.Slots = append(day.Slots, on, off)
	r.countSection(w, s)
}

func at(unix int64, zone *time.Location) time.Time { return time.Unix(unix, 0).In(zone) }

// holdSlot copies what fills a slot into it; the place of a slot that is not required is not judged.
func (r *run) holdSlot(w *dayWork, held fill, slot *Slot, required bool) {
	switch held.kind {
	case tapFill:
		punch := r.taps[held.index].punch
		slot.PunchAt, slot.PunchID = punch.At.In(w.zone), punch.ID
		slot.SourceType = punch.source()
		slot.LocationResult = w.plan.locate(punch)
		w.evidence(punch)
		if required {
			w.outside(punch, slot)
		}
	case fixFill:
		request := r.fixes[held.index].request
		slot.PunchAt, slot.PunchID = request.At.In(w.zone), request.ID
		slot.SourceType, slot.LocationResult = SourceApprove, LocationNormal
		if request.Type == Correction {
			slot.SourceType = SourceBoss
		}
	default:
		slot.LocationResult = LocationNotSigned
	}
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

// evidence finds what a punch that fills a slot lacks (rules §4, §5).
func (w *dayWork) evidence(punch *Punch) {
	rule := w.plan.Rule
	if punch.source() == SourceUser {
		if rule.PhotoRequired && punch.Photo != nil && !*punch.Photo {
			w.found.add(AnomalyPhotoMissing)
		}
		if rule.BoundDeviceRequired && punch.DeviceBound != nil && !*punch.DeviceBound {
			w.found.add(AnomalyDeviceUnbound)
		}
	}
	for _, flag := range punch.Flags {
		settled := flag == FlagOfflineUnapproved && punch.Review != ""
		if !settled && flag != FlagOffline && flag != FlagSelfWritten {
			w.found.add(AnomalyFlagged)
		}
	}
}

// outside: a punch outside is an anomaly under flag, forbid, and approve until approved; not under accept (rules §4).
func (w *dayWork) outside(punch *Punch, slot *Slot) {
	rule := w.plan.Rule
	if slot.LocationResult != LocationOutside || rule.FieldPunch == FieldAccept {
		return
	}
	if rule.FieldPunch != FieldApprove || punch.Review != ReviewApproved {
		w.found.add(AnomalyOutside)
	}
}
