package projections

import (
	"context"
	"log/slog"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
)

// channel is where committed pages are announced to every copy.
const channel = "daka_changes"

// payloadLimit is how many organizations fit into a notification; beyond it everybody looks again.
const payloadLimit = 200

// Change says that a committed page, or a slice of days, touched organizations.
type Change struct {
	Orgs []domain.ID
	// All stands for more organizations than fit, or for a connection that may have missed some.
	All bool
}

// Touches says whether the change concerns an organization.
func (c Change) Touches(org domain.ID) bool {
	if c.All {
		return true
	}
	for _, o := range c.Orgs {
		if o == org {
			return true
		}
	}
	return false
}

func payload(orgs map[domain.ID]bool) string {
	if len(orgs) > payloadLimit {
		return "*"
	}
	ids := make([]string, 0, len(orgs))
	for org := range orgs {
		ids = append(ids, org.String())
	}
	return strings.Join(ids, ",")
}

func parseChange(text string) Change {
	if text == "*" {
		return Change{All: true}
	}
	var c Change
	for part := range strings.SplitSeq(text, ",") {
		if id, err := uuid.Parse(part); err == nil {
			c.Orgs = append(c.Orgs, id)
		}
	}
	return c
}

// hub hands changes to whoever listens in this copy; a slow listener loses changes but learns that it did.
type hub struct {
	mu        sync.Mutex
	listeners map[chan Change]bool
}

func newHub() *hub { return &hub{listeners: map[chan Change]bool{}} }

func (h *hub) tell(c Change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		select {
		case l <- c:
		default:
			select {
			case <-l:
			default:
			}
			select {
			case l <- Change{All: true}:
			default:
			}
		}
	}
}

func (h *hub) join() chan Change {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := make(chan Change, 16)
	h.listeners[l] = true
	return l
}

func (h *hub) leave(l chan Change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.listeners, l)
}

// Changes tells what committed pages touch, until ctx ends; the channel is then closed. It speaks while Run runs.
func (e *Engine) Changes(ctx context.Context) <-chan Change {
	l := e.hub.join()
	out := make(chan Change)
	go func() {
		defer close(out)
		defer e.hub.leave(l)
		for {
			select {
			case c := <-l:
				select {
				case out <- c:
				case <-ctx.Done():
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// listen keeps one connection on the channel; after a break everybody is told to look again.
func (h *hub) listen(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) {
	wait := feed.NewPauses()
	for ctx.Err() == nil {
		if err := h.listenOnce(ctx, pool, wait); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "listening for changes was interrupted", slog.Any("error", err))
		}
		h.tell(Change{All: true})
		eventlog.Pause(ctx, wait.Next())
	}
}

func (h *hub) listenOnce(ctx context.Context, pool *pgxpool.Pool, wait *eventlog.Pauses) error {
	conn, err := pgx.ConnectConfig(ctx, pool.Config().ConnConfig.Copy())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return err
	}
	wait.Reset()
	h.tell(Change{All: true})
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		h.tell(parseChange(n.Payload))
	}
}
