package api

import (
	"context"
	"time"

	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
)

func (s *Server) mountHistory() {
	route(s, op("day-history", "GET", v1+"/orgs/{org}/members/{member}/days/{date}/history", "days", "Every event that touched a day, and what each changed in the verdict"), s.history)
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
	return at.Time(), nil
}

func (s *Server) daysKnownAt(ctx context.Context, r *Reads, out *one[DaysView], org, member domain.ID, from, to domain.Date, text string) (*one[DaysView], error) {
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
	Steps  []StepView `json:"steps"`
}

// StepView is a step with the personal values of its event opened.
type StepView struct {
	projections.Step
	Data map[string]any `json:"data" doc:"the event"`
}

func (s *Server) history(ctx context.Context, in *struct {
	MemberRead
	Date    string `path:"date"`
	KnownAt string `query:"known_at" doc:"an instant: the history as far as it was known then"`
}) (*one[HistoryView], error) {
	if err := checkDate("path.date", in.Date); err != nil {
		return nil, err
	}
	at, err := parseInstant("query.known_at", in.KnownAt)
	if err != nil {
		return nil, err
	}
	reads, fresh, org, member, err := s.memberReader(ctx, in.MemberRead.Member, in.Read)
	if err != nil {
		return nil, err
	}
	row, err := reads.Member(ctx, org, member)
	if err != nil {
		return nil, notFoundIfNone(err, "member_not_found", "there is no such member")
	}
	m := s.viewMember(ctx, org, &row)
	out := &one[HistoryView]{Fresh: fresh, Body: HistoryView{Member: member, Number: m.Number, Name: m.Name, Date: in.Date, Steps: []StepView{}}}
	steps, err := reads.History(ctx, org, member, domain.Date(in.Date), at)
	key := keys.ID(org, member)
	for _, step := range steps {
		out.Body.Steps = append(out.Body.Steps, StepView{Step: step, Data: s.openFields(ctx, org, shutPlaces(ctx, member, step.Data), step.Stream, step.Event, &key)})
	}
	return out, err
}
