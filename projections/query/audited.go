package query

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// Entry is an event's place in its organization's dense order, and in its stream.
type Entry struct {
	Index    int64
	Stream   string
	Revision uint64
}

// StreamHead is a stream and the revision of its last event.
type StreamHead struct {
	Name string
	Last uint64
}

// LastKnown is the last event known at an instant (events §2), false where there is none; the zero instant is now.
func (r *Ledgers) LastKnown(ctx context.Context, org domain.ID, at time.Time) (Entry, bool, error) {
	if at.IsZero() {
		at = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	}
	return r.entry(ctx, org, lastKnownSQL, org, at)
}

// EntryAt is the event with an index, false where there is none.
func (r *Ledgers) EntryAt(ctx context.Context, org domain.ID, index int64) (Entry, bool, error) {
	return r.entry(ctx, org, "SELECT index, stream, revision FROM ledger.ledger_index WHERE org = $1 AND epoch = ledger.epoch() AND index = $2", org, index)
}

func (r *Ledgers) entry(ctx context.Context, org domain.ID, sql string, args ...any) (e Entry, found bool, err error) {
	var revision int64
	err = r.Within(org).Row(ctx, []any{&e.Index, &e.Stream, &revision}, sql, args...)
	if errors.Is(err, pgx.ErrNoRows) {
		return e, false, nil
	}
	if err != nil {
		return e, false, fmt.Errorf("search the ledger index: %w", err)
	}
	e.Revision = uint64(revision)
	return e, true, nil
}

// StreamsOf lists a member's timesheets, rosters and requests, and the organization's clock; where groups take departments, also the organization's
// groups and its own stream, which tells the tree. The revision of a request's last event is not told.
func (r *Ledgers) StreamsOf(ctx context.Context, org, member domain.ID) ([]StreamHead, error) {
	prefixes := []string{"timesheet-" + org.String() + "." + member.String() + ".", "roster-" + org.String() + "." + member.String() + ".", "clock-" + org.String() + "."}
	args := []any{org, member}
	var parts []string
	for _, prefix := range prefixes {
		args = append(args, prefix, strings.TrimSuffix(prefix, ".")+"/") // '/' is the character after '.'
		parts = append(parts, fmt.Sprintf("SELECT stream, revision FROM stream_heads WHERE stream >= $%d AND stream < $%d", len(args)-1, len(args)))
	}
	groups := "group-" + org.String() + "."
	args = append(args, groups, strings.TrimSuffix(groups, ".")+"/", domain.OrgStream(org))
	parts = append(parts, fmt.Sprintf("SELECT stream, revision FROM stream_heads WHERE (stream >= $%d AND stream < $%d OR stream = $%d) AND EXISTS (SELECT FROM group_links WHERE org = $1)", len(args)-2, len(args)-1, len(args)))
	return List(ctx, r.Within(org), "the member's streams", func(row pgx.CollectableRow) (s StreamHead, err error) {
		var last int64
		err = row.Scan(&s.Name, &last)
		s.Last = uint64(last)
		return s, err
	}, strings.Join(parts, " UNION ALL ")+` UNION ALL SELECT 'request-' || org || '.' || request, 0 FROM requests WHERE org = $1 AND member = $2`, args...)
}
