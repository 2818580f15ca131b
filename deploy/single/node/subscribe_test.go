package node

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// feed collects what a raw subscription sends: "e3" an event at position 3, "c8" a checkpoint, "live" caught up.
type feed struct {
	t    testing.TB
	call streams.Streams_ReadClient
	got  []string
}

func subscribe(t testing.TB, n *Node, o *streams.ReadReq_Options) *feed {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	o.CountOption = &streams.ReadReq_Options_Subscription{Subscription: &streams.ReadReq_Options_SubscriptionOptions{}}
	call, err := raw(t, n).Read(ctx, &streams.ReadReq{Options: o})
	require.NoError(t, err)
	m, err := call.Recv()
	require.NoError(t, err)
	require.NotEmpty(t, m.GetConfirmation().GetSubscriptionId())
	return &feed{t: t, call: call}
}

func (f *feed) until(last string) []string {
	f.t.Helper()
	f.got = nil
	for {
		m, err := f.call.Recv()
		require.NoError(f.t, err, "after %v", f.got)
		f.got = append(f.got, text(m))
		if f.got[len(f.got)-1] == last {
			return f.got
		}
	}
}

func text(m *streams.ReadResp) string {
	switch {
	case m.GetEvent() != nil:
		return fmt.Sprintf("e%d", m.GetEvent().GetCommitPosition())
	case m.GetCheckpoint() != nil:
		return fmt.Sprintf("c%d", m.GetCheckpoint().GetCommitPosition())
	case m.GetCaughtUp() != nil:
		return "live"
	}
	return m.String()
}

func TestSubscriptionToAll(t *testing.T) {
	n, c := start(t, t.TempDir())
	write(t, c, "a-1", esdb.NoStream{}, newEvents(3)...)
	o := allOptions(nil)
	o.FilterOption = nil
	fromStart := subscribe(t, n, o)
	require.Equal(t, []string{"e1", "e2", "e3", "live"}, fromStart.until("live"))
	o = allOptions(nil)
	o.FilterOption = nil
	o.GetAll().AllOption = &streams.ReadReq_Options_AllOptions_Position{Position: &streams.ReadReq_Options_Position{CommitPosition: 2, PreparePosition: 2}}
	from2 := subscribe(t, n, o)
	require.Equal(t, []string{"e3", "live"}, from2.until("live"), "the position is exclusive")
	o = allOptions(nil)
	o.FilterOption = nil
	o.GetAll().AllOption = &streams.ReadReq_Options_AllOptions_End{}
	fromEnd := subscribe(t, n, o)
	require.Equal(t, []string{"live"}, fromEnd.until("live"))
	write(t, c, "a-1", esdb.Revision(2), newEvents(2)...)
	for _, f := range []*feed{fromStart, from2, fromEnd} {
		require.Equal(t, []string{"e4", "e5"}, f.until("e5"))
	}
}

func nameFilter(max, multiplier uint32, prefixes ...string) *streams.ReadReq_Options_FilterOptions {
	return &streams.ReadReq_Options_FilterOptions{
		Filter: &streams.ReadReq_Options_FilterOptions_StreamIdentifier{StreamIdentifier: &streams.ReadReq_Options_FilterOptions_Expression{Prefix: prefixes}},
		Window: &streams.ReadReq_Options_FilterOptions_Max{Max: max}, CheckpointIntervalMultiplier: multiplier}
}

func TestCheckpointsInCatchUpAndLive(t *testing.T) {
	n, c := start(t, t.TempDir())
	for range 3 {
		write(t, c, "skip-1", esdb.Any{}, newEvents(4)...)
		write(t, c, "want-1", esdb.Any{}, newEvents(1)...)
	}
	f := subscribe(t, n, allOptions(nameFilter(2, 2, "want-")))
	require.Equal(t, []string{"c4", "e5", "c8", "e10", "c12", "e15", "c15", "live"}, f.until("live"))
	write(t, c, "skip-1", esdb.Any{}, newEvents(9)...)
	require.Equal(t, []string{"c19", "c23"}, f.until("c23"), "live checkpoints too")
	write(t, c, "want-1", esdb.Any{}, newEvents(1)...)
	require.Equal(t, []string{"e25"}, f.until("e25"))
	o := allOptions(nameFilter(2, 2, "want-"))
	o.GetAll().AllOption = &streams.ReadReq_Options_AllOptions_Position{Position: &streams.ReadReq_Options_Position{CommitPosition: 12, PreparePosition: 12}}
	require.Equal(t, []string{"e15", "c16", "c20", "c24", "e25", "c25", "live"}, subscribe(t, n, o).until("live"), "resumed at a checkpoint")
}

