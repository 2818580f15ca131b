package projections

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/apply"
	"github.com/dakahq/daka/projections/tables"
)

// RollbackError is a log that no longer holds what was read from it: its file was put back from an older copy, or it is another one. Nothing
// may be written to it, because what comes now would take the places of events that were acknowledged.
type RollbackError struct {
	// Stream, Revision and Event name what was read before.
	Stream   string
	Revision uint64
	Event    domain.ID
	// Found says what is there now.
	Found string
}

// Error says what happened and both ways on.
func (e *RollbackError) Error() string {
	return fmt.Sprintf("rollback_detected: the read models hold %s@%d (event %s), but the event store does not: %s. It was put back from an older copy, or it is another one. "+
		"Nothing is written until one of two things is done: put the newer event file back and start again, which loses nothing; "+
		"or declare the rollback with `daka rollback declare --reason …`, which rebuilds everything from the older events, so that what was recorded after them is lost",
		e.Stream, e.Revision, e.Event, e.Found)
}

// ErrNoRollback says that the log fits to what was read of it, so that there is nothing to declare.
var ErrNoRollback = errors.New("the event store holds what was read from it; there is no rollback to declare")

// errToldElsewhere says that another copy found the log rolled back; this leader looks for itself.
const errToldElsewhere = apply.Order("a rollback of the log was reported")

// errRolledBack makes a RollbackError nobody's fault: no event of a page is to blame for it.
const errRolledBack = apply.Order("the log was rolled back")

// Unwrap says that the log is at fault, and no event in it.
func (e *RollbackError) Unwrap() error { return errRolledBack }

// witness is an event that was read before and must still stand where it stood.
type witness struct {
	stream   string
	revision uint64
	event    domain.ID
	// position is its place in $all, nil where only the stream is known.
	position *eventlog.Position
}

// logCheck compares the log with what was read of it.
type logCheck struct {
	base
	mender *mender
}

// compareLog looks for the checkpoint's event and for the last ones of the ledger's index; by id, because new events take the positions and
// revisions of those that are gone. Errors: *RollbackError, and those of a log or a database that cannot be asked.
func (c *logCheck) compareLog(ctx context.Context) error {
	if c.events == nil {
		return nil
	}
	all, err := c.witnesses(ctx)
	for i := 0; err == nil && i < len(all); i++ {
		err = c.stands(ctx, all[i])
	}
	return err
}

// CompareLog compares a log with what was read of it, without an engine; it changes nothing. Errors: *RollbackError, infrastructure.
func CompareLog(ctx context.Context, pool *pgxpool.Pool, log *eventlog.Log) error {
	return (&logCheck{base: base{pool: pool, events: log}}).compareLog(ctx)
}

// witnessSQL gives the last entry of each organization.
//
//go:embed witness.sql
var witnessSQL string

// lastEntries is how many organizations' last entries of the index are looked for, the newest first.
const lastEntries = 32

