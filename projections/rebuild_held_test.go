package projections

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/projections/query"
	"github.com/dakahq/daka/projections/tables"
)

// hoursOfDay are the punches by hour that everybody's dashboard and one member's show of a date.
func (l *testLedger) hoursOfDay(those []domain.ID, date domain.Date) []query.Hour {
	l.t.Helper()
	d, err := l.engine.Dashboards.On(context.Background(), l.org, those, date)
	require.NoError(l.t, err)
	return d.Hours
}

func TestWhatIsSaidAboutPunches(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.found(2)
	m := l.members[0]
	stream := domain.TimesheetStream(l.org, m, "202603")
	var ids []domain.ID
	for _, wall := range []string{"2026-03-02T08:50:00", "2026-03-02T08:55:00", "2026-03-02T12:00:00", "2026-03-02T18:10:00"} {
		raw := l.raw(stream, m, l.punchEvent(m, wall))
		ids = append(ids, raw.ID)
		l.append(stream, raw)
	}
	group := l.group
	batch := seeded(77)
	l.write(stream, m,
		domain.PunchVoided{Punch: ids[0], Import: batch}, domain.PunchVoided{Punch: ids[0], Import: batch},
		domain.PunchVoided{Punch: ids[2], Import: batch},
		domain.PunchVoided{Punch: ids[3], Import: batch}, domain.PunchRestored{Punch: ids[3], Import: batch}, domain.PunchRestored{Punch: ids[3], Import: batch},
		domain.PunchPlaced{Punch: ids[3], PlaceID: "door", Group: &group, RuleVersion: 1},
		domain.PunchReviewed{Punch: ids[1], Review: "rejected"})
	l.punch(l.members[1], "2026-03-02T08:58:00")
	l.settled(l.advance("2026-03-03T00:00:00Z"))
	want, own := []query.Hour{{Hour: 8, Punches: 2}, {Hour: 18, Punches: 1}}, []query.Hour{{Hour: 8, Punches: 1}, {Hour: 18, Punches: 1}}
	rows := `SELECT id::text || review || voided || place || coalesce(detail, '') FROM rm.punches ORDER BY id`
	before := l.rows(rows)
	days := l.rows(`SELECT member::text || date || slots || digest FROM rm.days ORDER BY 1`)
	require.Equal(t, want, l.hoursOfDay(nil, "2026-03-02"))
	require.Equal(t, own, l.hoursOfDay([]domain.ID{m}, "2026-03-02"))
	l.clean()
	_, err := l.engine.Rebuild(context.Background(), nil)
	require.NoError(t, err)
	require.Equal(t, before, l.rows(rows))
	require.Equal(t, days, l.rows(`SELECT member::text || date || slots || digest FROM rm.days ORDER BY 1`))
	require.Equal(t, want, l.hoursOfDay(nil, "2026-03-02"))
	require.Equal(t, own, l.hoursOfDay([]domain.ID{m}, "2026-03-02"))
	l.clean()
}

func TestAPunchInAnothersTimesheet(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.found(2)
	l.write(domain.TimesheetStream(l.org, l.members[0], "202603"), l.members[0], l.punchEvent(seeded(123), "2026-03-02T09:00:00"))
	l.settled(l.advance("2026-03-03T00:00:00Z"))
	require.Equal(t, []string{"1"}, l.rows(`SELECT count(*)::text FROM rm.punches WHERE member = $1`, seeded(123)))
	l.clean()
}

func TestARebuildThatEndsEarlyLeavesNothing(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.settled(l.aMonth(6))
	for wait := time.Millisecond; ; wait += wait / 2 {
		ctx, cancel := context.WithTimeout(context.Background(), wait)
		_, err := l.engine.Rebuild(ctx, nil)
		cancel()
		if err == nil {
			break
		}
		days, _, err := l.engine.Days.Of(context.Background(), l.org, l.members[2], "2026-03-01", "2026-03-31")
		require.NoError(t, err)
		require.NotEmpty(t, days)
	}
	require.Len(t, l.rows(`SELECT nspname::text FROM pg_namespace WHERE nspname ~ '^rm_[0-9]+$'`), 1)
	l.settled(l.punch(l.members[2], "2026-03-21T10:00:00"))
	l.clean()
}

func TestStoredSlotsHaveTheirNames(t *testing.T) {
	at := instant("2026-03-02T09:00:00+08:00")
	for n := range 3 {
		d := attendance.Day{Slots: []attendance.Slot{
			{Section: 1, CheckType: attendance.OnDuty, PlanAt: at, PunchAt: at.Add(time.Minute), TimeResult: attendance.TimeLate, LocationResult: attendance.LocationOutside, Minutes: 1, SourceType: attendance.SourceATM},
			{Section: 12, CheckType: attendance.OffDuty, PlanAt: at},
		}[:n]}
		whole, err := json.Marshal(d)
		require.NoError(t, err)
		var want struct {
			Slots json.RawMessage `json:"slots"`
		}
		require.NoError(t, json.Unmarshal(whole, &want))
		require.JSONEq(t, string(want.Slots), string(tables.NamedSlots(tables.AppendSlots(nil, d.Slots))), fmt.Sprint(n))
	}
}
