package eventlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"google.golang.org/grpc/metadata"
)

// Log is the event store. All methods may be called from many goroutines and obey their context.
type Log struct {
	connection *connection
	crew       crew
	local      Local
	// refused is why the store took no append lately.
	refused atomic.Pointer[refusal]
}

const (
	// discoverAttempts keeps the client from dying: a client that gave up hangs its callers for good.
	discoverAttempts   = math.MaxInt32
	discoverIntervalMS = 250
	gossipTimeoutS     = 3
)

// Dial prepares a log from a connection string such as esdb://127.0.0.1:2113?tls=false; it connects at the first call.
func Dial(connectionString string, log *slog.Logger, options ...Option) (*Log, error) {
	config, err := esdb.ParseConnectionString(connectionString)
	if err != nil {
		return nil, fmt.Errorf("%s is not an EventStoreDB connection string such as esdb://localhost:2113?tls=false: %w",
			redacted(connectionString), withoutURL(err))
	}
	if err := usable(config); err != nil {
		return nil, fmt.Errorf("the EventStoreDB connection string %s: %w", redacted(connectionString), err)
	}
	config.MaxDiscoverAttempts = discoverAttempts
	config.DiscoveryInterval = discoverIntervalMS
	config.GossipTimeout = gossipTimeoutS
	config.Logger = clientLogger(log)
	c := &connection{config: config, seeds: seedsOf(config), log: log}
	c.life, c.end = context.WithCancel(context.Background())
	l := &Log{connection: c, crew: newCrew(c.life.Done())}
	for _, o := range options {
		o(l)
	}
	return l, nil
}

// usable refuses what the client would take and the ledger must not have.
func usable(config *esdb.Configuration) error {
	if config.NodePreference != esdb.NodePreferenceLeader {
		return errors.New("nodePreference must be leader, or be left out: other nodes answer late, and commands would be decided on what is no longer true")
	}
	return config.Validate()
}

// withoutURL drops the URL, and so the password, that net/url repeats in its errors.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// redacted leaves the password out of messages.
func redacted(connectionString string) string {
	scheme, rest, found := strings.Cut(connectionString, "://")
	if at := strings.LastIndex(rest, "@"); found && at >= 0 {
		return fmt.Sprintf("%q", scheme+"://…@"+rest[at+1:])
	}
	return fmt.Sprintf("%q", connectionString)
}

func seedsOf(config *esdb.Configuration) []string {
	if len(config.GossipSeeds) == 0 {
		return []string{config.Address}
	}
	seeds := make([]string, len(config.GossipSeeds))
	for i, s := range config.GossipSeeds {
		seeds[i] = s.String()
	}
	return seeds
}

// clientLogger brings the client's lines into ours; its errors are reported by the caller again, so they are debug lines.
func clientLogger(log *slog.Logger) esdb.LoggingFunc {
	return func(level esdb.LogLevel, format string, args ...any) {
		log.Debug("event store client", slog.Any("level", level), slog.Any("text", fmt.Sprintf(format, args...)))
	}
}

// Close ends the connection; calls under way end with an error.
func (l *Log) Close() { l.connection.close() }

// Ping answers nil when the store answers.
func (l *Log) Ping(ctx context.Context) error {
	_, err := l.readAllPage(ctx, allFrom{direction: esdb.Backwards, position: esdb.End{}, count: 1})
	return err
}

// leaderTries bounds how often a call follows the leader; an election ends within seconds.
const leaderTries = 8

// run calls the client, and calls it again when the node says that it does not lead: then the client has gone to the leader that the node named.
// Nothing was written or read by such a call, nor by an append that was cut short: a ping then finds out who leads, because a large append would
// be cut short each time.
func run[T any](ctx context.Context, l *Log, op func(context.Context, *esdb.Client) (T, error)) (T, error) {
	for try := 1; ; try++ {
		value, err := once(ctx, l, op)
		if !notLeader(err) && !cutShort(err) || try == leaderTries {
			return value, err
		}
		if cutShort(err) {
			_ = l.Ping(ctx) //nolint:errcheck // the append itself tells what is wrong
		}
		l.connection.log.DebugContext(ctx, "event store node refused a call", slog.Any("error", err), slog.Int("try", try))
		select {
		case <-time.After(min(firstPause<<try, longPause)):
		case <-ctx.Done():
			return value, err
		case <-l.connection.life.Done():
			return value, ErrClosed
		}
	}
}

// once calls the client without trusting it: in a goroutine, because it ignores contexts while it looks for a server.
func once[T any](ctx context.Context, l *Log, op func(context.Context, *esdb.Client) (T, error)) (T, error) {
	var zero T
	s, err := l.connection.acquire(ctx)
	if err != nil {
		return zero, err
	}
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	l.crew.do(func() {
		defer l.connection.release(s)
		value, err := guarded(ctx, s.client, op)
		done <- outcome{value, err}
	})
	select {
	case o := <-done:
		if o.err != nil && fatal(o.err) && !errors.Is(ctx.Err(), context.Canceled) {
			l.connection.retire(s, o.err)
		}
		return o.value, o.err
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			l.connection.retire(s, ctx.Err())
		}
		return zero, context.Cause(ctx)
	case <-l.connection.life.Done():
		return zero, ErrClosed
	}
}

// guarded survives the client's panics, and demands the leader. The client means to demand it, but writes the header into its own incoming
// metadata, which no server sees; a follower answers late, and daka would decide on it.
func guarded[T any](ctx context.Context, c *esdb.Client, op func(context.Context, *esdb.Client) (T, error)) (value T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &clientPanic{p}
		}
	}()
	return op(metadata.AppendToOutgoingContext(ctx, "requires-leader", "true"), c)
}
