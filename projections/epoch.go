package projections

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/commands/eventlog"
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

// DeclareRollback takes the log as it is for the truth: the read models and the ledger's index are made anew from it, the index under the
// next epoch, and the checkpoint stands at its end. declare writes the declaration to the ledger and gives its epoch, at least the one that
// it is given. Readers see the old rows until the swap. Errors: ErrNoRollback, ErrBusy, those of declare, infrastructure.
func (e *Engine) DeclareRollback(ctx context.Context, declare func(ctx context.Context, atLeast int64) (int64, error)) (d Declared, err error) {
	begun := time.Now()
	err = e.alone(ctx, func() error {
		epoch, err := e.rolledBack(ctx)
		if err != nil {
			return err
		}
		if d.Epoch, err = declare(ctx, epoch+1); err != nil {
			return err
		}
		p, old, err := e.shadow(ctx, nil)
		if err != nil {
			return err
		}
		p.index = newIndexer(liveIndex, d.Epoch)
		if err = e.beginEpoch(ctx, p, epoch, &d.Events); err != nil {
			return errors.Join(err, tables.DropSchema(context.WithoutCancel(ctx), e.pool, p.version))
		}
		d.Took = time.Since(begun)
		e.log.WarnContext(ctx, "a rollback was declared; everything was made anew from the log", slog.Any("epoch", d.Epoch), slog.Any("events", d.Events), slog.Duration("took", d.Took))
		eventlog.Pause(ctx, time.Second) // as in Rebuild
		return tables.DropSchema(ctx, e.pool, old)
	})
	return d, err
}

// rolledBack gives the ledger's epoch when the log does not fit to what was read of it.
func (e *Engine) rolledBack(ctx context.Context) (epoch int64, err error) {
	why, err := e.Rollback(ctx)
	if err != nil {
		return 0, err
	}
	if why == "" {
		err := e.CheckLog(ctx)
		if _, rolled := errors.AsType[*RollbackError](err); !rolled {
			return 0, errors.Join(err, ErrNoRollback)
		}
	}
	if err = e.pool.QueryRow(ctx, "SELECT epoch FROM ledger.ledger_head").Scan(&epoch); err != nil {
		return 0, fmt.Errorf("read the ledger's epoch: %w", err)
	}
	return epoch, nil
}

// beginEpoch fills the shadow and the new epoch of the index, and swaps both in.
func (e *Engine) beginEpoch(ctx context.Context, p *projector, before int64, events *uint64) error {
	// What a declaration that was cut off has left.
	if _, err := e.pool.Exec(ctx, "DELETE FROM ledger.ledger_index WHERE epoch > $1", before); err != nil {
		return fmt.Errorf("clear what an earlier declaration left: %w", err)
	}
	err := e.fillShadow(ctx, p, e.logEnd, func(done, _ uint64) { *events = done })
	if err != nil {
		return err
	}
	if err := p.sweep(ctx); err != nil {
		return err
	}
	end, err := e.logEnd(ctx)
	if err != nil {
		return err
	}
	if err := p.replay(ctx, e.events, end, func(n int) { *events += uint64(n) }); err != nil {
		return err
	}
	last, found, err := e.events.At(ctx, p.at)
	if err != nil || !found {
		return fmt.Errorf("look for the log's last event: %w", err)
	}
	return p.within(ctx, func(tx pgx.Tx) error { return p.takeOver(ctx, tx, last) })
}

// logEnd is where the log's last event stands.
func (e *Engine) logEnd(ctx context.Context) (eventlog.Position, error) {
	last, _, err := e.events.Head(ctx)
	if err != nil {
		return eventlog.Position{}, fmt.Errorf("look for the log's end: %w", err)
	}
	return last.Position, nil
}

// takeOver shows the new read models and moves checkpoint and epochs with them. The projector's epoch rises, so that a leader of before
// writes nothing any more.
func (p *projector) takeOver(ctx context.Context, tx pgx.Tx, last eventlog.Raw) error {
	if _, err := tx.Exec(ctx, "SELECT 1 FROM projector FOR UPDATE"); err != nil {
		return fmt.Errorf("hold the live projector: %w", err)
	}
	for more := true; more; {
		var err error
		if more, err = p.drainSlice(ctx, tx, sliceDays); err != nil {
			return err
		}
	}
	if err := p.shape.Show(ctx, tx, p.version); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE projector SET epoch = epoch + 1, commit_pos = $1, prepare_pos = $2,
		at_stream = $3, at_revision = $4, at_event = $5, problem = '', updated_at = now()`,
		int64(last.Position.Commit), int64(last.Position.Prepare), last.Stream, int64(last.Revision), last.ID)
	if err == nil {
		_, err = tx.Exec(ctx, "UPDATE projection.log SET rollback = ''")
	}
	if err == nil {
		err = p.shape.DropOthers(ctx, tx)
	}
	if err == nil {
		_, err = tx.Exec(ctx, "UPDATE ledger.ledger_head SET epoch = $1, commit_pos = $2, prepare_pos = $3", p.index.epoch, int64(last.Position.Commit), int64(last.Position.Prepare))
	}
	return err
}
