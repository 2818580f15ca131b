package rebuild

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/projections/apply"
	"github.com/dakahq/daka/projections/tables"
)

// Declared is what a declared rollback came to.
type Declared struct {
	// Epoch is the transparency log's that began.
	Epoch int64
	// Events is how many the log holds.
	Events uint64
	Took   time.Duration
}

// BeginEpoch takes the log as it is for the truth: the read models and the ledger's index are made anew from it, the index under the next epoch,
// and the checkpoint stands at its end. declare says, under the lock of rebuilds, which epoch was in force and which begins. Readers see the old
// rows until the swap. Errors: ErrBusy, those of declare, infrastructure.
func (b *Rebuilder) BeginEpoch(ctx context.Context, declare func(context.Context) (before, next int64, err error)) (d Declared, err error) {
	begun := time.Now()
	err = b.alone(ctx, func() error {
		before, next, err := declare(ctx)
		if err != nil {
			return err
		}
		d.Epoch = next
		s, old, err := b.shadow(ctx, nil)
		if err != nil {
			return err
		}
		s.index = apply.NewIndex(apply.LiveIndex, next)
		if err = b.beginEpoch(ctx, s, before, &d.Events); err != nil {
			return errors.Join(err, tables.DropSchema(context.WithoutCancel(ctx), b.Pool, s.schema.Version))
		}
		d.Took = time.Since(begun)
		b.Log.WarnContext(ctx, "a rollback was declared; everything was made anew from the log", slog.Any("epoch", d.Epoch), slog.Any("events", d.Events), slog.Duration("took", d.Took))
		eventlog.Pause(ctx, time.Second) // as in Rebuild
		return tables.DropSchema(ctx, b.Pool, old)
	})
	return d, err
}

// beginEpoch fills the shadow and the new epoch of the index, and swaps both in.
func (b *Rebuilder) beginEpoch(ctx context.Context, s *Shadow, before int64, events *uint64) error {
	// What a declaration that was cut off has left.
	if _, err := b.Pool.Exec(ctx, "DELETE FROM ledger.ledger_index WHERE epoch > $1", before); err != nil {
		return fmt.Errorf("clear what an earlier declaration left: %w", err)
	}
	err := b.fill(ctx, s, b.logEnd, func(done, _ uint64) { *events = done })
	if err != nil {
		return err
	}
	if err := s.sweep(ctx); err != nil {
		return err
	}
	end, err := b.logEnd(ctx)
	if err != nil {
		return err
	}
	if err := s.replay(ctx, b.Events, end, func(n int) { *events += uint64(n) }); err != nil {
		return err
	}
	last, found, err := b.Events.At(ctx, s.at)
	if err != nil || !found {
		return fmt.Errorf("look for the log's last event: %w", err)
	}
	return s.schema.Within(ctx, func(tx pgx.Tx) error { return b.takeOver(ctx, tx, s, last) })
}

// logEnd is where the log's last event stands.
func (b *Rebuilder) logEnd(ctx context.Context) (eventlog.Position, error) {
	last, _, err := b.Events.Head(ctx)
	if err != nil {
		return eventlog.Position{}, fmt.Errorf("look for the log's end: %w", err)
	}
	return last.Position, nil
}

// takeOver shows the new read models and moves checkpoint and epochs with them. The projector's epoch rises, so that a leader of before
// writes nothing any more.
func (b *Rebuilder) takeOver(ctx context.Context, tx pgx.Tx, s *Shadow, last eventlog.Raw) error {
	if _, err := tx.Exec(ctx, "SELECT 1 FROM projector FOR UPDATE"); err != nil {
		return fmt.Errorf("hold the live projector: %w", err)
	}
	if err := s.drain(ctx, tx); err != nil {
		return err
	}
	if err := b.Shape.Show(ctx, tx, s.schema.Version); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE projector SET epoch = epoch + 1, commit_pos = $1, prepare_pos = $2,
		at_stream = $3, at_revision = $4, at_event = $5, problem = '', updated_at = now()`,
		int64(last.Position.Commit), int64(last.Position.Prepare), last.Stream, int64(last.Revision), last.ID)
	if err == nil {
		_, err = tx.Exec(ctx, "UPDATE projection.log SET rollback = ''")
	}
	if err == nil {
		err = b.Shape.DropOthers(ctx, tx)
	}
	if err == nil {
		_, err = tx.Exec(ctx, "UPDATE ledger.ledger_head SET epoch = $1, commit_pos = $2, prepare_pos = $3", s.index.Epoch, int64(last.Position.Commit), int64(last.Position.Prepare))
	}
	return err
}
