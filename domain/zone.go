package domain

import (
	"fmt"
	"time"
)

// WallLayout is how a wall clock without zone is written: YYYY-MM-DDTHH:MM:SS.
const WallLayout = "2006-01-02T15:04:05"

// Zone finds an IANA zone; the machine's own zone and the empty name are none.
func Zone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("%q is no time zone; name one such as Asia/Shanghai", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is no time zone; name one such as Asia/Shanghai", name)
	}
	return loc, nil
}

// WallInstant is the instant of a wall clock in a zone: in a gap the first instant after it, in an overlap the earlier (rules §4).
func WallInstant(wall time.Time, loc *time.Location) Instant {
	wall = time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), time.UTC)
	for probe := wall.Add(-zoneMargin); ; {
		at := probe.In(loc)
		_, offset := at.Zone()
		start, end := at.ZoneBounds()
		t := wall.Add(-time.Duration(offset) * time.Second)
		switch {
		case !start.IsZero() && t.Before(start):
			return At(start)
		case end.IsZero() || t.Before(end):
			return At(t)
		}
		probe = end
	}
}

// zoneMargin is longer than any jump of a zone ever recorded.
const zoneMargin = 50 * time.Hour

// StartOfDay is the first instant of a local date.
func StartOfDay(d Date, loc *time.Location) Instant { return WallInstant(d.Time(), loc) }
