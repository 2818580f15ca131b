package problem

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// outages keep the log readable while a store is away and everybody asks: what many requests stumble over is one line a second, with their number.
type outages struct {
	log   *slog.Logger
	over  <-chan struct{}
	every time.Duration

	mu   sync.Mutex
	said map[string]*outage
}

// outage is one kind of trouble, told within the last second.
type outage struct {
	requests int
	err      error
}

func newOutages(log *slog.Logger, over <-chan struct{}) *outages {
	return &outages{log: log, over: over, every: time.Second, said: map[string]*outage{}}
}

// say tells the first of a kind at once, and the others of each second together at its end. Texts are few: they are the kinds.
func (o *outages) say(ctx context.Context, level slog.Level, text string, err error) {
	o.mu.Lock()
	now, told := o.said[text]
	if !told {
		o.said[text] = &outage{}
	} else {
		now.requests++
		now.err = err
	}
	o.mu.Unlock()
	if told {
		o.log.DebugContext(ctx, "a request failed", slog.String("trouble", text), slog.Any("error", err)) // counted above; found here by its id
		return
	}
	o.log.Log(ctx, level, "requests failed", slog.String("trouble", text), slog.Any("error", err), slog.Int("requests", 1))
	time.AfterFunc(o.every, func() { o.sum(level, text) })
}

// sum tells the requests of the last second, until there was none.
func (o *outages) sum(level slog.Level, text string) {
	o.mu.Lock()
	last := *o.said[text]
	if last.requests == 0 {
		delete(o.said, text)
	} else {
		o.said[text] = &outage{}
	}
	o.mu.Unlock()
	select {
	case <-o.over:
		return
	default:
	}
	if last.requests > 0 {
		o.log.Log(context.Background(), level, "requests failed", slog.String("trouble", text), slog.Any("error", last.err), slog.Int("requests", last.requests))
		time.AfterFunc(o.every, func() { o.sum(level, text) })
	}
}
