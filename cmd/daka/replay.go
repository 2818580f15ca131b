package main

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/dakahq/daka/api"
	"github.com/dakahq/daka/domain"
)

type replayCmd struct {
	clientFlags
	Org     string `required:"" help:"The organization's id."`
	Member  string `required:"" help:"The member's number."`
	Day     string `required:"" help:"The workday, yyyy-mm-dd."`
	KnownAt string `name:"known-at" help:"An instant, RFC 3339: the history as far as it was known then."`
}

func (c replayCmd) Run(w world) error {
	if err := checkDates(map[string]string{"--day": c.Day}); err != nil {
		return err
	}
	if c.KnownAt != "" {
		if _, err := domain.ParseInstant(c.KnownAt); err != nil {
			return fmt.Errorf("--known-at: %w", err)
		}
	}
	server, err := c.open()
	if err != nil {
		return err
	}
	member, err := c.find(w, server)
	if err != nil {
		return err
	}
	query := url.Values{}
	if c.KnownAt != "" {
		query.Set("known_at", c.KnownAt)
	}
	var history api.HistoryView
	if err := server.get(w.ctx, "/orgs/"+url.PathEscape(c.Org)+"/members/"+member+"/days/"+c.Day+"/history", query, &history); err != nil {
		return err
	}
	tell(w, history, c.KnownAt)
	return nil
}

// find gives the id of who has the number.
func (c replayCmd) find(w world, server *client) (string, error) {
	var found api.List[struct {
		ID domain.ID `json:"id"`
	}]
	if err := server.get(w.ctx, "/orgs/"+url.PathEscape(c.Org)+"/members", url.Values{"number": {c.Member}}, &found); err != nil {
		return "", err
	}
	if len(found.Items) == 0 {
		return "", fmt.Errorf("the organization has no member with the number %s", c.Member)
	}
	return found.Items[len(found.Items)-1].ID.String(), nil
}

// tell writes a history for a person to read.
func tell(w world, h api.HistoryView, knownAt string) {
	title := strings.TrimSpace(h.Number + " " + h.Name)
	fmt.Fprintf(w.stdout, "%s on %s", title, h.Date)
	if knownAt != "" {
		fmt.Fprintf(w.stdout, ", as known at %s", knownAt)
	}
	fmt.Fprintf(w.stdout, ": %d events\n", len(h.Steps))
	for i, s := range h.Steps {
		fmt.Fprintf(w.stdout, "\n%d. %s  %s by %s %s\n", i+1, s.ReceivedAt.UTC().Format(time.RFC3339), s.Type, s.Actor.Kind, s.Actor.ID)
		if s.Effective != "" {
			fmt.Fprintf(w.stdout, "   effective %s\n", s.Effective)
		}
		fmt.Fprintf(w.stdout, "   event %s (%s revision %d)\n", s.Event, s.Stream, s.Revision)
		for _, word := range []string{"reason", "comment", "note"} {
			if text, ok := s.Data[word].(string); ok {
				fmt.Fprintf(w.stdout, "   %s: %s\n", word, text)
			}
		}
		for _, change := range s.Changes {
			fmt.Fprintf(w.stdout, "   %s\n", change)
		}
	}
	if n := len(h.Steps); n > 0 && h.Steps[n-1].Day != nil {
		d := h.Steps[n-1].Day
		fmt.Fprintf(w.stdout, "\nThe day is %s: worked %d min, late %d, early %d, leave %d, overtime %d; anomalies %s.\n",
			d.Status, d.WorkedMin, d.LateMin, d.EarlyMin, d.LeaveMin, d.OvertimeMin, strings.Join(append([]string{}, d.Anomalies...), ", "))
	}
}
