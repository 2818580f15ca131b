package directory_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// TestWhatDaysCannotUseIsLeftOutWhole: commands know the same calendar and the same rules as the read models, where such an event parks.
func TestWhatDaysCannotUseIsLeftOutWhole(t *testing.T) {
	org, group := domain.ID{1}, domain.ID{2}
	d := directory.New(nil, slog.New(slog.DiscardHandler))
	revisions := map[string]uint64{}
	record := func(stream string, e domain.Event) {
		revision := revisions[stream]
		revisions[stream]++
		d.Recorded([]domain.Recorded{{Stream: stream, Revision: revision, ID: domain.ID{3, byte(revision), byte(len(stream))}, Type: e.EventType(), Event: e}})
	}
	calendar, rules := domain.CalendarStream(org), domain.GroupStream(org, group)
	record(calendar, domain.CalendarYearLoaded{Country: "CN", Year: 2026, Holidays: map[domain.Date]string{"2026-10-01": "National Day"}})
	before := d.Calendar(org)
	record(calendar, domain.CalendarYearLoaded{Country: "CN", Year: 2026, Holidays: map[domain.Date]string{"2026-05-01": "Labour Day", "soon": "Later"}})
	record(calendar, domain.HolidayDeclared{Date: "2026-05-05", Name: "Ours"})
	require.Empty(t, before.Holidays, "what was given away stays")
	require.Len(t, d.Calendar(org).Holidays, 1)
	require.Equal(t, map[attendance.Date]string{attendance.NewDate(2026, 10, 1): "National Day"}, d.Calendar(org).National["CN"].Holidays)
	rule := func(version int, from domain.Date, document string) {
		record(rules, domain.RuleChanged{Version: version, EffectiveFrom: from, Rule: []byte(document)})
	}
	const good = `{"name":"Office","kind":"fixed","time_zone":"UTC","effective_from":"2026-01-01","shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}},"week":["day",null,null,null,null,null,null]}`
	rule(1, "2026-02-01", good)
	rule(2, "2026-03-01", `{"kind":"odd"}`)
	rule(1, "2026-04-01", good)
	require.Len(t, d.Rules.All(org, group), 1)
	plan, version := d.Rules.InForce(org, group, "2026-05-01")
	require.Equal(t, 1, version)
	require.Equal(t, attendance.NewDate(2026, 2, 1), plan.Rule.EffectiveFrom, "the event's date, whatever the document repeats")
	none, _ := d.Rules.InForce(org, group, "2026-01-31")
	require.Nil(t, none)
}
