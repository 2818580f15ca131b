package read

import (
	"context"
	"slices"

	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
)

// Reader gives the read side after waiting for min_position, and how fresh it is for the organization. of are the days that the answer holds, by
// default none: days that it does not hold make no answer stale.
func (r *Side) Reader(ctx context.Context, org domain.ID, in Read, of ...projections.Scope) (*projections.Engine, Fresh, error) {
	reads, err := r.Up()
	if err != nil {
		return nil, Fresh{}, err
	}
	if err := r.guard.Known(org, nil); err != nil {
		return nil, Fresh{}, err
	}
	if err := ownPosition(org, in.MinPosition); err != nil {
		return nil, Fresh{}, err
	}
	if in.MinPosition != "" {
		at, stale, err := reads.Wait(ctx, in.MinPosition, slices.Concat(of, []projections.Scope{{}})[0])
		return reads, Freshness(at, stale), err
	}
	at := projections.AsOf{}
	at.Index, at.Applied, err = reads.Ledgers.Applied(ctx, org)
	return reads, Freshness(at, false), err
}

// ownPosition refuses a position of another organization's stream: how far that is, is not the caller's to know.
func ownPosition(org domain.ID, position string) error {
	if position == "" {
		return nil
	}
	stream, _, err := projections.ParsePosition(position)
	if name, _ := domain.ParseStream(stream); err == nil && name.Org != org {
		err = domain.Refuse("position_invalid", "min_position %q is not a position in this organization", position)
	}
	return err
}

// Freshness says it in headers.
func Freshness(at projections.AsOf, stale bool) Fresh {
	f := Fresh{AsOf: at.String()}
	if !at.Applied.IsZero() {
		f.AsOfTime = domain.At(at.Applied).String()
	}
	if stale {
		f.Stale = "true"
	}
	return f
}

// MemberReader gives the read side for one member that must exist; of are the member's days that the answer holds.
func (r *Side) MemberReader(ctx context.Context, in route.Member, read Read, of ...projections.Scope) (*projections.Engine, Fresh, domain.ID, domain.ID, error) {
	org, member, err := in.IDs(ctx)
	if err != nil {
		return nil, Fresh{}, org, member, err
	}
	for i := range of {
		of[i].Members = []domain.ID{member}
	}
	reads, fresh, err := r.Reader(ctx, org, read, of...)
	if err == nil {
		err = r.guard.Known(org, &member)
	}
	return reads, fresh, org, member, err
}