func (c *logCheck) witnesses(ctx context.Context) ([]witness, error) {
	var all []witness
	var at witness
	var event *domain.ID
	var position eventlog.Position
	var revision int64
	err := c.pool.QueryRow(ctx, "SELECT at_stream, at_revision, at_event, commit_pos, prepare_pos FROM projector").
		Scan(&at.stream, &revision, &event, &position.Commit, &position.Prepare)
	if err != nil {
		return nil, fmt.Errorf("read the checkpoint's event: %w", err)
	}
	if event != nil && !position.IsZero() {
		at.revision, at.event, at.position = uint64(revision), *event, &position
		all = append(all, at)
	}
	rows, err := c.pool.Query(ctx, witnessSQL, lastEntries)
	if err != nil {
		return nil, fmt.Errorf("read the last entries of the ledger's index: %w", err)
	}
	var w witness
	_, err = pgx.ForEachRow(rows, []any{&w.stream, &revision, &w.event}, func() error {
		w.revision = uint64(revision)
		all = append(all, w)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the last entries of the ledger's index: %w", err)
	}
	return all, nil
}

// stands looks for one event. A stream with a tombstone tells nothing: what was deleted for good is no rollback.
func (c *logCheck) stands(ctx context.Context, w witness) error {
	if w.position != nil {
		raw, found, err := c.events.At(ctx, *w.position)
		if err != nil {
			return fmt.Errorf("look for the checkpoint's event: %w", err)
		}
		if found && raw.Stream == w.stream && raw.Revision == w.revision && raw.ID == w.event {
			return nil
		}
	}
	raws, err := c.events.Read(ctx, w.stream, w.revision, 1)
	switch {
	case errors.Is(err, eventlog.ErrDeleted):
		return nil
	case err != nil:
		return fmt.Errorf("look for %s@%d: %w", w.stream, w.revision, err)
	case len(raws) == 0:
		return w.gone("its stream ends before it")
	case raws[0].ID != w.event:
		return w.gone(fmt.Sprintf("in its place stands event %s, a %s", raws[0].ID, raws[0].Type))
	case w.position != nil && raws[0].Position != *w.position:
		return w.gone(fmt.Sprintf("it stands at position %d now, not at %d", raws[0].Position.Commit, w.position.Commit))
	}
	return nil
}

func (w witness) gone(found string) error {
	return &RollbackError{Stream: w.stream, Revision: w.revision, Event: w.event, Found: found}
}

// tell writes down that the log was rolled back, so that every copy holds its writes and says why.
func (c *logCheck) tell(ctx context.Context, err error) {
	c.state.note(err)
	tag, werr := c.pool.Exec(ctx, "UPDATE projection.log SET rollback = $1 WHERE rollback <> $1", err.Error())
	if werr != nil {
		c.log.WarnContext(ctx, "could not write down that the log was rolled back", slog.Any("error", werr))
		return
	}
	if tag.RowsAffected() > 0 {
		c.log.ErrorContext(ctx, "the event store does not hold what was read from it", slog.Any("error", err))
	}
}

// lookForFile is how often a leader looks whether the right event file was put back.
const lookForFile = 2 * time.Second

// fit lets a leader go on once the log is the one that was read, and the ledger's index is whole. While it is not, it looks again and again,
// until the right file is back or the rollback was declared, which takes the epoch.
func (c *logCheck) fit(ctx context.Context, epoch int64) error {
	for {
		err := c.compareLog(ctx)
		if err == nil {
			err = c.mender.run(ctx, epoch)
		}
		if _, rolled := errors.AsType[*RollbackError](err); !rolled {
			if err == nil {
				err = c.fitted(ctx, epoch)
			}
			return err
		}
		c.tell(ctx, err)
		if !eventlog.Pause(ctx, lookForFile) {
			return context.Cause(ctx)
		}
		if err := c.stillLeads(ctx, epoch); err != nil {
			return err
		}
	}
}

func (c *logCheck) stillLeads(ctx context.Context, epoch int64) error {
	var now int64
	if err := c.pool.QueryRow(ctx, "SELECT epoch FROM projector").Scan(&now); err != nil {
		return fmt.Errorf("read the epoch: %w", err)
	}
	if now != epoch {
		return errStale
	}
	return nil
}

// fitted takes a rollback's word back.
func (c *logCheck) fitted(ctx context.Context, epoch int64) error {
	tag, err := c.pool.Exec(ctx, "UPDATE projection.log SET rollback = '' WHERE rollback <> '' AND EXISTS (SELECT FROM projector WHERE epoch = $1)", epoch)
	if err != nil {
		return fmt.Errorf("write down that the log fits: %w", err)
	}
	if tag.RowsAffected() > 0 {
		c.log.InfoContext(ctx, "the event store holds again what was read from it")
	}
	return nil
}

// check compares the log with what was read of it, and tells every copy when it does not fit. Errors: *RollbackError, infrastructure.
func (c *logCheck) check(ctx context.Context) error {
	err := c.compareLog(ctx)
	if _, rolled := errors.AsType[*RollbackError](err); rolled {
		c.tell(ctx, err)
	}
	return err
}

// rolledBack gives the ledger's epoch when the log does not fit to what was read of it. Errors: ErrNoRollback, infrastructure.
func (c *logCheck) rolledBack(ctx context.Context) (epoch int64, err error) {
	why, err := c.told(ctx)
	if err != nil {
		return 0, err
	}
	if why == "" {
		err := c.check(ctx)
		if _, rolled := errors.AsType[*RollbackError](err); !rolled {
			return 0, errors.Join(err, ErrNoRollback)
		}
	}
	if err = c.pool.QueryRow(ctx, "SELECT epoch FROM ledger.ledger_head").Scan(&epoch); err != nil {
		return 0, fmt.Errorf("read the ledger's epoch: %w", err)
	}
	return epoch, nil
}

// told is why the log does not fit, as some copy found; empty while it fits.
func (c *logCheck) told(ctx context.Context) (why string, err error) {
	if err = c.pool.QueryRow(ctx, "SELECT rollback FROM projection.log").Scan(&why); err != nil {
		return "", fmt.Errorf("ask whether the log was rolled back: %w", tables.Down(err))
	}
	return why, nil
}

// CheckLog compares the log with what was read of it, and tells every copy when it does not fit. Errors: *RollbackError, infrastructure.
func (e *Engine) CheckLog(ctx context.Context) error { return e.check.check(ctx) }

// Rollback is why the log does not fit to what was read of it, as the leader or a starting copy found; empty while it fits.
func (e *Engine) Rollback(ctx context.Context) (why string, err error) { return e.check.told(ctx) }
