package projections

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/projections/query"
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

// copies are those of this program's shape and of others: who lives, and what each has made.
type copies struct {
	base
	models *query.Models
}

// built says which version of the tables this shape made, 0 while it has none.
func (c *copies) built(ctx context.Context) (version int64, err error) {
	if err := c.pool.QueryRow(ctx, "SELECT version FROM projector").Scan(&version); err != nil {
		return 0, fmt.Errorf("read the projector: %w", err)
	}
	return version, nil
}

// beat says every few seconds that a copy of this shape lives, and notices when there is something to read.
func (c *copies) beat(ctx context.Context) {
	for {
		if err := c.beatOnce(ctx); err != nil && ctx.Err() == nil {
			c.state.note(err)
		}
		if !eventlog.Pause(ctx, copySeen) {
			return
		}
	}
}

func (c *copies) beatOnce(ctx context.Context) error {
	tag, err := c.pool.Exec(ctx, "UPDATE projection.shapes SET seen_at = now() WHERE shape = $1", c.shape.Name())
	if err != nil {
		return fmt.Errorf("say that this copy lives: %w", err)
	}
	if tag.RowsAffected() == 0 || !c.models.IsShown() { // another copy declared a rollback, or there is nothing to read yet
		if err := c.shape.CreateFirst(ctx, c.pool); err != nil {
			return err
		}
	}
	return c.lookAtViews(ctx)
}

// lookAtViews lets readers in once the views stand and the walls hold.
func (c *copies) lookAtViews(ctx context.Context) error {
	var stands bool
	if err := c.pool.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", c.shape.Schema()+".days").Scan(&stands); err != nil {
		return fmt.Errorf("look for the views: %w", err)
	}
	if stands && !c.models.IsShown() {
		if err := c.verifyIsolation(ctx); err != nil {
			return err
		}
	}
	c.models.Show(stands)
	return nil
}

// verifyIsolation tries the walls between organizations before anything is read through them.
func (c *copies) verifyIsolation(ctx context.Context) error {
	version, err := c.built(ctx)
	if err != nil {
		return err
	}
	return c.shape.VerifyIsolation(ctx, c.pool, c.models.App, version)
}

// others says whether a copy of another shape lives, to which readers can go.
func (c *copies) others(ctx context.Context) (live bool, err error) {
	err = c.pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM projection.shapes WHERE shape <> $1 AND version > 0 AND seen_at > now() - $2::interval)", c.shape.Name(), copyGone).Scan(&live)
	if err != nil {
		return false, fmt.Errorf("look for copies of other versions: %w", err)
	}
	return live, nil
}

// whyBuilding says what readers have while the first read models are being made.
func (c *copies) whyBuilding(ctx context.Context) error {
	if c.models.IsShown() { // another version's, which differ in folds only
		return tables.ErrBuilding
	}
	if live, err := c.others(ctx); err != nil || !live {
		return errors.Join(tables.ErrBuilding, err)
	}
	return fmt.Errorf("%w; %w", tables.ErrBuilding, ErrOthersAnswer)
}

// clearShapes drops what older versions left, once no copy has read it for an hour. What a newer version made stays: it may come back.
func (c *copies) clearShapes(ctx context.Context) error {
	for eventlog.Pause(ctx, time.Minute) {
		if err := c.clearOnce(ctx, shapeKept); err != nil {
			c.state.note(err)
		}
	}
	return nil
}

func (c *copies) clearOnce(ctx context.Context, kept time.Duration) error {
	rows, err := c.pool.Query(ctx, "SELECT shape, version FROM projection.shapes WHERE fold <= $1 AND shape <> $2 AND seen_at < now() - $3::interval", c.shape.Fold, c.shape.Name(), kept)
	if err != nil {
		return fmt.Errorf("look for what older versions left: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[tables.OtherShape])
	if err != nil {
		return fmt.Errorf("look for what older versions left: %w", err)
	}
	for _, l := range all {
		err := pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "DELETE FROM projection.shapes WHERE shape = $1", l.Shape)
			if err == nil {
				_, err = tx.Exec(ctx, "SET LOCAL lock_timeout = '500ms'; "+l.Drop())
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("drop the read models rm_%d of an older version: %w", l.Version, err)
		}
		c.log.InfoContext(ctx, "read models of an older version dropped", slog.Any("version", l.Version))
	}
	return nil
}
