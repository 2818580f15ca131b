package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"github.com/dakahq/daka/deploy/single/node"
)

// tombstone deletes a member's month for good behind the server's back, as somebody with the store's password could: that member is parked,
// and the company goes on.
func (s *stage) tombstone(ctx context.Context) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	stream := fmt.Sprintf("timesheet-%s.%s.%s", s.company.Org, s.company.IDs[0], time.Now().UTC().Format("200601"))
	if err := errors.Join(s.server.Stop(), s.deleteForGood(ctx, stream), s.start(ctx)); err != nil {
		return err
	}
	for i := 1; i < members; i++ { // everybody but the one whose month is gone
		if err := s.client.Write(ctx, "POST", s.company.PunchPath(), s.company.Punch(i), nil); err != nil {
			return fmt.Errorf("punching beside a tombstone: %w", err)
		}
		s.acked++
	}
	err := s.client.Write(ctx, "POST", s.company.PunchPath(), s.company.Punch(0), nil)
	s.Expect(err != nil, "the month that was deleted takes no punch: %v", err)
	return s.whole(ctx)
}

// deleteForGood opens the store of a stopped server without its guard.
func (s *stage) deleteForGood(ctx context.Context, stream string) error {
	n, err := node.Open(ctx, node.Config{Dir: filepath.Join(s.data, "events"), Listen: "127.0.0.1:0", Insecure: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("opening the store: %w", err)
	}
	defer n.Close()
	config, err := esdb.ParseConnectionString(n.ConnectionString())
	if err != nil {
		return err
	}
	client, err := esdb.NewClient(config)
	if err != nil {
		return err
	}
	defer client.Close()
	reading, err := client.ReadStream(ctx, stream, esdb.ReadStreamOptions{Direction: esdb.Backwards, From: esdb.End{}}, 1)
	if err != nil {
		return err
	}
	defer reading.Close()
	newest, err := reading.Recv()
	if err != nil {
		return fmt.Errorf("reading the end of %s: %w", stream, err)
	}
	last := esdb.Revision(newest.OriginalEvent().EventNumber)
	_, err = client.TombstoneStream(ctx, stream, esdb.TombstoneStreamOptions{ExpectedRevision: last})
	return err
}
