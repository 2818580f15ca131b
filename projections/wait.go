package projections

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dakahq/daka/domain"
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
// true. A punch's days are judged with it; after anything else it waits, too, until the organization has no day left to assess.
func (e *Engine) Wait(ctx context.Context, position string) (at AsOf, stale bool, err error) {
	if position == "" {
		return e.newest(ctx)
	}
	stream, revision, err := ParsePosition(position)
	if err != nil {
		return AsOf{}, false, err
	}
	name, _ := domain.ParseStream(stream)
	a := &awaited{stream: stream, revision: revision, settled: name.Category != "timesheet", ready: make(chan struct{})}
	defer e.await(name.Org, a)()
	if at, stale, err = e.look(ctx, stream, revision, name.Org); err != nil || !stale {
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
	return e.look(ctx, stream, revision, name.Org)
}

// newest is how far the ledger index is, over all organizations.
func (e *Engine) newest(ctx context.Context) (at AsOf, stale bool, err error) {
	at.Revision = -1
	err = e.pool.QueryRow(ctx, `SELECT updated_at, commit_pos FROM projector`).Scan(&at.Applied, &at.Index)
	if err != nil {
		return at, false, fmt.Errorf("look how far the read models are: %w", err)
	}
	return at, false, nil
}

func (e *Engine) look(ctx context.Context, stream string, revision int64, org domain.ID) (at AsOf, stale bool, err error) {
	at.Stream = stream
	var dirty bool
	err = e.Within(org).Row(ctx, []any{&at.Revision, &dirty},
		`SELECT coalesce((SELECT revision FROM stream_heads WHERE stream = $1), -1), EXISTS (SELECT 1 FROM dirty WHERE org = $2)`, stream, org)
	if err != nil {
		return at, false, fmt.Errorf("look how far the read models are: %w", err)
	}
	at.Index, at.Applied, err = e.Ledgers.Applied(ctx, org)
	if name, _ := domain.ParseStream(stream); name.Category == "timesheet" {
		dirty = false
	}
	return at, at.Revision < revision || dirty, err
}
