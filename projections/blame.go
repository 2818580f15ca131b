package projections

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dakahq/daka/projections/feed"
)

// applyParts finds the events that make a page fail, by halves, and parks their subjects: one of five thousand costs two dozen
// transactions, not five thousand.
func (p *projector) applyParts(ctx context.Context, pg *feed.Page) error {
	if len(pg.Records) == 1 {
		return p.applyPoison(ctx, pg)
	}
	middle := len(pg.Records) / 2
	for _, records := range [][]feed.Record{pg.Records[:middle], pg.Records[middle:]} {
		part := &feed.Page{Records: records, Last: records[len(records)-1].Position, Live: pg.Live}
		err := p.applyWhole(ctx, part, nil)
		if err != nil && p.blames(ctx, err) {
			err = p.applyParts(ctx, part)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// applyPoison tries one event again, and parks its subject when the same error comes three times.
func (p *projector) applyPoison(ctx context.Context, one *feed.Page) error {
	err := p.applyWhole(ctx, one, nil)
	for try := 1; try < 3 && err != nil && p.blames(ctx, err); try++ {
		err = p.applyWhole(ctx, one, nil)
	}
	if err != nil && p.blames(ctx, err) {
		err = p.applyWhole(ctx, one, err)
	}
	return err
}

// blames says that an error comes from what is written and would come again, not from Postgres, the network or another leader. An error of
// a kind that nobody foresaw is the page's while Postgres answers others.
func (p *projector) blames(ctx context.Context, err error) bool {
	if deterministic(err) {
		return true
	}
	if passing(err) || ctx.Err() != nil {
		return false
	}
	return p.pool.Ping(ctx) == nil
}

// deterministic says that the same page would fail again.
func deterministic(err error) bool {
	if panicked := (*panicError)(nil); errors.As(err, &panicked) {
		return true
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || len(pg.Code) < 2 {
		return false
	}
	switch pg.Code {
	case "42501", "42P01", "3F000": // rights, tables and schemas are the operator's
		return false
	}
	switch pg.Code[:2] {
	case "21", "22", "23", "42", "54":
		return true
	}
	return false
}

// passing says that an error is of the way to Postgres, of its state, or of the projector's own order.
func passing(err error) bool {
	var gap *GapError
	var halt *HaltError
	var pg *pgconn.PgError
	var wire net.Error
	var refused *pgconn.ConnectError
	switch {
	case errors.As(err, &gap), errors.As(err, &halt), errors.As(err, &pg), errors.As(err, &wire), errors.As(err, &refused):
		return true
	}
	for _, is := range []error{errStale, errReplaced, errMoved, context.Canceled, context.DeadlineExceeded, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed} {
		if errors.Is(err, is) {
			return true
		}
	}
	return false
}
