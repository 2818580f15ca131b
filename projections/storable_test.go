package projections

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
)

// TestWhatPostgresCannotHoldIsReplaced: events that were written before their texts and dates were checked are applied, live as in a replay.
func TestWhatPostgresCannotHoldIsReplaced(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.write(domain.OrgStream(l.org), l.org, domain.OrganizationCreated{Name: "Ac\x00me", Industry: "a\x00b", Country: "CN"}, domain.AttendanceEnabled{})
	l.write(domain.GroupStream(l.org, l.group), l.group, domain.GroupCreated{Group: l.group, Name: "Off\x00ice"}, l.ruleEvent(1, 5, "2026-01-01"))
	m := seeded(100)
	l.members = append(l.members, m)
	l.write(domain.MemberStream(l.org, m), m,
		domain.MemberProvisioned{Member: m, Number: "0\x0001", Position: "a\x00b", Joined: "0000-05-05"}, domain.GroupAssigned{Group: l.group, From: "0000-05-05"})
	shift := "d\x00ay"
	l.write(domain.RosterStream(l.org, m, 2026, 3), m, domain.ShiftScheduled{Member: m, Shifts: map[domain.Date]*string{"0000-01-01": nil, "0000-02-02": &shift}})
	odd := l.punchEvent(m, "2026-03-02T12:00:00")
	odd.Number, odd.DeviceID = "00\x0042", "a\x00b"
	l.write(domain.TimesheetStream(l.org, m, "202603"), m, odd)
	for _, at := range []string{"0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"} {
		odd.At = domain.At(instant(at))
		l.write(domain.TimesheetStream(l.org, m, "202603"), m, odd)
	}
	l.write(domain.CalendarStream(l.org), l.org, domain.CalendarYearLoaded{Country: "C\x00N", Year: 0, Source: "a\x00"}, domain.HolidayDeclared{Date: "0000-10-01", Name: "\x00"})
	l.settled(l.advance("2026-03-03T00:00:00Z"))
	parked, err := l.engine.Ledgers.Parked(context.Background(), nil)
	require.NoError(t, err)
	require.Empty(t, parked)
	require.Equal(t, []string{"Ac\uFFFDme a\uFFFDb"}, l.rows(`SELECT name || ' ' || industry FROM rm.organizations`))
	require.Equal(t, []string{"0\uFFFD01 0001-01-01"}, l.rows(`SELECT number || ' ' || joined FROM rm.members`))
	require.Equal(t, []string{"0001-01-08", "2026-03-02", "9999-12-20"}, l.rows(`SELECT (at AT TIME ZONE 'UTC')::date::text FROM rm.punches ORDER BY at`))
	require.Contains(t, l.rows(`SELECT detail FROM rm.punches`)[0], "a\uFFFDb")
	l.clean()
}

func TestStorableJSON(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":"x\u0000y"}`: `{"a":"x\ufffdy"}`, `{"a":"x\\u0000y"}`: `{"a":"x\\u0000y"}`, `{"a":"x\\\u0000"}`: `{"a":"x\\\ufffd"}`, `{}`: `{}`,
	} {
		require.Equal(t, want, string(feed.StorableJSON([]byte(in))))
	}
}
