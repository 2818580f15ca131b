package commands_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
)

// TestTooManyDays: a rule that would make a million days again is refused with the number, one below is not, and a repeat is answered.
func TestTooManyDays(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	for i := range 55 {
		_, err := c.Members.Provision(t.Context(), c.call(), commands.ProvisionMember{Number: fmt.Sprintf("%03d", i), Group: &group, Joined: "1970-01-01"})
		require.NoError(t, err)
	}
	reach := func(from string) commands.ChangeRule {
		return commands.ChangeRule{Group: group, Rule: []byte(strings.Replace(officeRule, "2026-01-01", from, 1))}
	}
	_, err := c.Groups.ChangeRule(t.Context(), c.call(), reach("1970-01-01"))
	requireRefusal(t, err, "too_many_days", "this would assess 1128380 days of members again, more than the 1000000 that one command may touch; choose a later first date, or divide the members into smaller groups")
	require.Len(t, c.events(domain.GroupStream(c.org, group)), 2, "nothing was written")
	call := c.call()
	_, err = c.Groups.ChangeRule(t.Context(), call, reach("1977-01-01"))
	require.NoError(t, err)
	for i := range 10 {
		_, err := c.Members.Provision(t.Context(), c.call(), commands.ProvisionMember{Number: fmt.Sprintf("9%02d", i), Group: &group, Joined: "1970-01-01"})
		require.NoError(t, err)
	}
	again, err := c.Groups.ChangeRule(t.Context(), call, reach("1977-01-01"))
	require.NoError(t, err, "a repeat is answered however many have come since")
	require.True(t, again.Replay)
}
