package projections

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/query"
)

// strict forgives two latenesses of up to ten minutes a month; the second that is not forgiven costs half a day, and so does every missing punch from
// the second of all time on.
const strict = `{"name":"Strict","kind":"fixed","time_zone":"Asia/Shanghai","effective_from":"2026-01-01",
	"shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}},"week":["day","day","day","day","day",null,null],
	"allowances":[{"when":"Late","per_month":2,"up_to_min":10}],
	"penalties":[{"when":"Late","from_count":2,"deduct_days":0.5,"note":"late again"},{"when":"NotSigned","from_count":2,"per_month":false,"deduct_days":%s}]}`

// penalties are a month's as short texts.
func (l *testLedger) penalties(month string, m domain.ID) string {
	l.t.Helper()
	page, err := l.engine.Penalties.List(context.Background(), l.org, query.PenaltyFilter{Month: month, Member: &m}, "", 0)
	require.NoError(l.t, err)
	return penaltyTexts(page.Items)
}

func penaltyTexts(list []query.Penalty) string {
	var out []string
	for _, p := range list {
		waived := ""
		if p.Waived {
			waived = " waived by " + p.WaivedBy.ID
		}
		out = append(out, fmt.Sprintf("%s %d %s #%d −%v%s", p.Date, p.Section, p.When, p.Count, p.DeductDays, waived))
	}
	return strings.Join(out, "; ")
}

// TestPenaltiesOfAMonth goes from punches to what follows from them (rules 5.2, 5.3): live, as known at every instant, and rebuilt.
func TestPenaltiesOfAMonth(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.found(1)
	m, group := l.members[0], domain.GroupStream(l.org, l.group)
	l.write(group, l.group, domain.RuleChanged{Version: 2, EffectiveFrom: "2026-01-01", Rule: []byte(fmt.Sprintf(strict, "1"))})
	type known struct {
		at   time.Time
		text string
	}
	var seen []known
	look := func(position, want string) {
		t.Helper()
		l.settled(position)
		require.Equal(t, want, l.penalties("2026-03", m))
		seen = append(seen, known{l.clock, want})
	}
	for _, day := range []string{"02T09:05", "03T09:20", "04T09:10", "05T09:01", "06T09:30"} {
		l.punch(m, "2026-03-"+day+":00")
		l.punch(m, "2026-03-"+day[:2]+"T18:00:00")
	}
	late := "2026-03-05 1 Late #2 −0.5; 2026-03-06 1 Late #3 −0.5"
	look(l.advance("2026-03-07T16:00:00Z"), late)
	l.punch(m, "2026-03-09T08:50:00")
	look(l.advance("2026-03-10T22:00:00Z"), late+"; 2026-03-10 1 NotSigned #2 −1; 2026-03-10 1 NotSigned #3 −1")
	months, err := l.engine.Penalties.Of(context.Background(), l.org, "2026-03", l.members)
	require.NoError(t, err)
	c := months.Of(m)
	require.Equal(t, []any{2, 0, 2}, []any{c.AllowedLateTimes, c.AllowedEarlyTimes, c.AllowedTimes}, "on the 2nd and the 4th; 20 minutes were too many")
	require.Equal(t, []any{4, 0, 3.0}, []any{c.PenaltyTimes, c.WaivedTimes, c.DeductedDays})
	waived := domain.PenaltyWaived{Date: "2026-03-05", Section: 1, CheckType: domain.OnDuty, When: "Late"}
	look(l.write(domain.MemberStream(l.org, m), m, waived),
		"2026-03-05 1 Late #2 −0.5 waived by test; 2026-03-06 1 Late #3 −0.5; 2026-03-10 1 NotSigned #2 −1; 2026-03-10 1 NotSigned #3 −1")
	look(l.write(group, l.group, domain.RuleChanged{Version: 3, EffectiveFrom: "2026-03-10", Rule: []byte(fmt.Sprintf(strict, "0.25"))}),
		"2026-03-05 1 Late #2 −0.5 waived by test; 2026-03-06 1 Late #3 −0.5; 2026-03-10 1 NotSigned #2 −0.25; 2026-03-10 1 NotSigned #3 −0.25")
	look(l.write(domain.OrgStream(l.org), l.org, domain.OrganizationChanged{FirstDay: &domain.FirstDay{Day: 6, From: "2026-03"}}),
		"2026-03-05 1 Late #2 −0.5 waived by test")
	require.Equal(t, "2026-03-10 1 NotSigned #2 −0.25; 2026-03-10 1 NotSigned #3 −0.25", l.penalties("2026-04", m), "the 6th is the first lateness of April")
	look(l.write(domain.MemberStream(l.org, m), m, domain.PenaltyRestored{Date: "2026-03-05", Section: 1, CheckType: domain.OnDuty, When: "Late"}), "2026-03-05 1 Late #2 −0.5")
	look(l.write(domain.TimesheetStream(l.org, m, "202603"), m, domain.SlotCorrected{Member: m, Date: "2026-03-03", Section: 1, CheckType: domain.OnDuty,
		At: domain.At(instant("2026-03-03T09:00:00+08:00")), Zone: "Asia/Shanghai"}), "")
	for i, k := range seen {
		list, err := l.engine.Audit.PenaltiesKnownAt(context.Background(), l.org, m, "2026-03", k.at)
		require.NoError(t, err)
		require.Equal(t, k.text, penaltyTexts(list), "known after step %d", i)
	}
	before := l.penalties("2026-04", m)
	_, err = l.engine.Rebuild(context.Background(), nil)
	require.NoError(t, err)
	require.Equal(t, before, l.penalties("2026-04", m))
	steps, err := l.engine.History(context.Background(), l.org, m, "2026-03-05", l.clock)
	require.NoError(t, err)
	var types []string
	for _, s := range steps {
		if strings.HasPrefix(s.Type, "Penalty") {
			types = append(types, s.Type+" "+s.Effective)
		}
	}
	require.Equal(t, []string{"PenaltyWaived 2026-03-05", "PenaltyRestored 2026-03-05"}, types)
}

// TestMonthsRunFromTheFirstDay: sums go by attendance months, and no date is of two (rules 5.1).
func TestMonthsRunFromTheFirstDay(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.found(1)
	last := l.write(domain.OrgStream(l.org), l.org, domain.OrganizationChanged{FirstDay: &domain.FirstDay{Day: 6, From: "2026-03"}})
	for _, day := range []string{"02T09:10", "05T09:20", "06T09:30"} {
		last = l.punch(l.members[0], "2026-03-"+day+":00")
	}
	l.settled(last)
	minutes := func(month string) int {
		page, err := l.engine.Months.List(context.Background(), l.org, query.MonthFilter{Month: month}, "", 0)
		require.NoError(t, err)
		require.Len(t, page.Items, 1)
		require.Equal(t, month, page.Items[0].Month)
		return page.Items[0].LateMinute
	}
	require.Equal(t, 30, minutes("2026-03"))
	require.Equal(t, 30, minutes("2026-04"))
}
