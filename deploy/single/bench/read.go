package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/google/uuid"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/deploy/single/node"
)

// readEvents is how many events a round of reading reads.
const readEvents = 200_000

// reads measures $all read through the client from the store, beside the same server sending fixed events from memory.
func (b *bench) reads(ctx context.Context) error {
	n, err := node.Open(ctx, node.Config{Dir: b.dir("read"), Listen: "127.0.0.1:0", Insecure: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("opening a node: %w", err)
	}
	defer n.Close()
	stored, err := eventlog.Dial(n.ConnectionString(), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer stored.Close()
	if err := fillNode(ctx, stored, readEvents); err != nil {
		return err
	}
	like := typical(0)
	connection, stop, err := node.ServeFixed(ctx, readEvents, like.Data, like.Metadata)
	if err != nil {
		return fmt.Errorf("serving fixed events: %w", err)
	}
	defer stop()
	memory, err := eventlog.Dial(connection, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer memory.Close()
	var fromStore, fromMemory series
	for range b.rounds {
		if err := readRound(ctx, memory, &fromMemory, readEvents); err != nil {
			return fmt.Errorf("reading from memory: %w", err)
		}
		if err := readRound(ctx, stored, &fromStore, readEvents); err != nil {
			return fmt.Errorf("reading from the store: %w", err)
		}
	}
	b.say("$all through the client: %.0f events/s, %.1f CPU-µs; fixed events from memory: %.0f events/s, %.1f CPU-µs",
		median(fromStore.rate), median(fromStore.cpu), median(fromMemory.rate), median(fromMemory.cpu))
	b.goal(goal{name: "$all read through the client ÷ fixed events from memory", value: ratio(fromStore.rate, fromMemory.rate), atLeast: 0.60,
		detail: fmt.Sprintf("by CPU %.2f", ratio(fromMemory.cpu, fromStore.cpu))})
	return nil
}

// fillNode appends typical events, 500 an append, to streams of a month's length.
func fillNode(ctx context.Context, log *eventlog.Log, n int) error {
	org := uuid.New()
	for done := 0; done < n; {
		batch := make([]eventlog.Raw, 0, 500)
		for len(batch) < cap(batch) && done < n {
			batch = append(batch, typical(done))
			done++
		}
		if _, err := log.Append(ctx, fmt.Sprintf("bench-%s.%d", org, done), -1, batch); err != nil {
			return fmt.Errorf("filling the store at %d: %w", done, err)
		}
	}
	return nil
}

// readRound reads $all once, up to n events.
func readRound(ctx context.Context, log *eventlog.Log, s *series, most int) error {
	c, err := measured(func() (int, error) {
		total := 0
		var after eventlog.Position
		for {
			n := 0
			err := log.ReadAll(ctx, after, most, func(e eventlog.Raw) error {
				n, after = n+1, e.Position
				return nil
			})
			if total += n; err != nil || n == 0 || total >= most {
				return total, err
			}
		}
	})
	if err != nil {
		return err
	}
	s.add(c)
	return nil
}
