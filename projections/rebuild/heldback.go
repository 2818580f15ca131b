package rebuild

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/fold"
	"github.com/dakahq/daka/projections/tables"
)

// heldBack is what a rebuild holds back until every other fact is in: the punches, and what punches were updated with after they were recorded.
type heldBack struct {
	spill *spill
	// page is what the page that is being committed holds back.
	page fold.Withheld
	// voided are the punches whose last word was voided or restored.
	voided map[domain.ID]bool
	// updates are placements and reviews, in ledger order; updatesByPunch finds them by punch.
	updates []*feed.Record
	// selves says that somebody dealt with a punch of their own: from then on, voided and restored punches are updates, too.
	selves         bool
	updatesByPunch map[domain.ID][]*feed.Record
	// punched are the members with punches, whatever streams these stand in.
	punched map[tables.MemberKey]bool
}

func newHeldBack(dir string, events uint64) (*heldBack, error) {
	s, err := newSpill(dir, events)
	if err != nil {
		return nil, err
	}
	return &heldBack{spill: s, voided: map[domain.ID]bool{}, updatesByPunch: map[domain.ID][]*feed.Record{}, punched: map[tables.MemberKey]bool{}}, nil
}

// keep takes over what a committed page held back.
func (b *heldBack) keep() error {
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
			b.recordUpdate(e.Punch, r)
		case domain.PunchReviewed:
			b.recordUpdate(e.Punch, r)
		}
	}
	b.page = fold.Withheld{}
	return nil
}

// decide keeps what may mark a day as decided by its own member, or take that back; finalVoided voids the punch itself.
func (b *heldBack) decide(r *feed.Record) {
	if b.selves = b.selves || r.Metadata.Self; b.selves {
		kept := *r
		b.updates = append(b.updates, &kept)
	}
}

func (b *heldBack) recordUpdate(punch domain.ID, r *feed.Record) {
	kept := *r
	b.updates = append(b.updates, &kept)
	b.updatesByPunch[punch] = append(b.updatesByPunch[punch], &kept)
}

// finalVoided applies the punch's last PunchVoided or PunchRestored to its row; placements and reviews follow in Postgres.
func (b *heldBack) finalVoided(r spilled, flag []byte) (voided bool) {
	if last, ok := b.voided[r.id()]; ok {
		flag[0] = 0
		if last {
			flag[0] = 1
		}
	}
	return flag[0] != 0
}

// updatesBatch is how many placements and reviews travel at once.
const updatesBatch = 1000

func voidedOrBack(e domain.Event) (punch domain.ID, is bool) {
	switch e := e.(type) {
	case domain.PunchVoided:
		return e.Punch, true
	case domain.PunchRestored:
		return e.Punch, true
	}
	return punch, false
}

// applyUpdates writes placements and reviews into the punches, which have their keys by now.
func (s *Shadow) applyUpdates(ctx context.Context, updates []*feed.Record) error {
	for len(updates) > 0 {
		n := min(len(updates), updatesBatch)
		w := fold.NewWriter(s.plans)
		w.Lazy = true
		for _, r := range updates[:n] {
			if punch, is := voidedOrBack(r.Event); is {
				w.SelfPunch(r, punch)
				continue
			}
			if _, err := w.Timesheet(r); err != nil {
				return fmt.Errorf("apply %s@%d: %w", r.Stream, r.Revision, err)
			}
		}
		if err := s.schema.Within(ctx, func(tx pgx.Tx) error { return w.Flush(ctx, tx) }); err != nil {
			return err
		}
		updates = updates[n:]
	}
	return nil
}
