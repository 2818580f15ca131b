package rebuild

import (
	"context"
	"fmt"
	"runtime"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/dakahq/daka/projections/tables"
)

// newGate lets one more key be made at a time than the program may use processors: Postgres makes each on one, and waits for the disk at its end.
func newGate() chan struct{} { return make(chan struct{}, runtime.GOMAXPROCS(0)+1) }

// makeKeys makes the keys of a filled table, beside whatever the group does; the gate bounds how many at a time.
func (s *Shadow) makeKeys(ctx context.Context, g *errgroup.Group, table string) {
	for _, statement := range tables.KeysOf(table) {
		g.Go(func() error {
			select {
			case s.gate <- struct{}{}:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			defer func() { <-s.gate }()
			err := s.schema.InOwnConn(ctx, func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, wholeTables+statement)
				return err
			})
			if err != nil {
				return fmt.Errorf("make the keys of %s: %w", table, err)
			}
			return nil
		})
	}
}
