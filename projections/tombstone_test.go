package projections

import (
	"context"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

// deleteForGood writes a tombstone, as somebody with the store's password could.
func (l *testLedger) deleteForGood(stream string) {
	l.t.Helper()
	config, err := esdb.ParseConnectionString(l.connection)
	require.NoError(l.t, err)
	client, err := esdb.NewClient(config)
	require.NoError(l.t, err)
	defer client.Close()
	_, err = client.TombstoneStream(context.Background(), stream, esdb.TombstoneStreamOptions{ExpectedRevision: esdb.Any{}})
	require.NoError(l.t, err)
}

// TestATombstoneParksItsSubject: the company goes on, live, in a rebuild, in a comparison, in the ledger's list and in what was known.
func TestATombstoneParksItsSubject(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.found(3)
	other := domain.GroupStream(l.org, seeded(77))
	l.write(other, seeded(77), domain.GroupCreated{Group: seeded(77), Name: "Nobody's"})
	sheet := domain.TimesheetStream(l.org, l.members[0], "202603")
	l.punch(l.members[0], "2026-03-02T09:00:00")
	l.settled(l.punch(l.members[1], "2026-03-02T09:00:00"))
	l.deleteForGood(sheet)
	l.deleteForGood(other)
	l.punch(l.members[1], "2026-03-02T18:00:00")
	l.write(domain.MemberStream(l.org, l.members[0]), l.members[0], domain.RoleGranted{Role: domain.RoleHR})
	l.settled(l.advance("2026-03-03T00:00:00Z"))
	ctx := context.Background()
	require.NoError(t, l.engine.Ready(ctx))
	check := func() {
		t.Helper()
		parked, err := l.engine.Ledgers.Parked(ctx, &l.org)
		require.NoError(t, err)
		require.Len(t, parked, 2)
		require.Equal(t, "group", parked[0].Kind)
		require.Equal(t, l.members[0], parked[1].Subject)
		require.Equal(t, 2, parked[1].Events, "what comes behind waits")
		require.Contains(t, parked[1].Reason, "deleted for good in the event store (a tombstone)")
		require.Nil(t, parked[1].Since)
		days, stale, err := l.engine.Days.Of(ctx, l.org, l.members[1], "2026-03-02", "2026-03-02")
		require.NoError(t, err)
		require.Empty(t, stale)
		require.Equal(t, "Normal", days[0].Status)
		require.Equal(t, []string{"1"}, l.rows("SELECT count(*)::text FROM rm.punches WHERE member = $1", l.members[0]), "what was applied stays")
	}
	check()
	l.clean()
	_, err := l.engine.Rebuild(ctx, nil)
	require.NoError(t, err)
	l.settled(l.punch(l.members[2], "2026-03-02T09:00:00"))
	check()
	page, err := l.engine.LedgerEvents(ctx, l.org, "", 100)
	require.NoError(t, err)
	require.NotEmpty(t, page.Items)
	days, err := l.engine.DaysKnownAt(ctx, l.org, l.members[1], "2026-03-02", "2026-03-02", l.clock)
	require.NoError(t, err)
	require.Len(t, days, 1)
	_, err = l.engine.DaysKnownAt(ctx, l.org, l.members[0], "2026-03-02", "2026-03-02", l.clock)
	var refusal *domain.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, "stream_deleted", refusal.Code)
	require.ErrorContains(t, l.engine.Unpark(ctx, l.org, "member", l.members[0]), "put the event store back from a backup")
	require.ErrorIs(t, l.engine.Unpark(ctx, l.org, "member", l.members[1]), ErrNotParked)
	check()
	l.clean()
}
