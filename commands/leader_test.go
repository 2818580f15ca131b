package commands_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/deploy/single/cluster"
	"github.com/dakahq/daka/domain"
)

// twoCopies are two servers on a cluster of two nodes: here is connected to the node that leads, there to the one that follows and reads late.
func (c *company) twoCopies(late time.Duration) (here, there *commands.Service, nodes *cluster.Cluster) {
	c.t.Helper()
	nodes, err := cluster.Open(c.node.Addr(), 2, late)
	require.NoError(c.t, err)
	c.t.Cleanup(nodes.Close)
	return c.copyAt(nodes.Connection(0)), c.copyAt(nodes.Connection(1)), nodes
}

// copyAt is a copy with a connection of its own.
func (c *company) copyAt(connection string) *commands.Service {
	c.t.Helper()
	log, err := eventlog.Dial(connection, slog.New(slog.DiscardHandler))
	require.NoError(c.t, err)
	d := directory.New(log, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	c.t.Cleanup(func() { cancel(); d.Wait(); log.Close() })
	d.Start(ctx)
	return commands.NewService(ledger.New(log, c.keys, c.clock, ledger.WithRecorded(d.Recorded)), d)
}

// TestARoleThatWasTakenAwayIsGone: one copy grants hr, the other takes it away right after that answer, while leadership changes hands.
// Judged by a follower's late view there would be nothing to take away.
func TestARoleThatWasTakenAwayIsGone(t *testing.T) {
	races := 1000
	if testing.Short() {
		races = 100
	}
	c := newCompany(t)
	c.found()
	member := c.hire("1", nil)
	c.activate(member)
	here, there, nodes := c.twoCopies(300 * time.Millisecond)
	set := func(s *commands.Service, roles ...domain.RoleGranted) {
		_, err := s.Roles.Set(t.Context(), c.call(), commands.SetRoles{Member: member, Roles: append([]domain.RoleGranted{}, roles...)})
		require.NoError(t, err)
	}
	for race := range races {
		if race%50 == 49 {
			nodes.Lead(1 - nodes.Leader())
		}
		set(here, domain.RoleGranted{Role: domain.RoleHR})
		set(there)
	}
	granted, revoked := 0, 0
	for _, e := range c.events(domain.MemberStream(c.org, member)) {
		switch e.(type) {
		case domain.RoleGranted:
			granted++
		case domain.RoleRevoked:
			revoked++
		}
	}
	require.Equal(t, races, granted)
	require.Equal(t, races, revoked, "each grant was taken away again")
	require.Positive(t, nodes.Refused(), "followers were asked and refused")
}

// TestOneIDWithTwoBodiesOverTwoCopies: the store compares ids alone, and would take the second body for a repeat of the first.
func TestOneIDWithTwoBodiesOverTwoCopies(t *testing.T) {
	c := newCompany(t)
	member := c.hire("1", ptr(c.found()))
	here, there, _ := c.twoCopies(time.Second)
	punch := func(s *commands.Service, call ledger.Call, body string) error {
		call.Body = []byte(body)
		_, err := s.Punches.Record(t.Context(), call, commands.RecordPunch{Member: &member})
		return err
	}
	requireOne := func(errs ...error) {
		t.Helper()
		written := 0
		for _, err := range errs {
			var refusal *domain.Refusal
			if err == nil {
				written++
				continue
			}
			require.True(t, errors.As(err, &refusal), "%v", err)
			require.Equal(t, "command_id_reused", refusal.Code)
		}
		require.Equal(t, 1, written, "%v", errs)
	}
	for range 20 {
		call := c.call()
		requireOne(punch(here, call, `{"note":"a"}`), punch(there, call, `{"note":"b"}`))
	}
	for range 100 {
		call, errs := c.call(), make([]error, 2)
		var both sync.WaitGroup
		both.Go(func() { errs[0] = punch(here, call, `{"note":"a"}`) })
		both.Go(func() { errs[1] = punch(there, call, `{"note":"b"}`) })
		both.Wait()
		requireOne(errs...)
	}
}
