package node

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/stretchr/testify/require"
)

// TestMillion measures opening, filtered catching up and scanning of a large store; only when DAKA_NODE_EVENTS asks for it.
func TestMillion(t *testing.T) {
	total, _ := strconv.Atoi(os.Getenv("DAKA_NODE_EVENTS"))
	if total == 0 {
		t.Skip("set DAKA_NODE_EVENTS to the number of events")
	}
	dir := t.TempDir()
	n, c := start(t, dir)
	began := time.Now()
	data := payload()
	for at := 0; at < total; at += 500 {
		r := &request{name: fmt.Sprintf("clock-%012d", at/500%5000), expected: anyRevision}
		if at%50_000 == 0 {
			r.name = fmt.Sprintf("org-%d", at)
		}
		for range 500 {
			r.events = append(r.events, event{id: newID(), typ: "PunchTaken.v1", json: true, data: data, meta: data[:46]})
		}
		require.NoError(t, n.store.w.do(t.Context(), r).err)
	}
	t.Logf("seeded %d in %v", total, time.Since(began))
	crash := t.TempDir()
	for _, f := range []string{storeFile, storeFile + "-wal", markFile} {
		b, err := os.ReadFile(dir + "/" + f)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(crash+"/"+f, b, 0o600))
	}
	_ = c
	began = time.Now()
	_, c = start(t, crash)
	t.Logf("opened after a kill in %v", time.Since(began))
	began = time.Now()
	sub, err := c.SubscribeToAll(ctxFor(t), esdb.SubscribeToAllOptions{From: esdb.Start{}, Filter: &esdb.SubscriptionFilter{Type: esdb.StreamFilterType, Prefixes: []string{"org-", "member-", "group-"}}, MaxSearchWindow: 1000, CheckpointInterval: 10})
	require.NoError(t, err)
	events := 0
	for {
		e := sub.Recv()
		require.Nil(t, e.SubscriptionDropped)
		if e.EventAppeared != nil {
			events++
		}
		if e.CaughtUp != nil {
			break
		}
	}
	t.Logf("caught up through the filter with %d events in %v", events, time.Since(began))
}
