package main

import (
	"context"
	"fmt"
	"time"

	"github.com/dakahq/daka/deploy/single/rig"
	"github.com/dakahq/daka/domain/attendance"
)

// assessed is how many members' months one round assesses.
const assessed = 4000

// assess measures Assess alone: a member's month of simple days, two punches each, on one core.
func (b *bench) assess(context.Context) error {
	rule, err := attendance.ParseRule([]byte(rig.Rule))
	if err != nil {
		return fmt.Errorf("the rule: %w", err)
	}
	plan, err := rule.Compile()
	if err != nil {
		return fmt.Errorf("the rule: %w", err)
	}
	from, err := attendance.ParseDate("2026-03-01")
	if err != nil {
		return err
	}
	facts := attendance.Facts{Assignments: []attendance.Assignment{{Plans: []*attendance.Plan{plan}}}, Punches: month(plan.Zone())}
	var rates series
	for range b.rounds {
		c, err := measured(func() (int, error) {
			days := 0
			for range assessed {
				days += len(attendance.Assess(facts, from, from.AddDays(30)))
			}
			return days, nil
		})
		if err != nil {
			return err
		}
		rates.add(c)
	}
	b.goal(goal{name: "Assess, simple member-days on one core", value: 1e6 / median(rates.cpu), atLeast: 200_000, unit: "/s", detail: fmt.Sprintf("by wall %.0f/s", median(rates.rate))})
	return nil
}

// month is two punches on each day of March 2026.
func month(zone *time.Location) []attendance.Punch {
	var punches []attendance.Punch
	for day := 1; day <= 31; day++ {
		for _, at := range []time.Time{
			time.Date(2026, 3, day, 8, 50+day%20, 0, 0, zone), time.Date(2026, 3, day, 18, day, 0, 0, zone),
		} {
			punches = append(punches, attendance.Punch{ID: at.String(), At: at, SourceType: "ATM"})
		}
	}
	return punches
}
