package projections

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/projections/query"
	"github.com/dakahq/daka/projections/tables"
)

func TestKnownAtEqualsATruncatedStore(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	last := l.aMonth(2)
	l.settled(last)
	live, _, err := l.engine.Days.Of(context.Background(), l.org, l.members[0], "2026-03-01", "2026-03-31")
	require.NoError(t, err)
	now, err := l.engine.DaysKnownAt(context.Background(), l.org, l.members[0], "2026-03-01", "2026-03-31", l.clock)
	require.NoError(t, err)
	require.Equal(t, texts(live), texts(now))
	before, err := l.engine.DaysKnownAt(context.Background(), l.org, l.members[0], "2026-03-01", "2026-03-31", l.clock.AddDate(0, 0, -300))
	require.NoError(t, err)
	require.Empty(t, before)
}

// texts are days as a reader gets them, byte for byte.
func texts(days []query.Day) (out []string) {
	for _, d := range days {
		out = append(out, tables.AsJSON(d))
	}
	return out
}

func TestKnownAtAtEveryInstant(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.found(1)
	m := l.members[0]
	type known struct {
		at   int64
		days []string
	}
	var seen []known
	look := func(position string) {
		l.settled(position)
		days, _, err := l.engine.Days.Of(context.Background(), l.org, m, "2026-03-01", "2026-03-31")
		require.NoError(t, err)
		seen = append(seen, known{l.clock.Unix(), texts(days)})
	}
	look(l.punch(m, "2026-03-02T09:10:00"))
	look(l.punch(m, "2026-03-02T18:10:00"))
	look(l.advance("2026-03-03T00:00:00Z"))
	look(l.write("group-"+l.org.String()+"."+l.group.String(), l.group, l.ruleEvent(2, 15, "2026-03-01")))
	look(l.punch(m, "2026-03-02T08:50:00"))
	look(l.advance("2026-03-04T00:00:00Z"))
	for i, k := range seen {
		days, err := l.engine.DaysKnownAt(context.Background(), l.org, m, "2026-03-01", "2026-03-31", instantUnix(k.at))
		require.NoError(t, err)
		require.Equal(t, k.days, texts(days), "after step %d", i)
	}
}

func TestHistoryTellsADay(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.found(1)
	m := l.members[0]
	l.punch(m, "2026-03-02T09:10:00")
	l.advance("2026-03-02T02:00:00Z")
	l.advance("2026-03-03T03:00:00Z")
	l.punch(m, "2026-03-02T18:10:00")
	l.punch(m, "2026-03-09T09:00:00")
	l.settled(l.write("group-"+l.org.String()+"."+l.group.String(), l.group, l.ruleEvent(2, 15, "2026-03-01")))
	steps, err := l.engine.History(context.Background(), l.org, m, "2026-03-02", l.clock)
	require.NoError(t, err)
	var told []string
	for _, s := range steps {
		told = append(told, fmt.Sprintf("%s v%d %v", s.Type, s.RuleVersion, s.Changes))
	}
	require.Equal(t, []string{
		"MemberProvisioned v0 []",
		"GroupAssigned v0 []",
		"PunchRecorded v1 [status: none → Pending shift: none → day rule_version: 0 → 1 OnDuty 1: none → Late 10 min at 2026-03-02T09:10:00+08:00 (ATM) OffDuty 1: none → Pending late_min: 0 → 10 anomalies: none → [Late]]",
		"ClockAdvanced v1 [status: Pending → Abnormal OffDuty 1: Pending → NotSigned (SYSTEM) anomalies: [Late] → [Late NotSigned]]",
		"PunchRecorded v1 [OffDuty 1: NotSigned (SYSTEM) → Normal at 2026-03-02T18:10:00+08:00 (ATM) worked_min: 0 → 530 present_min: 0 → 540 anomalies: [Late NotSigned] → [Late]]",
		"RuleChanged v2 [status: Abnormal → Normal rule_version: 1 → 2 OnDuty 1: Late 10 min at 2026-03-02T09:10:00+08:00 (ATM) → Normal at 2026-03-02T09:10:00+08:00 (ATM) late_min: 10 → 0 anomalies: [Late] → none]",
	}, told)
}
