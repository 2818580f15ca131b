package consequence_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/domain/consequence"
)

func date(text string) attendance.Date {
	d, err := attendance.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

// late is an occurrence of so many minutes.
func late(terms *consequence.Terms, day string, minutes int) consequence.Occurrence {
	return consequence.Occurrence{Date: date(day), Section: 1, CheckType: attendance.OnDuty, When: "Late", Minutes: minutes, Terms: terms, Version: 1}
}

func texts(m consequence.Month) []string {
	out := []string{}
	for _, p := range m.Penalties {
		out = append(out, fmt.Sprintf("%s %s #%d %v", p.Date, p.When, p.Count, p.DeductDays))
	}
	return out
}

// TestAllowancesForgiveInOrder is rules 5.2: the first that fit, each by the first row that has room; what an allowance forgives no penalty counts.
func TestAllowancesForgiveInOrder(t *testing.T) {
	terms := &consequence.Terms{
		Allowances: []attendance.Allowance{{When: "Late", PerMonth: 1, UpToMin: 30}, {When: "Early", PerMonth: 9, UpToMin: 60}, {When: "Late", PerMonth: 2, UpToMin: 10}},
		Penalties:  []attendance.Penalty{{When: "Late", FromCount: 1, PerMonth: true, DeductDays: 0.5}},
	}
	m := consequence.NewCalendar(nil).Of("2026-03", []consequence.Occurrence{
		late(terms, "2026-03-02", 5),  // takes the room of the first row
		late(terms, "2026-03-03", 20), // too long for the second
		late(terms, "2026-03-04", 10), // up to is inclusive
		late(terms, "2026-03-05", 9),
		late(terms, "2026-03-06", 1), // no room left
	})
	require.Equal(t, map[string]int{"Late": 3}, m.Allowed)
	require.Equal(t, []string{"2026-03-03 Late #1 0.5", "2026-03-06 Late #2 0.5"}, texts(m))
}

// TestAnEditGivesNoAllowanceBack: a new version of a rule goes on with what was used and counted in the month.
func TestAnEditGivesNoAllowanceBack(t *testing.T) {
	rules := consequence.NewRules()
	group := domain.ID{7}
	document := func(perMonth int) *attendance.Rule {
		return &attendance.Rule{Allowances: []attendance.Allowance{{When: "Late", PerMonth: perMonth, UpToMin: 10}},
			Penalties: []attendance.Penalty{{When: "Late", FromCount: 2, DeductDays: 1, PerMonth: false}}}
	}
	rules.Add(group, 2, date("2026-03-03"), document(2))
	rules.Add(group, 1, date("2026-02-10"), document(1))
	one, two := rules.On(&group, 1), rules.On(&group, 2)
	require.Equal(t, date("2026-02-10"), two.First, "the earliest version's first date, in whatever order they come")
	require.Equal(t, domain.Date("2026-02-10"), rules.Since("2026-03-01"))
	all := []consequence.Occurrence{
		late(nil, "2026-02-02", 50), // before the rule: counts nowhere beyond its month
		late(one, "2026-02-12", 5),  // allowed
		late(one, "2026-02-13", 5),  // the first that counts
		late(one, "2026-03-02", 5),  // allowed: a new month
		late(two, "2026-03-03", 5),  // allowed: the second of the edited rule
		late(two, "2026-03-04", 5),  // the second since the first version
	}
	m := consequence.NewCalendar(nil).Of("2026-03", all)
	require.Equal(t, map[string]int{"Late": 2}, m.Allowed)
	require.Equal(t, []string{"2026-03-04 Late #2 1"}, texts(m))
	require.Empty(t, consequence.NewCalendar(nil).Of("2026-02", all).Penalties)
}

// TestOccurrencesOfADay lists slots in their order, then the whole day (rules 5.2).
func TestOccurrencesOfADay(t *testing.T) {
	d := &attendance.Day{
		Date: date("2026-03-02"), Status: attendance.Absent, RuleVersion: 3,
		Anomalies: []attendance.Anomaly{attendance.AnomalyLate, attendance.AnomalyNotSigned, attendance.AnomalyOutside, attendance.AnomalyPhotoMissing},
		Slots: []attendance.Slot{
			{Section: 1, CheckType: attendance.OnDuty, TimeResult: attendance.TimeLate, Minutes: 7, LocationResult: attendance.LocationOutside},
			{Section: 1, CheckType: attendance.OffDuty, TimeResult: attendance.TimeNotSigned, LocationResult: attendance.LocationNotSigned},
			{Section: 2, CheckType: attendance.OnDuty, TimeResult: attendance.TimePending},
			{Section: 2, CheckType: attendance.OffDuty, TimeResult: attendance.TimeExcused},
		},
	}
	var have []string
	for _, o := range consequence.Of(d, nil) {
		have = append(have, fmt.Sprintf("%d%s %s %d", o.Section, o.CheckType, o.When, o.Minutes))
	}
	require.Equal(t, []string{"1OnDuty Late 7", "1OnDuty Outside 0", "1OffDuty NotSigned 0", "0 PhotoMissing 0", "0 Absent 0"}, have)
	d.Anomalies = d.Anomalies[:2]
	require.Len(t, consequence.Of(d, nil), 3, "a place that a rule accepts is no anomaly")
	require.Empty(t, consequence.Of(&attendance.Day{Status: attendance.Normal}, nil))
}
