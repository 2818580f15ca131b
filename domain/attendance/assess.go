package attendance

import (
	"cmp"
	"slices"
	"time"
)

// Assess gives the days from..to, both inclusive, in order (rules §2 to §4). It is pure: equal facts give equal days, in whatever order the
// punches are given. A range whose end is before its start gives nothing.
func Assess(f Facts, from, to Date) []Day {
	if to < from || from == 0 {
		return nil
	}
	r := newRun(&f, from, to)
	days := make([]Day, 0, int(to-from)+1)
	for i := range r.frames {
		if frame := &r.frames[i]; frame.date >= from && frame.date <= to {
			days = append(days, Day{})
			r.day(i, &days[len(days)-1])
		}
	}
	return days
}

// The dates around the range that are framed: windows reach into the next date, those of late shifts into the fourth.
const (
	pad     = 3
	padLate = 5
)

// run is what the steps of one Assess share: everything is laid out in slices once, because most days need only a few entries of each.
// The steps are, in this order: chooser (rules §2), layout (windows, 3.3 to 3.5), claims (overtime requests, 4.13), sharer (3.2, 3.13), corrector
// (3.9a), filler (3.4, 3.6 to 3.12) and verdict (§4).
type run struct {
	facts     *Facts
	clock     zoneClock
	taps      []tap
	typed     bool // some punch carries a check type
	frames    []frame
	sections  []section
	fixes     []fix
	spans     []requestSpan
	claims    []claim
	breaks    []interval
	pairs     []interval
	slots     []Slot
	room      int // slots of the range that was asked for
	anomalies []Anomaly
	scratch   scratch
	verdict   verdict // of the day that is being assessed

	yearFrom, yearTo Date // the year that yearKnown speaks of
	yearCountry      string
	yearKnown        bool
}

// tap is a punch that is seen, in the order of the times at which punches stand.
type tap struct {
	micros int64 // when it stands: its own time, or that of the punch that it corrects (rules 3.9a)
	punch  *Punch
	owner  int32 // frame that lists it, or -1
	state  tapState
	out    bool // a makeup has replaced it or a reading of its own (rules 3.12b)
}

type tapState uint8

const (
	tapLoose tapState = iota // in no window
	tapSlot
	tapInner // used without filling a slot
	tapBetween
	tapSame
	tapRepeated
	tapUnpaired
	tapSuperseded
	tapRejected // it and those below it take no part
	tapDoubted
	tapCorrected
)

var tapReasons = [...]Reason{
	tapLoose: OutsideWindow, tapBetween: Between, tapSame: SameTap, tapRepeated: Repeated, tapUnpaired: Unpaired,
	tapSuperseded: Superseded, tapRejected: Rejected, tapDoubted: Doubted, tapCorrected: Corrected,
}

// counts says whether the punch takes part in anything.
func (t *tap) counts() bool { return t.state < tapRejected }

func newRun(f *Facts, from, to Date) *run {
	r := &run{facts: f}
	r.layTaps()
	r.layRequests()
	chooser{r}.layFrames(from, to)
	layout{r}.lay()
	sharer{r}.share()
	filler{r}.fillAll(from, to)
	for i := range r.frames {
		if f := &r.frames[i]; f.date >= from && f.date <= to {
			r.room += 2 * int(f.sections[1]-f.sections[0])
		}
	}
	return r
}

// seen says whether a fact was known at KnownAt, by raw instants (rules 6.1).
func (r *run) seen(received time.Time) bool {
	return r.facts.KnownAt.IsZero() || !received.After(r.facts.KnownAt)
}

// layTaps sorts the punches by instant, and equal instants by content, so that the order of arrival does not matter.
func (r *run) layTaps() {
	r.taps = make([]tap, 0, len(r.facts.Punches))
	sorted := true
	for i := range r.facts.Punches {
		punch := &r.facts.Punches[i]
		received := punch.ReceivedAt
		if received.IsZero() {
			received = punch.At
		}
		if !r.seen(received) {
			continue
		}
		next := tap{micros: punch.At.UnixMicro(), punch: punch, owner: -1}
		switch {
		case punch.Review == ReviewRejected:
			next.state = tapRejected
		case punch.Review != ReviewApproved && len(punch.Flags) > 0 && slices.Contains(punch.Flags, FlagClockJump):
			next.state = tapDoubted
		}
		r.typed = r.typed || punch.CheckType != ""
		sorted = sorted && (len(r.taps) == 0 || r.taps[len(r.taps)-1].micros < next.micros)
		r.taps = append(r.taps, next)
	}
	if !sorted {
		slices.SortStableFunc(r.taps, func(a, b tap) int {
			if c := cmp.Compare(a.micros, b.micros); c != 0 {
				return c
			}
			return comparePunches(a.punch, b.punch)
		})
	}
}

