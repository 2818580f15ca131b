package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dakahq/daka/deploy/single/rig"
)

// companyDays is how far back the history of the big company goes.
const companyDays = 90

// workweek is the rule of the big company: Monday to Friday.
var workweek = strings.Replace(rig.Rule, `["day","day","day","day","day","day","day"]`, `["day","day","day","day","day",null,null]`, 1)

// company is the server of many members, filled through the import when it is first needed.
func (b *bench) company(ctx context.Context) (*server, error) {
	if b.big != nil {
		return b.big, nil
	}
	s, err := b.start(ctx, "big")
	if err != nil {
		return nil, err
	}
	b.big = s
	if err := s.found(ctx); err != nil {
		return nil, err
	}
	if _, err := s.changeRule(ctx, workweek); err != nil {
		return nil, err
	}
	return s, b.fill(ctx, s)
}

// changeRule publishes a rule and gives the receipt's position.
func (s *server) changeRule(ctx context.Context, rule string) (string, error) {
	path := fmt.Sprintf("/api/v1/orgs/%s/groups/%s/rule", s.company.Org, s.company.Group)
	var receipt struct {
		Position string `json:"position"`
	}
	if err := s.client.Write(ctx, "PUT", path, json.RawMessage(rule), &receipt); err != nil {
		return "", fmt.Errorf("changing the rule: %w", err)
	}
	return receipt.Position, nil
}

// current waits until the read models hold a position and no day of the company waits for its assessment.
func (s *server) current(ctx context.Context, position string) error {
	path := fmt.Sprintf("/api/v1/orgs/%s/groups?min_position=%s", s.company.Org, url.QueryEscape(position))
	for began := time.Now(); time.Since(began) < 10*time.Minute; {
		a, err := s.client.Do(ctx, http.MethodGet, path, "", nil)
		if err != nil {
			return err
		}
		if a.Status == http.StatusOK && a.Header.Get("Daka-Stale") != "true" {
			return nil
		}
	}
	return fmt.Errorf("%s is not read after 10 minutes", position)
}

// fill imports the punches of all members as a file.
func (b *bench) fill(ctx context.Context, s *server) (err error) {
	file := b.dir("fill.csv")
	if b.events, err = rig.WriteWorkdays(file, b.members, companyDays); err != nil {
		return err
	}
	began := time.Now()
	b.filling = began
	err = b.daka(ctx, s, "import", "punches", file, "--org", s.company.Org.String(), "--format", "csv", "--zone", "Asia/Shanghai", "--create-members")
	if err != nil {
		return err
	}
	imported := time.Since(began)
	if err := s.settle(ctx); err != nil {
		return err
	}
	b.figures.add("import of punches, per second", float64(b.events)/imported.Seconds(), "")
	b.figures.add("import to read models there", time.Since(began).Seconds(), "s")
	b.say("import of %d punches of %d members × %d days: %.0f/s; read models there after %s more", b.events, b.members, companyDays,
		float64(b.events)/imported.Seconds(), (time.Since(began) - imported).Round(time.Second))
	return nil
}

// reassess changes the rule of everybody for the last 31 days through the API, and measures how long the days take and the lag of live punches meanwhile.
func (b *bench) reassess(ctx context.Context) error {
	s, err := b.company(ctx)
	if err != nil {
		return err
	}
	from := time.Now().AddDate(0, 0, -30).Format(time.DateOnly)
	rule := strings.Replace(workweek, `"effective_from":"2020-01-01"`, `"effective_from":"`+from+`"`, 1)
	rule = strings.Replace(rule, `"sections"`, `"permit_late_min":10,"sections"`, 1)
	began := time.Now()
	position, err := s.changeRule(ctx, rule)
	if err != nil {
		return err
	}
	var took time.Duration
	done := make(chan error, 1)
	go func() {
		err := s.current(ctx, position)
		took = time.Since(began)
		done <- err
	}()
	lag, err := b.lag(ctx, s, 20*time.Second)
	if err != nil {
		return err
	}
	if err := <-done; err != nil {
		return err
	}
	if err := b.judgedAgain(ctx, s, from); err != nil {
		return err
	}
	b.say("re-assessment of %d members × 31 days: %.1f s, %.0f member-days/s; lag of live punches meanwhile p99 %d ms", b.members,
		took.Seconds(), float64(b.members*31)/took.Seconds(), percentile(lag, 0.99).Milliseconds())
	b.goal(goal{name: fmt.Sprintf("re-assessment of %d × 31 days", b.members), value: took.Seconds(), atMost: 60, unit: "s"})
	b.goal(goal{name: "lag p99 of live punches during re-assessment", value: float64(percentile(lag, 0.99).Milliseconds()), atMost: 1000, unit: "ms"})
	return nil
}

// judgedAgain makes sure that the measured work was done: everybody's days on both sides of the change name the version that they must.
func (b *bench) judgedAgain(ctx context.Context, s *server, from string) error {
	first, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return err
	}
	for date, version := range map[string]int{from: 3, first.AddDate(0, 0, 28).Format(time.DateOnly): 3, first.AddDate(0, 0, -1).Format(time.DateOnly): 2} {
		count := 0
		for cursor := ""; ; {
			var page struct {
				Items []struct {
					RuleVersion int `json:"rule_version"`
				} `json:"items"`
				Next string `json:"next"`
			}
			if err := s.client.Read(ctx, fmt.Sprintf("/api/v1/orgs/%s/days?date=%s&limit=500&cursor=%s", s.company.Org, date, cursor), &page); err != nil {
				return err
			}
			for _, day := range page.Items {
				if day.RuleVersion != version {
					return fmt.Errorf("a day of %s is judged by version %d, not %d", date, day.RuleVersion, version)
				}
			}
			count += len(page.Items)
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if count < b.members {
			return fmt.Errorf("%s has %d days of %d members", date, count, b.members)
		}
	}
	return nil
}
