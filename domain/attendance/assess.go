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
			days = append(days, r.day(i))
		}
	}
	return days
}

// pad is how many dates around the range are framed: windows of a neighbouring shift reach at most into the second date after it.
const pad = 3

// tapSpan is how close two punches of one tap are, in microseconds, inclusive (rules §3).
const tapSpan = 60 * 1_000_000

// run is the work of one Assess: everything is laid out in slices once, because most days need only a few entries of each.
type run struct {
	facts     *Facts
	clock     zoneClock
	taps      []tap
	frames    []frame
	sections  []section
	fixes     []fix
	spans     []requestSpan
	breaks    []interval
	pairs     []interval
	slots     []Slot
	room      int // slots of the range that was asked for
	anomalies []Anomaly
	scratch   scratch

	yearFrom, yearTo Date // the year that yearKnown speaks of
	yearKnown        bool
}

// tap is a punch that is seen, in the order of time.
type tap struct {
	micros int64
	punch  *Punch
	owner  int32 // frame that lists it, or -1
	state  tapState
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
	tapRejected
)

var tapReasons = [...]Reason{
	tapLoose: OutsideWindow, tapBetween: Between, tapSame: SameTap, tapRepeated: Repeated,
	tapUnpaired: Unpaired, tapSuperseded: Superseded, tapRejected: Rejected,
}

func newRun(f *Facts, from, to Date) *run {
	r := &run{facts: f}
	r.layTaps()
	r.layRequests()
	r.layFrames(from, to)
	r.layWindows()
	r.shareTaps()
	for i := range r.frames {
		f := &r.frames[i]
		if f.date >= from-1 && f.date <= to {
			r.fill(f)
		}
		if f.date >= from && f.date <= to {
			r.room += 2 * int(f.sections[1]-f.sections[0])
		}
	}
	return r
}

// seen says whether a fact was known at KnownAt, by raw instants (rules §5).
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
		if punch.Review == ReviewRejected {
			next.state = tapRejected
		}
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

// comparePunches orders punches of one instant by what can be told apart in the result.
func comparePunches(a, b *Punch) int {
	return cmp.Or(
		cmp.Compare(a.ID, b.ID), cmp.Compare(a.CheckType, b.CheckType), cmp.Compare(a.SourceType, b.SourceType),
		cmp.Compare(a.Review, b.Review), cmp.Compare(a.Place, b.Place), a.ReceivedAt.Compare(b.ReceivedAt),
		compareNumbers(a.Lat, b.Lat), compareNumbers(a.Lng, b.Lng), cmp.Compare(a.SSID, b.SSID), cmp.Compare(a.BSSID, b.BSSID),
		cmp.Compare(a.IP, b.IP), compareFlags(a.Photo, b.Photo), compareFlags(a.DeviceBound, b.DeviceBound), slices.Compare(a.Flags, b.Flags),
	)
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

// over says whether a window's close lies before the time known, as the rule counts time (rules §4).
func (r *run) over(plan *Plan, closes int64) bool {
	return r.facts.Through.IsZero() || closes < plan.count(r.facts.Through.UnixMicro())
}

// notBeyond caps a planned instant at the time known (rules §4).
func (r *run) notBeyond(plan *Plan, instant int64) int64 {
	if r.facts.Through.IsZero() {
		return instant
	}
	return min(instant, plan.count(r.facts.Through.UnixMicro()))
}

// day judges one frame.
func (r *run) day(i int) Day {
	f := &r.frames[i]
	day := Day{Date: f.date, DayType: f.dayType, Status: Unscheduled, RuleVersion: f.version}
	switch f.what {
	case working:
		r.judgeShift(i, &day)
	case freeDay:
		r.judgeFree(f, &day)
	case resting:
		r.judgeRest(f, &day)
	}
	r.listTaps(f, &day)
	return day
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
	for i := f.tapFrom; i < f.tapTo; i++ {
		t := &r.taps[i]
		if t.owner != f.index || t.state == tapSlot {
			continue
		}
		if t.state == tapInner {
			day.Used = append(day.Used, t.punch.ID)
			continue
		}
		day.Unused = append(day.Unused, UnusedPunch{At: t.punch.At.In(f.zone), ID: t.punch.ID, Reason: tapReasons[t.state]})
	}
}
