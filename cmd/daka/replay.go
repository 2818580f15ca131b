package main

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/dakahq/daka/api"
	"github.com/dakahq/daka/api/read"
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
	var found read.List[struct {
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

// tell writes a history for a person to read, in the times of the member's zone.
func tell(w world, h api.HistoryView, knownAt string) {
	zone, err := time.LoadLocation(h.Zone)
	if err != nil {
		zone = time.UTC
	}
	title := strings.TrimSpace(h.Number + " " + h.Name)
	fmt.Fprintf(w.stdout, "%s on %s", title, h.Date)
	if knownAt != "" {
		fmt.Fprintf(w.stdout, ", as known at %s", localTime(knownAt, zone))
	}
	fmt.Fprintf(w.stdout, ": %d events, in the time of %s\n", len(h.Steps), zone)
	for i, s := range h.Steps {
		tellStep(w, i+1, s, zone)
	}
	if n := len(h.Steps); n > 0 && h.Steps[n-1].Day != nil {
		d := h.Steps[n-1].Day
		fmt.Fprintf(w.stdout, "\nThe day is %s: worked %d min, late %d, early %d, leave %d, overtime %d; anomalies: %s.\n",
			d.Status, d.WorkedMin, d.LateMin, d.EarlyMin, d.LeaveMin, d.OvertimeMin, orNone(strings.Join(d.Anomalies, ", ")))
	}
}

func tellStep(w world, n int, s api.StepView, zone *time.Location) {
	fmt.Fprintf(w.stdout, "\n%d. %s by %s\n", n, s.Type, s.Who)
	fmt.Fprintf(w.stdout, "   recorded  %s\n", s.ReceivedAt.In(zone).Format(localLayout))
	if s.Effective != "" {
		fmt.Fprintf(w.stdout, "   effective %s\n", localTime(s.Effective, zone))
	}
	if s.RuleVersion > 0 {
		fmt.Fprintf(w.stdout, "   rule      version %d\n", s.RuleVersion)
	}
	fmt.Fprintf(w.stdout, "   event     %s (%s revision %d)\n", s.Event, s.Stream, s.Revision)
	for _, word := range []string{"kind", "reason", "comment", "note", "flags"} {
		if text := worded(s.Data[word]); text != "" {
			fmt.Fprintf(w.stdout, "   %s: %s\n", word, text)
		}
	}
	for _, change := range s.Changes {
		fmt.Fprintf(w.stdout, "   * %s\n", localTime(change, zone))
	}
	switch {
	case s.Day == nil:
		fmt.Fprintf(w.stdout, "   no verdict yet\n")
	case len(s.Changes) == 0:
		fmt.Fprintf(w.stdout, "   the verdict stands\n")
	}
}

const localLayout = "2006-01-02 15:04:05"

var instants = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`)

// localTime writes the instants of a text in a zone; dates stay dates.
func localTime(text string, zone *time.Location) string {
	return instants.ReplaceAllStringFunc(text, func(raw string) string {
		at, err := time.Parse(time.RFC3339Nano, raw)
		if err != nil {
			return raw
		}
		return at.In(zone).Format(localLayout)
	})
}

func worded(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case []any:
		words := make([]string, len(v))
		for i := range v {
			words[i] = fmt.Sprint(v[i])
		}
		return strings.Join(words, ", ")
	}
	return ""
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
