package read

import (
	"context"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
)

const (
	settleLimit = 5 * time.Minute
	settleLook  = 100 * time.Millisecond
)

// Settle waits until the read models hold everything that is recorded now and no day of the organization waits to be assessed.
func (r *Side) Settle(ctx context.Context, reads *projections.Engine, org domain.ID) error {
	ctx, cancel := context.WithTimeout(ctx, settleLimit)
	defer cancel()
	head, any, err := r.log.Head(ctx)
	if err != nil || !any {
		return err
	}
	for {
		done, err := r.settled(ctx, reads, org, head.Position)
		if err != nil || done {
			return err
		}
		select {
		case <-time.After(settleLook):
		case <-ctx.Done():
			return domain.Refuse("read_model_behind", "the read models are still behind after %s; try again", settleLimit)
		}
	}
}

func (r *Side) settled(ctx context.Context, reads *projections.Engine, org domain.ID, head eventlog.Position) (bool, error) {
	status, err := reads.Status(ctx)
	if err != nil {
		return false, err
	}
	at := status.Position
	if at.Commit < head.Commit || (at.Commit == head.Commit && at.Prepare < head.Prepare) {
		return false, nil
	}
	dirty, _, err := reads.Days.Waiting(ctx, org)
	return dirty == 0, err
}
