package ledger

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/domain"
)

var (
	// ErrUnknown is a command that may or may not have been written: the same id and body must be sent again.
	ErrUnknown = errors.New("the outcome is unknown: send the same command again")
	// ErrFull is a ledger without disk space; nothing was written.
	ErrFull = eventlog.ErrFull
)

// eventStore is what the ledger needs of the event log.
type eventStore interface {
	eventReader
	Write(ctx context.Context, stream string, expected int64, events []eventlog.Raw) (eventlog.Written, error)
	End(ctx context.Context) (eventlog.Position, error)
}

// eventReader reads one stream, forwards from a revision or backwards from its end.
type eventReader interface {
	Read(ctx context.Context, stream string, from, max uint64) ([]eventlog.Raw, error)
	ReadBackwards(ctx context.Context, stream string, max int) ([]eventlog.Raw, error)
}

// Ledger appends what commands decide. It is safe for many goroutines, and many processes may write to one event store.
type Ledger struct {
	log    eventStore
	keys   *keys.Store
	clock  func() time.Time
	logger *slog.Logger
	heads  *heads
	locks  *locks
	fence  *fence
	// sole says that no other process appends: see WithSoleWriter.
	sole     bool
	hold     *Hold
	recorded func([]domain.Recorded)
	// cold bounds how many streams without a remembered head are read at once, as after a start.
	cold chan struct{}
	// regressed remembers a clock that went back.
	regressed regression
}

// Option changes a Ledger's defaults.
type Option func(*Ledger)

// WithLogger sets where warnings go; the default drops them.
func WithLogger(log *slog.Logger) Option { return func(l *Ledger) { l.logger = log } }

// WithCache bounds the remembered stream heads, in bytes (estimated); 0 remembers none. The default is 48 MiB.
func WithCache(bytes int) Option { return func(l *Ledger) { l.heads = newHeads(bytes) } }

// WithRecorded calls fn with the events of every append of this process, after it succeeded and before the command
// answers; fn must be quick. The directory uses it, so that a client reads its own writes.
func WithRecorded(fn func([]domain.Recorded)) Option { return func(l *Ledger) { l.recorded = fn } }

// WithSoleWriter says that the event store is in this process, so that no other process appends to it. Then the position that an append
// answers with shows that its events are new. Otherwise each append is read back: the store compares ids, not bytes, and takes two bodies under
// one command id, sent to two processes at once, for one.
func WithSoleWriter() Option { return func(l *Ledger) { l.sole = true } }

const cacheBytes = 48 << 20

// New joins the event log, the keys and the clock (UTC is not required).
func New(log *eventlog.Log, store *keys.Store, clock func() time.Time, options ...Option) *Ledger {
	return newLedger(log, store, clock, options...)
}

func newLedger(log eventStore, store *keys.Store, clock func() time.Time, options ...Option) *Ledger {
	l := &Ledger{
		log: log, keys: store, clock: clock, logger: slog.New(slog.DiscardHandler),
		heads: newHeads(cacheBytes), locks: newLocks(), recorded: func([]domain.Recorded) {}, cold: make(chan struct{}, coldReads),
	}
	l.fence = &fence{end: log.End}
	for _, o := range options {
		o(l)
	}
	return l
}

// Clock is the ledger's clock.
func (l *Ledger) Clock() time.Time { return l.clock() }

// Keys is the ledger's key store.
func (l *Ledger) Keys() *keys.Store { return l.keys }

// Logger is where the ledger's warnings go.
func (l *Ledger) Logger() *slog.Logger { return l.logger }

// Forget drops the remembered heads of streams, as after the log was put back to an older copy.
func (l *Ledger) Forget() { l.heads.forget() }
