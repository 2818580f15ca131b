package commands_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
)

// stopAfter runs a command on a copy that dies right after it recorded an event of a type.
func (c *company) stopAfter(eventType string, run func(context.Context, *commands.Service) error) {
	c.t.Helper()
	ctx, cancel := context.WithCancel(c.t.Context())
	defer cancel()
	dying := c.stopping(func(events []domain.Recorded) {
		for _, e := range events {
			if e.Type == eventType {
				cancel()
			}
		}
	})
	require.Error(c.t, run(ctx, dying))
}

func TestProvisioningThatStoppedBetweenItsStreamsIsFinishedByARetry(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	call := c.call()
	req := commands.ProvisionMember{Number: "7", Group: &group, Joined: "2026-02-01"}
	c.stopAfter("BadgeAssigned", func(ctx context.Context, s *commands.Service) error {
		_, err := s.Members.Provision(ctx, call, req)
		return err
	})
	require.Zero(t, c.count("member")["MemberProvisioned"])
	r, err := c.Members.Provision(t.Context(), call, req)
	require.NoError(t, err)
	require.False(t, r.Replay, "a hit in the badge alone is no replay")
	require.Equal(t, domain.ProvisionedMemberID(c.org, "7", 0), r.ID)
	require.Equal(t, map[string]int{"BadgeAssigned": 1, "MemberProvisioned": 1, "GroupAssigned": 1}, c.count("member", "badge"))
}

func TestANumberOfAMemberThatWasNeverWrittenIsTakenOver(t *testing.T) {
	c := newCompany(t)
	c.found()
	call := c.call()
	c.stopAfter("BadgeAssigned", func(ctx context.Context, s *commands.Service) error {
		_, err := s.Members.Provision(ctx, call, commands.ProvisionMember{Number: "7", Joined: "2026-02-01"})
		return err
	})
	r, err := c.Members.Provision(t.Context(), c.call(), commands.ProvisionMember{Number: "7", Name: "Other", Joined: "2026-03-01"})
	require.NoError(t, err)
	require.Equal(t, domain.ProvisionedMemberID(c.org, "7", 0), r.ID)
	late, err := c.Members.Provision(t.Context(), call, commands.ProvisionMember{Number: "7", Joined: "2026-02-01"})
	require.NoError(t, err, "the first client's late retry finds the member")
	require.Equal(t, r.ID, late.ID)
	require.Equal(t, map[string]int{"BadgeAssigned": 1, "MemberProvisioned": 1}, c.count("member", "badge"))
}

func TestAMakeupThatStoppedAfterItsClaimIsCountedOnce(t *testing.T) {
	c := newCompany(t)
	member := c.hire("1", ptr(c.found()))
	call := c.call()
	req := commands.RequestMakeup{Member: member, Date: "2026-02-10", CheckType: domain.OffDuty, At: time.Date(2026, 2, 10, 10, 0, 0, 0, time.UTC)}
	c.stopAfter("MakeupCounted", func(ctx context.Context, s *commands.Service) error {
		_, err := s.Requests.Makeup(ctx, call, req)
		return err
	})
	r, err := c.Requests.Makeup(t.Context(), call, req)
	require.NoError(t, err)
	require.False(t, r.Replay)
	reject := c.call()
	c.stopAfter("RequestRejected", func(ctx context.Context, s *commands.Service) error {
		_, err := s.Requests.Reject(ctx, reject, commands.JudgeRequest{Request: r.ID})
		return err
	})
	require.Equal(t, map[string]int{"MakeupCounted": 1, "MakeupRequested": 1, "RequestRejected": 1}, c.count("balance", "request"))
	c.set(c.clock().Add(time.Second))
	again, err := c.Requests.Reject(t.Context(), reject, commands.JudgeRequest{Request: r.ID})
	require.NoError(t, err)
	require.True(t, again.Replay)
	require.Equal(t, map[string]int{"MakeupCounted": 2, "MakeupRequested": 1, "RequestRejected": 1}, c.count("balance", "request"), "the retry gave the claim back")
}

func TestAReversalThatStoppedVoidsTheRest(t *testing.T) {
	c := newCompany(t)
	c.found()
	imported := c.imported(importOf("attlog", "Asia/Shanghai", attlog))
	call := c.call()
	c.stopAfter("ImportReverted", func(ctx context.Context, s *commands.Service) error {
		_, err := s.Imports.Revert(ctx, call, commands.RevertImport{Import: imported.ID})
		return err
	})
	require.Zero(t, c.count()["PunchVoided"])
	_, err := c.Imports.Revert(t.Context(), call, commands.RevertImport{Import: imported.ID})
	require.NoError(t, err)
	require.Equal(t, 5, c.count()["PunchVoided"])
}
