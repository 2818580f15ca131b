package attendance

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// zoneGolden is one shift on one hard date. The file was worked out without this package: by walking each zone's clock minute by minute.
type zoneGolden struct {
	Zone    string `json:"zone"`
	Date    Date   `json:"date"`
	On      Clock  `json:"-"`
	Off     Clock  `json:"-"`
	OnText  string `json:"on"`
	OffText string `json:"off"`
	PlanOn  string `json:"plan_on"`
	PlanOff string `json:"plan_off"`
	Minutes int    `json:"minutes"`
	Note    string `json:"note"`
}

func TestZoneGoldens(t *testing.T) {
	raw, err := os.ReadFile("testdata/zones.json")
	require.NoError(t, err)
	var goldens []zoneGolden
	require.NoError(t, json.Unmarshal(raw, &goldens))
	require.GreaterOrEqual(t, len(goldens), 60)
	zones := map[string]bool{}
	for _, g := range goldens {
		zones[g.Zone] = true
		t.Run(fmt.Sprintf("%s %s %s", g.Zone, g.Date, g.OnText), func(t *testing.T) {
			plan := mustPlan(t, fmt.Sprintf(`{"time_zone":%q,"effective_from":"1980-01-01","week":["d","d","d","d","d","d","d"],
				"shifts":{"d":{"sections":[{"on":%q,"off":%q}]}}}`, g.Zone, g.OnText, g.OffText))
			facts := factsOf(plan, Punch{ID: "on", At: mustInstant(t, g.PlanOn)}, Punch{ID: "off", At: mustInstant(t, g.PlanOff)})
			day := Assess(facts, g.Date, g.Date)[0]
			require.True(t, mustInstant(t, g.PlanOn).Equal(day.Slots[0].PlanAt), "on %s, want %s (%s)", day.Slots[0].PlanAt, g.PlanOn, g.Note)
			require.True(t, mustInstant(t, g.PlanOff).Equal(day.Slots[1].PlanAt), "off %s, want %s (%s)", day.Slots[1].PlanAt, g.PlanOff, g.Note)
			require.Equal(t, g.Minutes, day.PresentMin, g.Note)
			if g.Minutes > 0 {
				require.Equal(t, Normal, day.Status, g.Note)
			}
		})
	}
	require.GreaterOrEqual(t, len(zones), 24)
}

// hardZones are zones that change their clocks, or lie off the hour, each in its own way.
var hardZones = [...]string{
	"Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo", "Asia/Urumqi", "Asia/Beirut", "Asia/Gaza", "UTC",
	"America/New_York", "America/St_Johns", "America/Santiago", "America/Los_Angeles", "America/Havana", "America/Sao_Paulo",
	"Europe/London", "Europe/Dublin", "Europe/Berlin", "Africa/Cairo", "Africa/Casablanca", "Australia/Lord_Howe",
	"Australia/Sydney", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Apia",
}

var hardDates = [...]string{
	"2026-03-08", "2026-11-01", "2026-03-29", "2026-10-25", "2026-04-05", "2026-10-04", "2026-04-24", "2026-10-30",
	"2011-12-30", "2026-02-15", "2026-09-06", "2026-12-31",
}

var shiftShapes = [...][2]Clock{
	{9 * 60, 18 * 60}, {22 * 60, 30 * 60}, {30, 8*60 + 30}, {2*60 + 30, 10 * 60}, {0, 8 * 60}, {1*60 + 30, 9 * 60},
	{18 * 60, 26 * 60}, {16 * 60, 24 * 60}, {23 * 60, 25 * 60}, {3 * 60, 3*60 + 30},
}

// TestZonesAgreeWithTheirClocks holds every resolved wall time to a walk along the zone's own clock, a quarter of an hour at a time.
func TestZonesAgreeWithTheirClocks(t *testing.T) {
	checked := 0
	for _, name := range hardZones {
		loc, ok := loadZone(name)
		require.True(t, ok, name)
		var clock zoneClock
		for _, text := range hardDates {
			d := mustDate(t, text)
			for _, shape := range shiftShapes {
				for _, minute := range shape {
					want := walk(loc, d, int(minute))
					require.Equal(t, want, clock.instant(loc, d, int(minute)), "%s %s %s", name, d, minute)
				}
				checked++
			}
		}
	}
	require.Equal(t, 2880, checked)
}

// walk finds the first instant at which the clock on the wall shows at least the time asked for.
func walk(loc *time.Location, d Date, minute int) int64 {
	wall := d.utc().Add(time.Duration(minute) * time.Minute)
	for at := wall.Add(-27 * time.Hour); ; at = at.Add(15 * time.Minute) {
		local := at.In(loc)
		shown := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), 0, 0, time.UTC)
		if !shown.Before(wall) {
			return at.Unix()
		}
	}
}

func TestDateInZone(t *testing.T) {
	cairo, _ := loadZone("Africa/Cairo")
	require.Equal(t, "2026-04-24T01:00:00+03:00", mustDate(t, "2026-04-24").In(cairo).Format(time.RFC3339))
	_, ok := loadZone("Local")
	require.False(t, ok)
	_, ok = loadZone("")
	require.False(t, ok)
}

func TestDates(t *testing.T) {
	d := mustDate(t, "2026-03-02")
	require.Equal(t, time.Monday, d.Weekday())
	require.Equal(t, "2026-02-28", d.AddDays(-2).String())
	require.Equal(t, NewDate(2026, time.March, 2), d)
	require.Equal(t, d, DateOf(time.Date(2026, 3, 2, 23, 59, 0, 0, time.FixedZone("", 8*3600))))
	require.Equal(t, []int{2026, 3, 2}, []int{d.Year(), int(d.Month()), d.Day()})
	require.Equal(t, Date(1), mustDate(t, "0001-01-01"))
	require.True(t, Date(0).IsZero())
	require.Empty(t, Date(0).String())
	for _, text := range []string{"", "2026-3-2", "2026-02-30", "02.03.2026", "0000-01-01"} {
		_, err := ParseDate(text)
		require.EqualError(t, err, fmt.Sprintf("%q is not a date; write it like 2026-03-02", text))
	}
}
