// Package penalty serves what follows from a month's verdicts: penalties are listed, waived and restored (rules §5).
package penalty

import (
	"context"

	"github.com/google/uuid"

	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/reveal"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/query"
)

// Desk serves the routes.
type Desk struct {
	Commands  *commands.Penalties
	Directory *directory.Directory
	Guard     *who.Guard
	Reads     *read.Side
	Values    *reveal.Values
	// Today is the date in an organization's own zone.
	Today func(domain.ID) domain.Date
}

// Mount registers the routes below an organization's address.
func (d Desk) Mount(r *route.Router, org string) {
	route.Handle(r, route.Op("penalties", "GET", org+"/penalties", "statistics", "A month's penalties by member, by the rule's allowances and penalties; with known_at, one member's as they were known"), d.list)
	route.Command(r, route.Op("waive-penalty", "POST", org+"/penalties/{penalty}/waive", "statistics", "Take a penalty back, with the reason; nobody takes back their own"), d.waive)
	route.Command(r, route.Op("restore-penalty", "POST", org+"/penalties/{penalty}/restore", "statistics", "Let a waived penalty hold again"), d.restore)
}

// PenaltyView is a penalty with the member's name, and the reason for which it was waived.
type PenaltyView struct {
	query.Penalty
	Name   string `json:"name"`
	Reason string `json:"reason" doc:"why it was waived"`
}

type listQuery struct {
	read.OrgRead
	read.Paging
	Month      string `query:"month" doc:"the attendance month, yyyy-mm; by default that of today"`
	Member     string `query:"member"`
	Department string `query:"department"`
	Group      string `query:"group" doc:"the group whose rule the penalty follows from"`
	Waived     string `query:"waived" enum:"true,false"`
	KnownAt    string `query:"known_at" doc:"what the ledger knew at this instant, from the log alone; asks for a member"`
}

func (in *listQuery) filter(ctx context.Context) (f query.PenaltyFilter, err error) {
	f.Month = in.Month
	for _, q := range []struct {
		into       **domain.ID
		text, name string
	}{{&f.Member, in.Member, "query.member"}, {&f.Department, in.Department, "query.department"}, {&f.Group, in.Group, "query.group"}} {
		if *q.into, err = optionalID(q.text, q.name); err != nil {
			return f, err
		}
	}
	if in.Waived != "" {
		waived := in.Waived == "true"
		f.Waived = &waived
	}
	f.Member, f.Among, err = who.AccessOf(ctx).Narrow(f.Member)
	return f, err
}

func optionalID(text, pointer string) (*domain.ID, error) {
	if text == "" {
		return nil, nil
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return nil, problem(pointer, "must be an id")
	}
	return &id, nil
}

func problem(pointer, text string) error {
	var p domain.Problems
	p.Add(pointer, text)
	return p.Err()
}

func (d Desk) list(ctx context.Context, in *listQuery) (*read.One[read.List[PenaltyView]], error) {
	filter, err := in.filter(ctx)
	if err != nil {
		return nil, err
	}
	at, err := instantOf(in.KnownAt)
	if err != nil {
		return nil, err
	}
	if org, err := in.Org.ID(); err == nil && filter.Month == "" {
		o, _ := d.Directory.Organization(org)
		filter.Month = o.Months.Of(d.Today(org))
	}
	scope := projections.ScopeOf(&query.MonthFilter{Month: filter.Month, Member: filter.Member, Among: filter.Among})
	return read.Of(ctx, d.Reads, in.OrgRead, func(e *projections.Engine, org domain.ID) (read.List[PenaltyView], error) {
		var page query.Page[query.Penalty]
		var err error
		if at == nil {
			page, err = e.Penalties.List(ctx, org, filter, in.Cursor, in.Limit)
		} else {
			page.Items, err = d.knownAt(ctx, e, org, filter, *at)
		}
		return read.Viewed(page, func(of *query.Penalty) PenaltyView {
			return PenaltyView{Penalty: *of, Name: d.Values.Text(ctx, org, of.Name()), Reason: d.Values.Text(ctx, org, of.Reason())}
		}), err
	}, scope)
}

func instantOf(text string) (*domain.Instant, error) {
	if text == "" {
		return nil, nil
	}
	at, err := domain.ParseInstant(text)
	if err != nil {
		return nil, problem("query.known_at", err.Error())
	}
	var p domain.Problems
	p.Instant("query.known_at", at.Time())
	return &at, p.Err()
}

// knownAt asks the log; the filter's other fields narrow the answer.
func (d Desk) knownAt(ctx context.Context, e *projections.Engine, org domain.ID, f query.PenaltyFilter, at domain.Instant) ([]query.Penalty, error) {
	if f.Member == nil {
		return nil, problem("query.member", "is missing; known_at tells of one member at a time")
	}
	if err := d.Guard.Known(org, f.Member); err != nil {
		return nil, err
	}
	all, err := e.Audit.PenaltiesKnownAt(ctx, org, *f.Member, f.Month, at.Time())
	out := []query.Penalty{}
	m, _ := d.Directory.Member(org, *f.Member)
	for i := range all {
		if (f.Group == nil || *f.Group == *all[i].Group) && (f.Waived == nil || *f.Waived == all[i].Waived) {
			all[i].Number = m.Number
			out = append(out, all[i])
		}
	}
	return out, err
}

// WaiverBody says why a penalty is taken back, or holds again.
type WaiverBody struct {
	Reason string `json:"reason" format:"multiline"`
}

type write struct {
	route.Write
	route.Org
	Penalty string `path:"penalty" doc:"the penalty's id"`
	Body    WaiverBody
}

func (d Desk) waive(ctx context.Context, in *write) (*route.Written, error) {
	return d.decide(ctx, in, d.there, d.Commands.Waive)
}

func (d Desk) restore(ctx context.Context, in *write) (*route.Written, error) {
	return d.decide(ctx, in, func(context.Context, domain.ID, string) error { return nil }, d.Commands.Restore)
}

// decide looks at the penalty before the command is; a repeat of what was written is answered also when its day has changed since.
func (d Desk) decide(ctx context.Context, in *write, look func(context.Context, domain.ID, string) error,
	decide func(context.Context, ledger.Call, commands.AboutPenalty) (ledger.Receipt, error)) (*route.Written, error) {
	org, err := in.Org.ID()
	if err != nil {
		return nil, err
	}
	member, occasion, err := query.ParsePenaltyID(in.Penalty)
	if err != nil {
		return nil, err
	}
	if err := d.Guard.Known(org, &member); err != nil {
		return nil, err
	}
	call, err := in.Call(ctx, org, member)
	if err != nil {
		return nil, err
	}
	about := commands.AboutPenalty{Member: member, Occasion: occasion, Reason: in.Body.Reason}
	about.Look = func(ctx context.Context) error { return look(ctx, org, in.Penalty) }
	return route.Receipt(decide(ctx, call, about))
}

// there refuses what is no penalty by now.
func (d Desk) there(ctx context.Context, org domain.ID, id string) error {
	e, _, err := d.Reads.Reader(ctx, org, read.Read{})
	if err != nil {
		return err
	}
	return e.Penalties.Has(ctx, org, id)
}
