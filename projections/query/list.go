package query

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/tables"
)

// Page is a run of a list; Next is the cursor of the rest, empty at the end.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

// Sealed is a personal value as recorded, with what opening it needs (events §3).
type Sealed struct {
	Text    string
	Stream  string
	Event   domain.ID
	Pointer string
	KeyID   *domain.ID
}

func sealedOf(text *string, stream string, event *domain.ID, pointer string, key *domain.ID) *Sealed {
	if text == nil || event == nil {
		return nil
	}
	return &Sealed{Text: *text, Stream: stream, Event: *event, Pointer: pointer, KeyID: key}
}

const (
	defaultLimit = 100
	maxLimit     = 1000
)

func clamp(limit int) int { return Limit(limit) }

// Limit is how many entries a page has when so many are asked for: 0 is the usual number, and there is a greatest.
func Limit(limit int) int {
	if limit <= 0 {
		return defaultLimit
	}
	return min(limit, maxLimit)
}

// cursorOf writes the sort key of the last row of a page.
func cursorOf(parts ...string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts, "\x1f")))
}

// cursorPart is a kind of value that stands in a cursor. What is given back is checked as well as any other parameter: Postgres would
// answer a changed one with an error of its own.
type cursorPart func(text string) bool

// isText takes what a row may hold, also from before texts were checked.
func isText(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }

func isID(text string) bool {
	_, err := uuid.Parse(text)
	return err == nil
}

func isInstant(text string) bool {
	t, err := time.Parse(time.RFC3339Nano, text)
	return err == nil && t.UTC().Year() > 0 && t.UTC().Year() < 10_000
}

func isDate(text string) bool {
	d, err := domain.ParseDate(text)
	return err == nil && d.Time().Year() > 0
}

func isWhole(text string) bool {
	_, err := strconv.ParseInt(text, 10, 32)
	return err == nil
}

// parseCursor reads a sort key of such parts; an empty cursor gives empty parts.
func parseCursor(cursor string, parts ...cursorPart) ([]string, error) {
	if cursor == "" {
		return make([]string, len(parts)), nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	got := strings.Split(string(raw), "\x1f")
	bad := err != nil || len(got) != len(parts)
	for i := 0; !bad && i < len(parts); i++ {
		bad = !parts[i](got[i])
	}
	if bad {
		return nil, errCursor(cursor)
	}
	return got, nil
}

func errCursor(cursor string) error {
	return domain.Refuse("cursor_invalid", "cursor %q was not given by this list; start again without it", cursor)
}

// paged asks for one row more than the page holds and cuts it off.
func paged[T any](ctx context.Context, v tables.View, limit int, what string, scan func(pgx.CollectableRow) (T, error), key func(*T) []string, sql string, args ...any) (Page[T], error) {
	limit = clamp(limit)
	items, err := List(ctx, v, what, scan, sql+fmt.Sprintf(" LIMIT %d", limit+1), args...)
	if err != nil {
		return Page[T]{}, err
	}
	page := Page[T]{Items: items}
	if len(items) > limit {
		page.Items = items[:limit]
		page.Next = cursorOf(key(&page.Items[limit-1])...)
	}
	return page, nil
}

// List reads the rows of one query; what names them in an error.
func List[T any](ctx context.Context, v tables.View, what string, scan func(pgx.CollectableRow) (T, error), sql string, args ...any) ([]T, error) {
	var items []T
	err := v.Ask(ctx, func(b *pgx.Batch) {
		b.Queue(sql, args...).Query(func(rows pgx.Rows) (err error) {
			items, err = pgx.CollectRows(rows, scan)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	if items == nil {
		items = []T{}
	}
	return items, nil
}

// one answers pgx.ErrNoRows, wrapped, when there is none.
func one[T any](ctx context.Context, v tables.View, what string, scan func(pgx.CollectableRow) (T, error), sql string, args ...any) (T, error) {
	var item, zero T
	err := v.Ask(ctx, func(b *pgx.Batch) {
		b.Queue(sql, args...).Query(func(rows pgx.Rows) (err error) {
			item, err = pgx.CollectExactlyOneRow(rows, scan)
			return err
		})
	})
	if err != nil {
		return zero, fmt.Errorf("read %s: %w", what, err)
	}
	return item, nil
}

func civil(t *time.Time) domain.Date {
	if t == nil {
		return ""
	}
	return domain.Date(t.Format(time.DateOnly))
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func actorOf(raw []byte) domain.Actor {
	var a domain.Actor
	_ = json.Unmarshal(raw, &a) // Written by this package from an Actor.
	return a
}
