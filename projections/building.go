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

const (
	// copySeen is how often a copy says that it lives, and copyGone after how long it is taken for gone.
	copySeen = 2 * time.Second
	copyGone = 15 * time.Second
	// shapeKept is how long read models stay that no copy reads: within that time a version that is started again finds them nearly up to date.
	shapeKept = time.Hour
)

// ErrOthersAnswer is said beside ErrBuilding while nothing can be read here, and copies of another version can be asked.
var ErrOthersAnswer = errors.New("copies of another version answer meanwhile")

// built says which version of the tables this shape made, 0 while it has none.
func (e *Engine) built(ctx context.Context) (version int64, err error) {
	if err := e.pool.QueryRow(ctx, "SELECT version FROM projector").Scan(&version); err != nil {
		return 0, fmt.Errorf("read the projector: %w", err)
	}
	return version, nil
}

// buildFirst makes this shape's read models from the log when there are none yet. The leader of another shape goes on meanwhile.
func (e *Engine) buildFirst(ctx context.Context) error {
	version, err := e.built(ctx)
	if err != nil || version > 0 {
		return err
	}
	e.log.InfoContext(ctx, "this version has no read models yet, making them from the log", slog.Any("shape", e.shape.Name()), slog.Any("fold", e.shape.Fold))
	if _, err = e.Rebuild(ctx, nil); err != nil {
		return err
	}
	return e.lookAtViews(ctx)
}

// beat says every few seconds that a copy of this shape lives, and notices when there is something to read.
func (e *Engine) beat(ctx context.Context) {
	for {
		if err := e.beatOnce(ctx); err != nil && ctx.Err() == nil {
			e.note(err)
		}
		if !eventlog.Pause(ctx, copySeen) {
			return
		}
	}
}

func (e *Engine) beatOnce(ctx context.Context) error {
	tag, err := e.pool.Exec(ctx, "UPDATE projection.shapes SET seen_at = now() WHERE shape = $1", e.shape.Name())
	if err != nil {
		return fmt.Errorf("say that this copy lives: %w", err)
	}
	if tag.RowsAffected() == 0 || !e.Models.IsShown() { // another copy declared a rollback, or there is nothing to read yet
		if err := e.shape.CreateFirst(ctx, e.pool); err != nil {
			return err
		}
	}
	return e.lookAtViews(ctx)
}

// lookAtViews lets readers in once the views stand and the walls hold.
func (e *Engine) lookAtViews(ctx context.Context) error {
	var stands bool
	if err := e.pool.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", e.shape.Schema()+".days").Scan(&stands); err != nil {
		return fmt.Errorf("look for the views: %w", err)
	}
	if stands && !e.Models.IsShown() {
		if err := e.verifyIsolation(ctx); err != nil {
			return err
		}
	}
	e.Models.Show(stands)
	return nil
}

// verifyIsolation tries the walls between organizations before anything is read through them.
func (e *Engine) verifyIsolation(ctx context.Context) error {
	version, err := e.built(ctx)
	if err != nil {
		return err
	}
	return e.shape.VerifyIsolation(ctx, e.pool, e.App, version)
}

// others says whether a copy of another shape lives, to which readers can go.
func (e *Engine) others(ctx context.Context) (live bool, err error) {
	err = e.pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM projection.shapes WHERE shape <> $1 AND version > 0 AND seen_at > now() - $2::interval)", e.shape.Name(), copyGone).Scan(&live)
	if err != nil {
		return false, fmt.Errorf("look for copies of other versions: %w", err)
	}
	return live, nil
}

// whyBuilding says what readers have while the first read models are being made.
func (e *Engine) whyBuilding(ctx context.Context) error {
	if e.Models.IsShown() { // another version's, which differ in folds only
		return tables.ErrBuilding
	}
	if live, err := e.others(ctx); err != nil || !live {
		return errors.Join(tables.ErrBuilding, err)
	}
	return fmt.Errorf("%w; %w", tables.ErrBuilding, ErrOthersAnswer)
}

// clearShapes drops what older versions left, once no copy has read it for an hour. What a newer version made stays: it may come back.
func (e *Engine) clearShapes(ctx context.Context) error {
	for eventlog.Pause(ctx, time.Minute) {
		if err := e.clearOnce(ctx, shapeKept); err != nil {
			e.note(err)
		}
	}
	return nil
}

func (e *Engine) clearOnce(ctx context.Context, kept time.Duration) error {
	rows, err := e.pool.Query(ctx, "SELECT shape, version FROM projection.shapes WHERE fold <= $1 AND shape <> $2 AND seen_at < now() - $3::interval", e.shape.Fold, e.shape.Name(), kept)
	if err != nil {
		return fmt.Errorf("look for what older versions left: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[tables.OtherShape])
	if err != nil {
		return fmt.Errorf("look for what older versions left: %w", err)
	}
	for _, l := range all {
		err := pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "DELETE FROM projection.shapes WHERE shape = $1", l.Shape)
			if err == nil {
				_, err = tx.Exec(ctx, "SET LOCAL lock_timeout = '500ms'; "+l.Drop())
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("drop the read models rm_%d of an older version: %w", l.Version, err)
		}
		e.log.InfoContext(ctx, "read models of an older version dropped", slog.Any("version", l.Version))
	}
	return nil
}

// beginAt is where a shape's first read models end: where the ledger's index does, because what lies behind is still to be indexed.
func (e *Engine) beginAt(ctx context.Context) (at eventlog.Position, err error) {
	err = e.pool.QueryRow(ctx, "SELECT commit_pos, prepare_pos FROM ledger.ledger_head").Scan(&at.Commit, &at.Prepare)
	if err != nil {
		return at, fmt.Errorf("read the end of the ledger's index: %w", err)
	}
	return at, nil
}