// TestCategoryIndexEqualsScan holds the walk through the category index against a plain walk.
func TestCategoryIndexEqualsScan(t *testing.T) {
	n, c := start(t, t.TempDir())
	for i := range 40 {
		write(t, c, fmt.Sprintf("clock-%d", i%7), esdb.Any{}, newEvents(60)...)
		write(t, c, fmt.Sprintf("org-%d", i%3), esdb.Any{}, newEvents(1+i%3)...)
		write(t, c, fmt.Sprintf("member-%d", i), esdb.Any{}, newEvents(1)...)
		write(t, c, "organism", esdb.Any{}, newEvents(1)...)
	}
	last := fmt.Sprintf("c%d", n.Position())
	byIndex := subscribe(t, n, allOptions(nameFilter(50, 2, "org-", "member-1", "nothing-"))).until("live")
	scan := allOptions(&streams.ReadReq_Options_FilterOptions{
		Filter: &streams.ReadReq_Options_FilterOptions_StreamIdentifier{StreamIdentifier: &streams.ReadReq_Options_FilterOptions_Expression{Regex: "^(org-|member-1|nothing-)"}},
		Window: &streams.ReadReq_Options_FilterOptions_Max{Max: 50}, CheckpointIntervalMultiplier: 2})
	byScan := subscribe(t, n, scan).until("live")
	require.Equal(t, byScan, byIndex)
	require.Contains(t, byIndex, last)
}

func TestSubscriptionToStream(t *testing.T) {
	n, c := start(t, t.TempDir())
	write(t, c, "noise", esdb.NoStream{}, newEvents(2)...)
	write(t, c, "s", esdb.NoStream{}, newEvents(3)...)
	at := streamOptions("s", 0, 0)
	at.GetStream().RevisionOption = &streams.ReadReq_Options_StreamOptions_Revision{Revision: 1}
	f := subscribe(t, n, at)
	require.Equal(t, []string{"e5", "live"}, f.until("live"), "the revision is exclusive")
	end := streamOptions("s", 0, 0)
	end.GetStream().RevisionOption = &streams.ReadReq_Options_StreamOptions_End{}
	e := subscribe(t, n, end)
	require.Equal(t, []string{"live"}, e.until("live"))
	missing := subscribe(t, n, streamOptions("later", 0, 0))
	require.Equal(t, []string{"live"}, missing.until("live"))
	write(t, c, "s", esdb.Revision(2), newEvent("T"))
	require.Equal(t, []string{"e6"}, f.until("e6"))
	require.Equal(t, []string{"e6"}, e.until("e6"))
	write(t, c, "later", esdb.NoStream{}, newEvents(2)...)
	require.Equal(t, []string{"e7", "e8"}, missing.until("e8"))
	_, err := c.TombstoneStream(ctxFor(t), "s", esdb.TombstoneStreamOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"e9"}, f.until("e9"), "the tombstone itself comes first")
	_, err = f.call.Recv()
	require.Equal(t, codes.FailedPrecondition, status.Code(err))
	require.Equal(t, []string{"stream-deleted"}, f.call.Trailer()["exception"])
	_, err = c.SubscribeToStream(ctxFor(t), "s", esdb.SubscribeToStreamOptions{From: esdb.Start{}})
	require.Error(t, err)
}

func TestNoLossNoDoublingWhenGoingLive(t *testing.T) {
	n, c := start(t, t.TempDir())
	const total = 3000
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range total / 3 {
			if _, err := c.AppendToStream(context.Background(), fmt.Sprintf("s-%d", i%5), esdb.AppendToStreamOptions{ExpectedRevision: esdb.Any{}}, newEvents(3)...); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for range 5 {
		time.Sleep(20 * time.Millisecond)
		sub, err := client(t, n).SubscribeToAll(ctxFor(t), esdb.SubscribeToAllOptions{From: esdb.Start{}})
		require.NoError(t, err)
		for want := uint64(1); want <= total; {
			e := sub.Recv()
			require.Nil(t, e.SubscriptionDropped)
			if e.EventAppeared != nil {
				require.Equal(t, want, e.EventAppeared.OriginalEvent().Position.Commit)
				want++
			}
		}
		require.NoError(t, sub.Close())
	}
	<-done
}

func TestSubscriptionEndsWithTheNode(t *testing.T) {
	n, err := Open(context.Background(), Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Insecure: true})
	require.NoError(t, err)
	f := subscribe(t, n, allOptions(nameFilter(1, 1, "a-")))
	f.until("live")
	require.NoError(t, n.Close())
	_, err = f.call.Recv()
	require.Equal(t, codes.Unavailable, status.Code(err))
	require.NoError(t, n.Err())
}