// comparePunches orders punches of one instant: first the one without a check type, then OnDuty (rules 3.10), then by what can be told apart in the
// result.
func comparePunches(a, b *Punch) int {
	return cmp.Or(
		cmp.Compare(typeRank(a.CheckType), typeRank(b.CheckType)), cmp.Compare(a.ID, b.ID), cmp.Compare(a.SourceType, b.SourceType),
		cmp.Compare(a.Review, b.Review), cmp.Compare(a.Place, b.Place), a.ReceivedAt.Compare(b.ReceivedAt),
		compareNumbers(a.Lat, b.Lat), compareNumbers(a.Lng, b.Lng), cmp.Compare(a.SSID, b.SSID), cmp.Compare(a.BSSID, b.BSSID),
		cmp.Compare(a.IP, b.IP), compareFlags(a.Photo, b.Photo), compareFlags(a.DeviceBound, b.DeviceBound), slices.Compare(a.Flags, b.Flags),
	)
}

func typeRank(t CheckType) int {
	switch t {
	case "":
		return 0
	case OnDuty:
		return 1
	}
	return 2
}

func compareNumbers(a, b *float64) int {
	if a == nil || b == nil {
		return cmp.Compare(boolRank(a != nil), boolRank(b != nil))
	}
	return cmp.Compare(*a, *b)
}

func compareFlags(a, b *bool) int {
	if a == nil || b == nil {
		return cmp.Compare(boolRank(a != nil), boolRank(b != nil))
	}
	return cmp.Compare(boolRank(*a), boolRank(*b))
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// firstAt finds the first tap that the plan counts at or after an instant.
func (r *run) firstAt(plan *Plan, instant int64) int {
	low, high := 0, len(r.taps)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if plan.count(r.taps[middle].micros) < instant {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// over says whether a window's close lies before the time known, as the rule counts time (rules 4.5).
func (r *run) over(plan *Plan, closes int64) bool {
	return r.facts.Through.IsZero() || closes < plan.count(r.facts.Through.UnixMicro())
}

// notBeyond caps a planned instant at the time known (rules 4.6a).
func (r *run) notBeyond(plan *Plan, instant int64) int64 {
	if r.facts.Through.IsZero() {
		return instant
	}
	return min(instant, plan.count(r.facts.Through.UnixMicro()))
}

// reached says whether a planned instant has come by the time known (rules 4.6a).
func (r *run) reached(plan *Plan, instant int64) bool {
	return r.facts.Through.IsZero() || instant <= plan.count(r.facts.Through.UnixMicro())
}

// day assesses one frame.
func (r *run) day(i int, day *Day) {
	f := &r.frames[i]
	*day = Day{Date: f.date, DayType: f.dayType, Status: Unscheduled, RuleVersion: f.version}
	v := &r.verdict
	*v = verdict{r: r, f: f, day: day, plan: f.plan, zone: f.zone}
	switch f.what {
	case working:
		v.assessShift()
	case freeDay:
		freeHours{v}.assess()
	case resting:
		v.assessRest()
	default:
		v.note(f)
		day.Anomalies = r.listAnomalies(v.found)
	}
	r.listTaps(f, day)
}

// listTaps names every punch of the frame that fills no slot. It counts first: a machine may say the same person a hundred times a day.
func (r *run) listTaps(f *frame, day *Day) {
	used, unused := 0, 0
	for i := f.tapFrom; i < f.tapTo; i++ {
		switch t := &r.taps[i]; {
		case t.owner != f.index || t.state == tapSlot:
		case t.state == tapInner:
			used++
		default:
			unused++
		}
	}
	day.Used, day.Unused = slices.Grow(day.Used, used), slices.Grow(day.Unused, unused)
	moved := false
	for i := f.tapFrom; i < f.tapTo; i++ {
		t := &r.taps[i]
		if t.owner != f.index || t.state == tapSlot {
			continue
		}
		if t.state == tapInner {
			day.Used = append(day.Used, t.punch.ID)
			continue
		}
		moved = moved || t.micros != t.punch.At.UnixMicro()
		day.Unused = append(day.Unused, UnusedPunch{At: t.punch.At.In(f.zone), ID: t.punch.ID, Reason: tapReasons[t.state]})
	}
	if moved {
		slices.SortStableFunc(day.Unused, func(a, b UnusedPunch) int { return a.At.Compare(b.At) })
	}
}
