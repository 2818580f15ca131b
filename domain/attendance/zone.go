package attendance

import "time"

// zoneMargin is longer than any jump of a zone ever recorded (Samoa and Kwajalein skipped a whole date).
const zoneMargin = 50 * 3600

// zoneClock turns wall times into instants and remembers the stretch of constant offset it was last in, because neighbouring days share it.
type zoneClock struct {
	loc        *time.Location
	start, end int64 // the stretch, unix seconds, end exclusive
	offset     int64 // seconds east of UTC
}

const (
	minInstant = -1 << 62
	maxInstant = 1 << 62
)

// instant resolves a wall time, minutes after the date's 00:00 (0 to 2879). A time in a gap is the first instant after it; in an overlap the earlier (rules §4).
func (c *zoneClock) instant(loc *time.Location, d Date, minute int) int64 {
	wall := int64(d-unixEpoch)*86400 + int64(minute)*60
	if c.loc == loc {
		t := wall - c.offset
		if t-zoneMargin >= c.start && t+zoneMargin < c.end {
			return t
		}
	}
	return c.resolve(loc, wall)
}

// resolve walks the stretches around a wall time in order; the first that holds it, or that starts after it, decides.
func (c *zoneClock) resolve(loc *time.Location, wall int64) int64 {
	probe := wall - zoneMargin
	for {
		c.load(loc, probe)
		t := wall - c.offset
		if t < c.start {
			return c.start
		}
		if t < c.end {
			return t
		}
		probe = c.end
	}
}

// load finds the stretch of constant offset around a unix time.
func (c *zoneClock) load(loc *time.Location, unix int64) {
	t := time.Unix(unix, 0).In(loc)
	_, offset := t.Zone()
	start, end := t.ZoneBounds()
	c.loc, c.offset, c.start, c.end = loc, int64(offset), minInstant, maxInstant
	if !start.IsZero() {
		c.start = start.Unix()
	}
	if !end.IsZero() {
		c.end = end.Unix()
	}
}

// localDate gives the date that the zone's calendar shows at a unix time.
func (c *zoneClock) localDate(loc *time.Location, unix int64) Date {
	if c.loc != loc || unix < c.start || unix >= c.end {
		c.load(loc, unix)
	}
	return unixEpoch + Date(floorDiv(unix+c.offset, 86400))
}

// loadZone finds a named zone; the machine's own zone and the empty name are not names (rules §1).
func loadZone(name string) (*time.Location, bool) {
	if name == "" || name == "Local" {
		return nil, false
	}
	loc, err := time.LoadLocation(name)
	return loc, err == nil
}
