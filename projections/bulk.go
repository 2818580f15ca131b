package projections

import (
	"context"
	"fmt"
	"maps"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/fold"
	"github.com/dakahq/daka/projections/tables"
)

// bulk is what a rebuild holds back until every other fact is in: the punches, and what was said about punches after they were recorded.
type bulk struct {
	spill *spill
	// page is what the page that is being committed holds back.
	page fold.Withheld
	// voided are the punches whose last word was voided or restored.
	voided map[domain.ID]bool
	// said are placements and reviews, in ledger order; about finds them by punch.
	said []*feed.Record
	// selves says that somebody dealt with a punch of their own: from then on, voided and restored punches are said, too.
	selves bool
	about  map[domain.ID][]*feed.Record
	// punched are the members with punches, whatever streams these stand in.
	punched map[tables.MemberKey]bool
}

func newBulk(dir string, events uint64) (*bulk, error) {
	s, err := newSpill(dir, events)
	if err != nil {
		return nil, err
	}
	return &bulk{spill: s, voided: map[domain.ID]bool{}, about: map[domain.ID][]*feed.Record{}, punched: map[tables.MemberKey]bool{}}, nil
}

// keep takes over what a committed page held back.
func (p *projector) keep() error {
	maps.Copy(p.heads, p.bulk.page.Heads)
	return p.bulk.keep()
}

func (b *bulk) keep() error {
	for _, r := range b.page.Punches {
		if err := b.spill.add(r); err != nil {
			return err
		}
		if e, ok := r.Event.(domain.PunchRecorded); ok {
			b.punched[tables.MemberKey{Org: r.Name.Org, ID: e.Member}] = true
		}
	}
	for _, r := range b.page.Changes {
		switch e := r.Event.(type) {
		case domain.PunchVoided:
			b.voided[e.Punch] = true
			b.decide(r)
		case domain.PunchRestored:
			b.voided[e.Punch] = false
			b.decide(r)
		case domain.PunchPlaced:
			b.say(e.Punch, r)
		case domain.PunchReviewed:
			b.say(e.Punch, r)
		}
	}
	b.page = fold.Withheld{}
	return nil
}

// decide keeps what may mark a day as decided by its own member, or take that back; the punch itself is voided by heart.
func (b *bulk) decide(r *feed.Record) {
	if b.selves = b.selves || r.Metadata.Self; b.selves {
		kept := *r
		b.said = append(b.said, &kept)
	}
}

func (b *bulk) say(punch domain.ID, r *feed.Record) {
	kept := *r
	b.said = append(b.said, &kept)
	b.about[punch] = append(b.about[punch], &kept)
}

// settle brings a row up to what was said about its punch, as far as it is known by heart; placements and reviews follow in Postgres.
func (b *bulk) settle(r spilled, flag []byte) (voided bool) {
	if last, ok := b.voided[r.id()]; ok {
		flag[0] = 0
		if last {
			flag[0] = 1
		}
	}
	return flag[0] != 0
}

// saidBatch is how many placements and reviews travel at once.
const saidBatch = 1000

func voidedOrBack(e domain.Event) (punch domain.ID, is bool) {
	switch e := e.(type) {
	case domain.PunchVoided:
		return e.Punch, true
	case domain.PunchRestored:
		return e.Punch, true
	}
	return punch, false
}

// tell writes placements and reviews into the punches, which have their keys by now.
func (p *projector) tell(ctx context.Context, said []*feed.Record) error {
	for len(said) > 0 {
		n := min(len(said), saidBatch)
		w := fold.NewWriter(p.cache)
		w.Lazy = true
		for _, r := range said[:n] {
			if punch, is := voidedOrBack(r.Event); is {
				w.SelfPunch(r, punch)
				continue
			}
			if _, err := w.Timesheet(r); err != nil {
				return fmt.Errorf("apply %s@%d: %w", r.Stream, r.Revision, err)
			}
		}
		if err := p.within(ctx, func(tx pgx.Tx) error { return w.Flush(ctx, tx) }); err != nil {
			return err
		}
		said = said[n:]
	}
	return nil
}
