package apply

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dakahq/daka/projections/feed"
)

// Order is an error of the projector's own order: another leader, a moved checkpoint, a halt. No event is to blame for it.
type Order string

// Error is the text.
func (o Order) Error() string { return string(o) }

// Whole commits a page; with a poison, its only event parks for that reason.
type Whole func(ctx context.Context, pg *feed.Page, poison error) error

// Apply commits a page. Where something that is written in it makes it fail, it is found by halves, and its subject parks.
func (s *Schema) Apply(ctx context.Context, pg *feed.Page, whole Whole) error {
	err := whole(ctx, pg, nil)
	if err == nil || !s.Blames(ctx, err) {
		return err
	}
	s.Log.WarnContext(ctx, "page failed, looking for the event that does it", slog.Any("error", err), slog.Int("events", len(pg.Records)))
	return s.applyParts(ctx, pg, whole)
}

// applyParts finds the events that make a page fail, by halves, and parks their subjects: one of five thousand costs two dozen
// transactions, not five thousand.
func (s *Schema) applyParts(ctx context.Context, pg *feed.Page, whole Whole) error {
	if len(pg.Records) == 1 {
		return s.applyPoison(ctx, pg, whole)
	}
	middle := len(pg.Records) / 2
	for _, records := range [][]feed.Record{pg.Records[:middle], pg.Records[middle:]} {
		part := &feed.Page{Records: records, Last: records[len(records)-1].Position, Live: pg.Live}
		err := whole(ctx, part, nil)
		if err != nil && s.Blames(ctx, err) {
			err = s.applyParts(ctx, part, whole)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// applyPoison tries one event again, and parks its subject when the same error comes three times.
func (s *Schema) applyPoison(ctx context.Context, one *feed.Page, whole Whole) error {
	err := whole(ctx, one, nil)
	for try := 1; try < 3 && err != nil && s.Blames(ctx, err); try++ {
		err = whole(ctx, one, nil)
	}
	if err != nil && s.Blames(ctx, err) {
		err = whole(ctx, one, err)
	}
	return err
}

// Blames says that an error comes from what is written and would come again, not from Postgres, the network or another leader. An error of
// a kind that nobody foresaw is the page's while Postgres answers others.
func (s *Schema) Blames(ctx context.Context, err error) bool {
	if Deterministic(err) {
		return true
	}
	if Passing(err) || ctx.Err() != nil {
		return false
	}
	return s.Pool.Ping(ctx) == nil
}

// Deterministic says that the same page would fail again.
func Deterministic(err error) bool {
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

// Passing says that an error is of the way to Postgres, of its state, or of the projector's own order.
func Passing(err error) bool {
	var gap *GapError
	var order Order
	var pg *pgconn.PgError
	var wire net.Error
	var refused *pgconn.ConnectError
	switch {
	case errors.As(err, &gap), errors.As(err, &order), errors.As(err, &pg), errors.As(err, &wire), errors.As(err, &refused):
		return true
	}
	for _, is := range []error{context.Canceled, context.DeadlineExceeded, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed} {
		if errors.Is(err, is) {
			return true
		}
	}
	return false
}
