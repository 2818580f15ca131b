package attendance

import (
	"slices"
	"time"
)

// requestSpan is an approved leave, trip, out or overtime.
type requestSpan struct {
	request *Request
	kind    RequestType
}

// layRequests keeps what is approved and known (rules §4).
func (r *run) layRequests() {
	for i := range r.facts.Requests {
		request := &r.facts.Requests[i]
		if request.State != StateApproved || (!request.ReceivedAt.IsZero() && !r.seen(request.ReceivedAt)) {
			continue
		}
		switch request.Type {
		case Makeup, Correction:
			r.fixes = append(r.fixes, fix{request: request, date: request.Date, section: request.Section - 1, on: request.CheckType == OnDuty})
		case Leave, Trip, Out, Overtime:
			r.spans = append(r.spans, requestSpan{request: request, kind: request.Type})
		}
	}
}

// stretch gives a span's instants; a bare date is the whole local day in the zone (rules §4).
func (r *run) stretch(request *Request, zone *time.Location) interval {
	return interval{r.edge(request.From, zone, 0), r.edge(request.To, zone, 1)}
}

func (r *run) edge(m Moment, zone *time.Location, days int) int64 {
	if m.Date != 0 {
		return r.clock.instant(zone, m.Date.AddDays(days), 0)
	}
	return m.At.Unix()
}

// cover is what requests take of one day, each list merged.
type cover struct {
	leave []interval
	trip  []interval // trip and out, without what is leave
	away  []interval // trip and out
	all   []interval
}

// coverOf collects the leave, trip and out that touch a stretch; the lists live until the next call.
func (r *run) coverOf(zone *time.Location, within interval) cover {
	leave, away, all := r.scratch.left[:0], r.scratch.away[:0], r.scratch.all[:0]
	for _, span := range r.spans {
		if span.kind == Overtime {
			continue
		}
		part := r.stretch(span.request, zone).clip(within.from, within.to)
		if part.length() == 0 {
			continue
		}
		all = append(all, part)
		if span.kind == Leave {
			leave = append(leave, part)
		} else {
			away = append(away, part)
		}
	}
	r.scratch.left, r.scratch.away, r.scratch.all = leave, away, all
	leave, away, all = merge(leave), merge(away), merge(all)
	trip := away
	if len(leave) > 0 && len(away) > 0 {
		trip = without(r.scratch.trip[:0], away, leave)
		r.scratch.trip = trip
	}
	return cover{leave: leave, trip: trip, away: away, all: all}
}

// blocked is what the requests and the breaks next to them take (rules §4). A request that ends where a section's first break begins moves on, too.
func (r *run) blocked(all, breaks []interval) []interval {
	out := append(r.scratch.more[:0], all...)
	for _, pause := range breaks {
		for _, part := range all {
			if pause.from <= part.to && part.from <= pause.to {
				out = append(out, pause)
				break
			}
		}
	}
	r.scratch.more = out
	return merge(out)
}

// moveWithin moves on and off to the first and last instant that nothing blocks; covered says that there is none.
func moveWithin(blocked []interval, on, off int64) (movedOn, movedOff int64, covered bool) {
	movedOn, movedOff = on, off
	if on >= off { // a date that never was
		return on, off, slices.ContainsFunc(blocked, func(part interval) bool { return part.from <= on && off <= part.to })
	}
	for _, part := range blocked {
		if part.from <= on && on < part.to {
			movedOn = part.to
		}
		if part.from < off && off <= part.to {
			movedOff = part.from
		}
	}
	return movedOn, movedOff, movedOn >= off
}

// reachOf is the stretch around a workday inside which requests matter: its sections, and where flex can move them.
func reachOf(all []section) interval { return interval{all[0].on - 86400, all[len(all)-1].off + 86400} }
