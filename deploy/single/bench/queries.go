package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

const (
	// readers is how many people look at the same time.
	readers = 4
	// lookRounds is how many rounds they look at each thing: the first look at each of 90 dates comes from disk, and shall not be every fifth.
	lookRounds = 10
)

// queries looks whether the figures of the company of many members are those of a fresh fold, and then measures what people look at, over HTTP.
func (b *bench) queries(ctx context.Context) error {
	s, err := b.company(ctx)
	if err != nil {
		return err
	}
	members, err := s.someMembers(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := b.daka(ctx, s, "diff"); err != nil {
		return err
	}
	b.say("daka diff is clean, after %s", time.Since(began).Round(time.Second))
	today := time.Now()
	date := func() string { return today.AddDate(0, 0, -rand.IntN(companyDays)).Format(time.DateOnly) }
	for _, q := range []struct {
		name string
		path func() string
	}{
		{"dashboard", func() string { return "/dashboard?date=" + date() }},
		{"a date's days, 50 of all", func() string { return "/days?limit=50&date=" + date() }},
		{"a date's abnormal days, 50 of all", func() string { return "/days?limit=50&status=Abnormal&date=" + date() }},
		{"a member's 90 days", func() string {
			return fmt.Sprintf("/members/%s/days?from=%s&to=%s", members[rand.IntN(len(members))], today.AddDate(0, 0, -companyDays).Format(time.DateOnly), today.Format(time.DateOnly))
		}},
		{"a month, 50 of all", func() string { return "/months/" + date()[:7] + "?limit=50" }},
		{"a member's month", func() string { return "/months/" + date()[:7] + "?member=" + members[rand.IntN(len(members))] }},
		{"open anomalies of a week, 50 of all", func() string {
			from := today.AddDate(0, 0, -7-rand.IntN(companyDays-7))
			return fmt.Sprintf("/anomalies?limit=50&state=open&from=%s&to=%s", from.Format(time.DateOnly), from.AddDate(0, 0, 6).Format(time.DateOnly))
		}},
	} {
		c, err := clients(ctx, readers, lookRounds*b.length, func(ctx context.Context, _, _ int) error { return s.look(ctx, q.path()) })
		if err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
		p99 := percentile(c.lat, 0.99)
		b.goal(goal{name: fmt.Sprintf("%s: p99, %d readers", q.name, readers), value: float64(p99.Microseconds()) / 1000, atMost: 100, unit: "ms",
			detail: fmt.Sprintf("p50 %.1f ms, %.0f/s", float64(percentile(c.lat, 0.5).Microseconds())/1000, c.perSecond())})
	}
	return nil
}

// look reads one address of the company; anything but 200 is an error.
func (s *server) look(ctx context.Context, path string) error {
	a, err := s.client.Do(ctx, http.MethodGet, fmt.Sprintf("/api/v1/orgs/%s%s", s.company.Org, path), "", nil)
	if err == nil && a.Status != http.StatusOK {
		err = fmt.Errorf("%s answered %d %s", path, a.Status, a.Body)
	}
	return err
}

// someMembers are the ids of 500 of the members with a history.
func (s *server) someMembers(ctx context.Context) ([]string, error) {
	var page struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if err := s.client.Read(ctx, fmt.Sprintf("/api/v1/orgs/%s/members?limit=500", s.company.Org), &page); err != nil {
		return nil, err
	}
	ids := make([]string, len(page.Items))
	for i := range ids {
		ids[i] = page.Items[i].ID
	}
	return ids, nil
}
