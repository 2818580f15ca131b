package commands_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
)

// TestAMemberGoesByEveryNumber: the 工号 and the machine's number lead to one member, each on its dates; the owner at the punch's date has it.
func TestAMemberGoesByEveryNumber(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	anna, ben := c.hire("0042", &group), c.hire("0043", &group)
	r, err := c.Badges.Add(t.Context(), c.call(), commands.AddBadge{Member: anna, Number: " 42 ", From: "2026-02-01"})
	require.NoError(t, err)
	require.Equal(t, anna, r.ID)
	require.Equal(t, []domain.Event{domain.BadgeAssigned{Number: "42", Member: anna, From: "2026-02-01", Kind: domain.BadgeMachine}}, c.events(r.Stream))

	punch := func(number, at string) domain.ID {
		when, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		return c.punched(commands.RecordPunch{Number: number, ClaimedAt: &when, Offline: true}).Member
	}
	require.Equal(t, anna, punch("42", "2026-02-10T09:00:00+08:00"))
	require.Equal(t, anna, punch("0042", "2026-02-10T18:00:00+08:00"))

	_, err = c.Badges.Remove(t.Context(), c.call(), commands.RemoveBadge{Member: anna, Number: "42", Until: "2026-02-20"})
	require.NoError(t, err)
	_, err = c.Badges.Add(t.Context(), c.call(), commands.AddBadge{Member: ben, Number: "42", From: "2026-02-21"})
	require.NoError(t, err)
	require.Equal(t, anna, punch("42", "2026-02-20T23:00:00+08:00"))
	require.Equal(t, ben, punch("42", "2026-02-21T01:00:00+08:00"))

	_, err = c.Badges.Add(t.Context(), c.call(), commands.AddBadge{Member: anna, Number: "0043"})
	requireRefusal(t, err, "number_taken", "the number 0043 belongs to another member; release it or choose another")
	_, err = c.Badges.Remove(t.Context(), c.call(), commands.RemoveBadge{Member: anna, Number: "0042"})
	requireRefusal(t, err, "badge_staff", "0042 is the member's own number; change the number, or end the membership")
	_, err = c.Badges.Remove(t.Context(), c.call(), commands.RemoveBadge{Member: anna, Number: "99"})
	requireRefusal(t, err, "badge_not_found", "this member has no such number")
	_, err = c.Badges.Add(t.Context(), c.call(), commands.AddBadge{Member: anna, Number: "", From: "soon"})
	requireRefusal(t, err, "request_invalid", "/number the number is empty; give 1 to 64 characters; /from must be a date such as 2026-03-02")
}

// TestANumberBeginsOnTheDayWhereTheMemberIs: at 23:00 UTC it is the next day in Shanghai.
func TestANumberBeginsOnTheDayWhereTheMemberIs(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	anna := c.hire("1", &group)
	c.set(time.Date(2026, 3, 2, 23, 0, 0, 0, time.UTC))
	_, err := c.Badges.Add(t.Context(), c.call(), commands.AddBadge{Member: anna, Number: "77"})
	require.NoError(t, err)
	_, err = c.Members.Change(t.Context(), c.call(), commands.ChangeMember{Member: anna, Number: ptr("2")})
	require.NoError(t, err)
	for _, number := range []string{"77", "2"} {
		require.Equal(t, domain.Date("2026-03-03"), c.Directory.Holders(c.org, number)[0].From, number)
	}
	require.Equal(t, domain.Date("2026-03-02"), c.Directory.Holders(c.org, "1")[0].Until)
}

// TestTwoClaimOneNumber: one has it, the other hears number_taken.
func TestTwoClaimOneNumber(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	members := []domain.ID{c.hire("1", &group), c.hire("2", &group)}
	other := c.copy()
	for range 5 {
		number := v7(testNow).String()[:8] + v7(testNow).String()[24:]
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i, service := range []*commands.Service{c.Service, other} {
			call := c.call()
			wg.Go(func() {
				_, errs[i] = service.Badges.Add(t.Context(), call, commands.AddBadge{Member: members[i], Number: number, From: "2026-03-01"})
			})
		}
		wg.Wait()
		lost := errors.Join(errs...)
		requireRefusal(t, lost, "number_taken", "the number "+number+" belongs to another member; release it or choose another")
		require.True(t, errs[0] == nil || errs[1] == nil)
		require.Len(t, c.events(domain.BadgeStream(c.org, number)), 1)
	}
}

// TestWhoLeavesHoldsNoNumber, and another 工号 leaves the machine's alone, also where that was the 工号 before.
func TestWhoLeavesHoldsNoNumber(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	anna := c.hire("1", &group)
	_, err := c.Badges.Add(t.Context(), c.call(), commands.AddBadge{Member: anna, Number: "77", From: "2026-02-01"})
	require.NoError(t, err)
	_, err = c.Members.Change(t.Context(), c.call(), commands.ChangeMember{Member: anna, Number: ptr("2"), NumberFrom: "2026-02-10"})
	require.NoError(t, err)
	_, err = c.Badges.Add(t.Context(), c.call(), commands.AddBadge{Member: anna, Number: "1", From: "2026-02-10"})
	require.NoError(t, err)
	_, err = c.Members.Change(t.Context(), c.call(), commands.ChangeMember{Member: anna, Number: ptr("3"), NumberFrom: "2026-02-20"})
	require.NoError(t, err)
	held := func() map[string]domain.Date {
		out := map[string]domain.Date{}
		for _, b := range c.Directory.Badges.Of(c.org, anna) {
			out[b.Number+" "+string(b.Kind)+" "+string(b.From)] = b.Until
		}
		return out
	}
	require.Equal(t, map[string]domain.Date{
		"1 staff 2026-01-01": "2026-02-09", "1 machine 2026-02-10": "", "77 machine 2026-02-01": "",
		"2 staff 2026-02-10": "2026-02-19", "3 staff 2026-02-20": "",
	}, held())
	_, err = c.Members.End(t.Context(), c.call(), commands.EndMembership{Member: anna, Left: "2026-02-28"})
	require.NoError(t, err)
	for number, until := range held() {
		require.NotEmpty(t, until, number)
	}
	_, err = c.Badges.Add(t.Context(), c.call(), commands.AddBadge{Member: anna, Number: "88", From: "2026-02-01"})
	require.NoError(t, err)
	require.Equal(t, domain.Date("2026-02-28"), held()["88 machine 2026-02-01"], "a number of who left ends with the membership")
}
