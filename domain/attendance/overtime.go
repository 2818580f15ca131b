package attendance

import "time"

// countOvertime counts what lies after the moved last off of a workday (rules §4).
func (r *run) countOvertime(f *frame, all []section, day *Day) {
	if f.plan.Rule.Overtime.Mode == OvertimeOff {
		return
	}
	last := &all[len(all)-1]
	var punched []interval
	if last.offFill.there() {
		punched = merge([]interval{{last.movedOff, last.offFill.at}})
	}
	r.splitOvertime(f, r.overtimeCounted(f, punched, last.movedOff), day)
}

// overtimeCounted chooses by the mode: the approved requests, the punches, or what both share. Requests count from an instant on.
func (r *run) overtimeCounted(f *frame, punched []interval, after int64) []interval {
	mode := f.plan.Rule.Overtime.Mode
	if mode == OvertimePunched || mode == OvertimeOff {
		return punched
	}
	approved := r.overtimeApproved(f, after)
	if mode == OvertimeApproved {
		return approved
	}
	return common(nil, approved, punched)
}

// overtimeApproved collects the requests that belong to a workday: those that start in its windows, else on its local date.
func (r *run) overtimeApproved(f *frame, after int64) []interval {
	var out []interval
	for _, span := range r.spans {
		if span.kind != Overtime {
			continue
		}
		stretch := r.stretch(span.request, r.zoneOf(span.request, f))
		if r.ownerOf(stretch.from) == f.index {
			out = append(out, stretch.clip(after, maxInstant))
		}
	}
	return merge(out)
}

// zoneOf is the zone in which an overtime request's bare date is a day: that of the date, so that only one workday claims it.
func (r *run) zoneOf(request *Request, f *frame) *time.Location {
	if request.From.Date == 0 {
		return f.zone
	}
	return r.frameOf(request.From.Date).zone
}

// ownerOf finds the frame to which an overtime request belongs by its start.
func (r *run) ownerOf(start int64) int32 {
	for i := range r.frames {
		if f := &r.frames[i]; f.what == working && start >= f.open && start <= f.closes {
			return f.index
		}
	}
	for i := range r.frames {
		if start >= r.frames[i].starts && start < r.ends(i) {
			return int32(i)
		}
	}
	return -1
}

// splitOvertime splits at local midnight, tests the sum for the minimum, and takes what is beyond the step from the later dates (rules §4).
func (r *run) splitOvertime(f *frame, counted []interval, day *Day) {
	var parts []OvertimePart
	seconds := int64(0)
	for _, stretch := range counted {
		for stretch.length() > 0 {
			d := r.clock.localDate(f.zone, stretch.from)
			end := max(stretch.from+1, min(stretch.to, r.clock.instant(f.zone, d+1, 0)))
			before := seconds
			seconds += end - stretch.from
			parts = r.addPart(parts, d, int(seconds/60-before/60))
			stretch.from = end
		}
	}
	rule := f.plan.Rule.Overtime
	total := int(seconds / 60)
	if total < rule.MinMinutes {
		return
	}
	rest := 0
	if rule.StepMinutes > 1 {
		rest = total % rule.StepMinutes
	}
	day.OvertimeMin = total - rest
	for i := len(parts) - 1; i >= 0; i-- {
		take := min(rest, parts[i].Minutes)
		parts[i].Minutes -= take
		rest -= take
	}
	for _, part := range parts {
		if part.Minutes > 0 {
			day.Overtime = append(day.Overtime, part)
		}
	}
}

func (r *run) addPart(parts []OvertimePart, d Date, minutes int) []OvertimePart {
	if n := len(parts); n > 0 && parts[n-1].Date == d {
		parts[n-1].Minutes += minutes
		return parts
	}
	return append(parts, OvertimePart{Date: d, DayType: r.frameOf(d).dayType, Minutes: minutes})
}
