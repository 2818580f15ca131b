package api

import (
	"context"
	"errors"
	"fmt"

	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/query"
	"github.com/dakahq/daka/projections/rebuild"
)

// administration is what runs the server: read models, parked facts, rollbacks.
type administration struct {
	use    *commands.Service
	reads  *read.Side
	guard  *who.Guard
	router *route.Router
}

func (s *administration) mountAdmin() {
	rebuild := route.Op("rebuild", "POST", v1+"/admin/rebuild", "operations", "Rebuild the read models and replace the live ones; readers are undisturbed")
	route.Handle(s.router, rebuild, s.rebuild)
	route.Handle(s.router, route.Op("diff", "POST", v1+"/admin/diff", "operations", "Replay beside the live read models and compare every row"), s.diff)
	route.Handle(s.router, route.Op("unpark", "POST", v1+"/admin/unpark", "operations", "Try what is parked again: one subject, or everything; a projector that halted goes on"), s.unpark)
	route.Handle(s.router, route.Op("declareRollback", "POST", v1+"/admin/rollback", "operations", "Declare that the event store was put back to an older copy: everything is made anew from it, and what came after it is lost"), s.declareRollback)
	route.Handle(s.router, route.Op("projections", "GET", v1+"/admin/projections", "operations", "How far the read models are"), s.projections)
}

// RebuildReport says how long it took until readers saw the rebuilt read models.
type RebuildReport struct {
	Events uint64 `json:"events"`
	TookMS int64  `json:"took_ms"`
}

func (s *administration) rebuild(ctx context.Context, _ *struct {
	Key string `header:"Idempotency-Key" doc:"taken and not needed: a rebuild writes nothing to the ledger"`
}) (*read.One[RebuildReport], error) {
	reads, err := s.reads.Up()
	if err != nil {
		return nil, err
	}
	var total uint64
	took, err := reads.Rebuild(ctx, func(_, of uint64) { total = of })
	if err != nil {
		return nil, busy(err)
	}
	return &read.One[RebuildReport]{Body: RebuildReport{Events: total, TookMS: took.Milliseconds()}}, nil
}

func busy(err error) error {
	if errors.Is(err, rebuild.ErrBusy) || errors.Is(err, rebuild.ErrUnsettled) {
		return domain.Refuse("conflict", "%s", err)
	}
	return err
}

// DiffReport is a comparison with a fresh replay.
type DiffReport struct {
	Clean bool `json:"clean"`
	rebuild.Difference
}

// Lines are the differences as a person reads them.
func (d DiffReport) Lines() []string {
	var out []string
	for _, t := range d.Tables {
		if t.Differing == 0 {
			continue
		}
		out = append(out, fmt.Sprintf("%s: %d of %d rows differ", t.Table, t.Differing, t.Rows))
		for _, k := range t.Keys {
			out = append(out, fmt.Sprintf("  %s %s\n    live %s\n    want %s", k.What, k.Key, k.Live, k.Want))
		}
	}
	return out
}

func (s *administration) diff(ctx context.Context, in *struct {
	Key string `header:"Idempotency-Key" doc:"taken and not needed: a comparison writes nothing"`
	Org string `query:"org" doc:"one organization; without it, all"`
}) (*read.One[DiffReport], error) {
	org, err := route.OptionalID(in.Org, "query.org")
	if err != nil {
		return nil, err
	}
	if org != nil {
		if err := s.guard.Known(*org, nil); err != nil {
			return nil, err
		}
	}
	reads, err := s.reads.Up()
	if err != nil {
		return nil, err
	}
	d, err := reads.Diff(ctx, org)
	if err != nil {
		return nil, busy(err)
	}
	return &read.One[DiffReport]{Body: DiffReport{Clean: d.Clean(), Difference: d}}, nil
}

func (s *administration) projections(ctx context.Context, _ *struct{}) (*read.One[projections.Status], error) {
	reads, err := s.reads.Up()
	if err != nil {
		return nil, err
	}
	status, err := reads.Status(ctx)
	return &read.One[projections.Status]{Body: status}, err
}

// UnparkRequest names a parked subject as GET admin/projections lists it; empty is everything.
type UnparkRequest struct {
	Org     *domain.ID `json:"org,omitempty"`
	Kind    string     `json:"kind,omitempty" doc:"member, days, group, organization, everything, or a stream's category"`
	Subject *domain.ID `json:"subject,omitempty"`
}

// UnparkReport says what became of it.
type UnparkReport struct {
	// Tried counts the subjects that were parked before; Parked are those that still are, each with its reason.
	Tried  int            `json:"tried"`
	Parked []query.Parked `json:"parked"`
}

func (s *administration) unpark(ctx context.Context, in *struct {
	Key  string `header:"Idempotency-Key" doc:"taken and not needed: it writes nothing to the ledger"`
	Body UnparkRequest
}) (*read.One[UnparkReport], error) {
	reads, err := s.reads.Up()
	if err != nil {
		return nil, err
	}
	out := &read.One[UnparkReport]{}
	switch b := in.Body; {
	case b.Org == nil && b.Kind == "" && b.Subject == nil:
		out.Body.Tried, err = reads.UnparkAll(ctx)
	case b.Org == nil || b.Kind == "" || b.Subject == nil:
		return nil, domain.Refuse("request_invalid", "give org, kind and subject as GET admin/projections lists them, or none of them for everything")
	default:
		out.Body.Tried, err = 1, reads.Unpark(ctx, *b.Org, b.Kind, *b.Subject)
	}
	var still *projections.StillParked
	if err != nil && !errors.As(err, &still) {
		return nil, refuseUnpark(err)
	}
	out.Body.Parked, err = reads.Ledgers.Parked(ctx, in.Body.Org)
	return out, err
}

func refuseUnpark(err error) error {
	switch {
	case errors.Is(err, projections.ErrNotLeading):
		return domain.Refuse("not_leading", "%s", err)
	case errors.Is(err, projections.ErrNotParked):
		return domain.Refuse("not_parked", "%s", err)
	}
	return err
}
