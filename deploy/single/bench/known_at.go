package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"time"
)

// knownAt measures what the ledger knew of a member's month, at instants since the company began, and how a day came about. Both fold the log.
func (b *bench) knownAt(ctx context.Context) error {
	s, err := b.company(ctx)
	if err != nil {
		return err
	}
	members, err := s.someMembers(ctx)
	if err != nil {
		return err
	}
	today, lasted := time.Now(), time.Since(b.filling)
	someone := func() string { return "/members/" + members[rand.IntN(len(members))] + "/days" }
	for _, q := range []struct {
		name   string
		atMost float64
		path   func() string
	}{
		{"known_at of a member's month", 30, func() string {
			from := today.AddDate(0, 0, -30-rand.IntN(companyDays-30))
			at := b.filling.Add(rand.N(lasted)).UTC().Format(time.RFC3339)
			return fmt.Sprintf("%s?from=%s&to=%s&known_at=%s", someone(), from.Format(time.DateOnly), from.AddDate(0, 0, 30).Format(time.DateOnly), url.QueryEscape(at))
		}},
		{"history of a member's day", 100, func() string {
			return someone() + "/" + today.AddDate(0, 0, -rand.IntN(companyDays)).Format(time.DateOnly) + "/history"
		}},
	} {
		c, err := clients(ctx, readers, lookRounds*b.length, func(ctx context.Context, _, _ int) error { return s.look(ctx, q.path()) })
		if err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
		b.goal(goal{name: fmt.Sprintf("%s: p99, %d readers", q.name, readers), value: float64(percentile(c.lat, 0.99).Microseconds()) / 1000, atMost: q.atMost, unit: "ms",
			detail: fmt.Sprintf("p50 %.1f ms, %.0f/s", float64(percentile(c.lat, 0.5).Microseconds())/1000, c.perSecond())})
	}
	return nil
}
