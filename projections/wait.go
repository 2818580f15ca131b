package projections

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/query"
	"github.com/dakahq/daka/projections/tables"
)

// AsOf says how far the read models are.
type AsOf struct {
	// Stream and Revision are the awaited stream and its last applied revision, -1 when none is.
	Stream   string `json:"stream,omitempty"`
	Revision int64  `json:"revision"`
	// Applied is received_at of the organization's last applied event, UTC.
	Applied time.Time `json:"applied"`
	// Index is the organization's number of ledger events.
	Index int64 `json:"index"`
}

// String is the form of the header Daka-As-Of: `<stream>@<revision>`, or `@<index>` when no stream was asked for.
func (a AsOf) String() string {
	if a.Stream == "" {
		return "@" + strconv.FormatInt(a.Index, 10)
	}
	return a.Stream + "@" + strconv.FormatInt(a.Revision, 10)
}

// Scope is what days an answer holds: of the members, or of everybody when Members is nil, From and To inclusive. The zero Scope holds no day.
type Scope struct {
	Members  []domain.ID
	From, To domain.Date
}

// EveryDay is all days of everybody.
func EveryDay() Scope { return Scope{From: "0001-01-01", To: "9999-12-31"} }

// ScopeOn are the members' days of a date; of a text that is no date they are none, and the query refuses it.
func ScopeOn(text string, members []domain.ID) Scope {
	date, err := domain.ParseDate(text)
	if err != nil {
		return Scope{}
	}
	return Scope{Members: members, From: date, To: date}
}

// ScopeOf are the days that a month's figures may add up: an attendance month may begin in the month before.
func ScopeOf(f *query.MonthFilter) Scope {
	first, err := query.ParseMonth(f.Month)
	if err != nil {
		return Scope{}
	}
	s := Scope{Members: f.Among, From: domain.DateOf(first.AddDate(0, -1, 0), time.UTC), To: domain.DateOf(first.AddDate(0, 1, -1), time.UTC)}
	if f.Member != nil {
		s.Members = []domain.ID{*f.Member}
	}
	return s
}

func (s Scope) none() bool { return s.From == "" }

// waiting asks whether a day of the scope waits to be assessed.
func (s Scope) waiting(b *pgx.Batch, org domain.ID, waits *bool) {
	if s.none() {
		return
	}
	b.Queue(`SELECT EXISTS (SELECT 1 FROM dirty WHERE org = $1 AND from_date <= $3::date AND to_date >= $2::date AND ($4::uuid[] IS NULL OR member = ANY($4)))`,
		org, string(s.From), string(s.To), s.Members).QueryRow(func(row pgx.Row) error { return row.Scan(waits) })
}

// waitLimit bounds how long a read waits for a position (design §4).
const waitLimit = 2 * time.Second

// ParsePosition takes `<stream>@<revision>` apart; anything else is refused with code position_invalid.
func ParsePosition(position string) (stream string, revision int64, err error) {
	i := strings.LastIndexByte(position, '@')
	if i > 0 {
		stream = position[:i]
		revision, err = strconv.ParseInt(position[i+1:], 10, 64)
		if _, ours := domain.ParseStream(stream); err == nil && ours && revision >= 0 {
			return stream, revision, nil
		}
	}
	return "", 0, domain.Refuse("position_invalid", "min_position %q is not a receipt's position; send the text <stream>@<revision> as the receipt has it", position)
}

// Wait answers at once when no position is given. Else it returns once the read models hold a receipt's position, or after 2 s with stale
// true. A punch's days are assessed with it; after anything else it waits, too, until no day of the answer is left to assess. Days that the answer
// does not hold keep nobody waiting.
func (e *Engine) Wait(ctx context.Context, position string, of Scope) (at AsOf, stale bool, err error) {
	if position == "" {
		return newest(ctx, e.pool)
	}
	stream, revision, err := ParsePosition(position)
	if err != nil {
		return AsOf{}, false, err
	}
	name, _ := domain.ParseStream(stream)
	if name.Category == "timesheet" {
		of = Scope{}
	}
	a := &waiter{stream: stream, revision: revision, scope: of, ready: make(chan struct{})}
	defer e.waiters.register(name.Org, a)()
	if at, stale, err = e.waiters.look(ctx, stream, revision, name.Org, of); err != nil || !stale {
		return at, stale, err
	}
	limit := time.NewTimer(waitLimit)
	defer limit.Stop()
	select {
	case <-a.ready:
	case <-limit.C:
	case <-ctx.Done():
		return at, stale, context.Cause(ctx)
	}
	return e.waiters.look(ctx, stream, revision, name.Org, of)
}

// newest is how far the ledger index is, over all organizations.
func newest(ctx context.Context, pool *pgxpool.Pool) (at AsOf, stale bool, err error) {
	at.Revision = -1
	err = pool.QueryRow(ctx, `SELECT updated_at, commit_pos FROM projector`).Scan(&at.Applied, &at.Index)
	if err != nil {
		return at, false, fmt.Errorf("look how far the read models are: %w", tables.Down(err))
	}
	return at, false, nil
}

func (l *waiters) look(ctx context.Context, stream string, revision int64, org domain.ID, of Scope) (at AsOf, stale bool, err error) {
	at.Stream = stream
	var dirty bool
	err = l.models.Within(org).Ask(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT coalesce((SELECT revision FROM stream_heads WHERE stream = $1), -1)`, stream).QueryRow(func(row pgx.Row) error { return row.Scan(&at.Revision) })
		of.waiting(b, org, &dirty)
	})
	if err != nil {
		return at, false, fmt.Errorf("look how far the read models are: %w", err)
	}
	at.Index, at.Applied, err = l.models.Ledgers.Applied(ctx, org)
	return at, at.Revision < revision || dirty, err
}
