package attendance

import (
	"time"

	"github.com/stretchr/testify/require"
)

func mustPlan(t require.TestingT, document string) *Plan {
	rule, err := ParseRule([]byte(document))
	require.NoError(t, err)
	plan, err := rule.Compile()
	require.NoError(t, err)
	if plan.Version == 0 {
		plan.Version = 1
	}
	return plan
}

func mustDate(t require.TestingT, text string) Date {
	d, err := ParseDate(text)
	require.NoError(t, err)
	return d
}

func mustInstant(t require.TestingT, text string) time.Time {
	instant, err := parseInstant(text)
	require.NoError(t, err)
	return instant
}

func factsOf(plan *Plan, punches ...Punch) Facts {
	return Facts{Assignments: []Assignment{{Plans: []*Plan{plan}}}, Punches: punches}
}
