package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/fold"
)

// placeReader reads events of a stream, and the event at a place of the log.
type placeReader interface {
	streamReader
	At(ctx context.Context, at eventlog.Position) (eventlog.Raw, bool, error)
}

// place is where a waiting event stands.
type place struct {
	Commit, Prepare int64
	Stream          string
	Revision        int64
}

func (at *place) position() eventlog.Position {
	return eventlog.Position{Commit: uint64(at.Commit), Prepare: uint64(at.Prepare)}
}

// waiting reads the first of a subject's parked events from the log, in ledger order.
func (k *parking) waiting(ctx context.Context, p *Live, by fold.Subject) ([]feed.Record, error) {
	rows, err := k.pool.Query(ctx, `SELECT commit_pos AS commit, prepare_pos AS prepare, stream, revision FROM `+p.schema.Name()+`.parked_events
		WHERE org = $1 AND kind = $2 AND subject = $3 ORDER BY commit_pos, prepare_pos LIMIT $4`, by.Org, by.Kind, by.ID, retryPage)
	if err != nil {
		return nil, fmt.Errorf("list the waiting events: %w", err)
	}
	places, err := pgx.CollectRows(rows, pgx.RowToStructByName[place])
	if err != nil {
		return nil, fmt.Errorf("list the waiting events: %w", err)
	}
	found, err := k.readPlaces(ctx, places)
	if err != nil {
		return nil, err
	}
	records := make([]feed.Record, 0, len(places))
	for i := range places {
		at := &places[i]
		raw, ok := found[at.position()]
		if !ok {
			return nil, fmt.Errorf("read %s@%d, which waits: the event store has no such event any more", at.Stream, at.Revision)
		}
		records = append(records, feed.Decode(&raw))
	}
	return records, nil
}

// readPlaces reads each stream once, from the first revision asked for to the last. A deleted stream cannot be read; its events still stand
// in the whole log.
func (k *parking) readPlaces(ctx context.Context, places []place) (map[eventlog.Position]eventlog.Raw, error) {
	type run struct{ from, to int64 }
	runs := map[string]run{}
	for _, at := range places {
		if have, ok := runs[at.Stream]; ok {
			runs[at.Stream] = run{min(have.from, at.Revision), max(have.to, at.Revision)}
		} else {
			runs[at.Stream] = run{at.Revision, at.Revision}
		}
	}
	found := make(map[eventlog.Position]eventlog.Raw, len(places))
	for stream, of := range runs {
		raws, err := k.places.Read(ctx, stream, uint64(of.from), uint64(of.to-of.from)+1)
		if err != nil && !errors.Is(err, eventlog.ErrDeleted) {
			return nil, fmt.Errorf("read %s, which waits: %w", stream, err)
		}
		for _, raw := range raws {
			found[raw.Position] = raw
		}
	}
	for _, at := range places {
		if _, ok := found[at.position()]; ok {
			continue
		}
		raw, ok, err := k.places.At(ctx, at.position())
		if err != nil {
			return nil, fmt.Errorf("read %s@%d, which waits: %w", at.Stream, at.Revision, err)
		}
		if ok {
			found[at.position()] = raw
		}
	}
	return found, nil
}
