package api

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/reveal"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/audit"
)

func (s *days) mountHistory() {
	route.Handle(s.router, route.Op("day-history", "GET", v1+"/orgs/{org}/members/{member}/days/{date}/history", "days", "Every event that touched a day, and what each changed in the verdict"), s.history)
}

// parseInstant reads a known_at; empty is the zero instant, which means now.
func parseInstant(pointer, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := domain.ParseInstant(text)
	if err != nil {
		return time.Time{}, &domain.Refusal{Code: "invalid_request", Text: pointer + ": " + err.Error(), Fields: []domain.FieldProblem{{Pointer: pointer, Text: err.Error()}}}
	}
	var p domain.Problems
	return p.Instant(pointer, at.Time()), p.Err()
}

func (s *days) daysKnownAt(ctx context.Context, r *projections.Engine, out *read.One[DaysView], org, member domain.ID, from, to domain.Date, text string) (*read.One[DaysView], error) {
	at, err := parseInstant("query.known_at", text)
	if err != nil {
		return nil, err
	}
	out.Body.KnownAt = domain.At(at).String()
	out.Body.Days, err = r.DaysKnownAt(ctx, org, member, from, to, at)
	return out, err
}

// HistoryView is how a day came about.
type HistoryView struct {
	Member domain.ID  `json:"member"`
	Number string     `json:"number"`
	Name   string     `json:"name"`
	Date   string     `json:"date"`
	Zone   string     `json:"zone" doc:"the zone of the rule in force on the date"`
	Steps  []StepView `json:"steps"`
}

// StepView is a step with the personal values of its event opened.
type StepView struct {
	audit.Step
	Who  string         `json:"who" doc:"the actor for a person to read: a member's number and name, or what acted"`
	Data map[string]any `json:"data" doc:"the event"`
}

func (s *days) history(ctx context.Context, in *struct {
	read.MemberRead
	Date    string `path:"date" format:"local-date"`
	KnownAt string `query:"known_at" doc:"an instant: the history as far as it was known then"`
}) (*read.One[HistoryView], error) {
	if err := route.CheckDate("path.date", in.Date); err != nil {
		return nil, err
	}
	at, err := parseInstant("query.known_at", in.KnownAt)
	if err != nil {
		return nil, err
	}
	reads, fresh, org, member, err := s.reads.MemberReader(ctx, in.MemberRead.Member, in.Read)
	if err != nil {
		return nil, err
	}
	row, err := reads.Members.One(ctx, org, member)
	if err != nil {
		return nil, read.NotFoundIfNone(err, "member_not_found", "there is no such member")
	}
	m := viewMember(ctx, s.values, org, &row, s.guard.Today(org))
	out := &read.One[HistoryView]{Fresh: fresh, Body: HistoryView{
		Member: member, Number: m.Number, Name: m.Name, Date: in.Date, Zone: s.zoneOn(org, member, domain.Date(in.Date)), Steps: []StepView{}}}
	steps, err := reads.History(ctx, org, member, domain.Date(in.Date), at)
	if err != nil {
		return nil, err
	}
	facts := make([]json.RawMessage, len(steps))
	for i, step := range steps {
		facts[i] = step.Data
	}
	if err := s.looks.Places(ctx, member, "day-history", facts); err != nil {
		return nil, err
	}
	key, names := keys.ID(org, member), map[string]string{}
	for _, step := range steps {
		out.Body.Steps = append(out.Body.Steps, StepView{Step: step, Who: s.who(ctx, reads, org, step.Actor, names),
			Data: s.values.Fields(ctx, org, reveal.ShutPlaces(ctx, member, step.Data), step.Stream, step.Event, &key)})
	}
	return out, nil
}

// zoneOn is the zone of a member's rule on a date, else that of the organization's first rule, else UTC.
func (s *days) zoneOn(org, member domain.ID, date domain.Date) string {
	if m, known := s.directory.Member(org, member); known {
		if group, ok := m.Group(date); ok {
			if plan, _ := s.directory.Rules.InForce(org, group, date); plan != nil {
				return plan.Rule.TimeZone
			}
		}
	}
	if zone := s.guard.ZoneOf(org); zone != "" {
		return zone
	}
	return "UTC"
}

// who names an actor for a person to read; names remembers members between the steps.
func (s *days) who(ctx context.Context, r *projections.Engine, org domain.ID, a domain.Actor, names map[string]string) string {
	if a.Kind != domain.ActorMember {
		return string(a.Kind) + " " + a.ID
	}
	if name, known := names[a.ID]; known {
		return name
	}
	names[a.ID] = "member " + a.ID
	id, err := uuid.Parse(a.ID)
	if err != nil {
		return names[a.ID]
	}
	if row, err := r.Members.One(ctx, org, id); err == nil {
		m := viewMember(ctx, s.values, org, &row, s.guard.Today(org))
		names[a.ID] = strings.TrimSpace(m.Number + " " + m.Name)
	}
	return names[a.ID]
}
