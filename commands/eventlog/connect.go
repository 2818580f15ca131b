package eventlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
)

const (
	firstPause  = 20 * time.Millisecond
	longPause   = 500 * time.Millisecond
	dialTimeout = time.Second
	// probeTimeout covers one discovery: gossip and the supported methods, gossipTimeoutS each.
	probeTimeout = 2*gossipTimeoutS*time.Second + time.Second
)

// connection holds one client of the store at a time, and makes another when it is of no use any more. mu guards what follows it.
type connection struct {
	config *esdb.Configuration
	seeds  []string
	log    *slog.Logger
	life   context.Context
	end    context.CancelFunc

	mu         sync.Mutex
	current    *session
	connecting chan struct{}
	closed     bool
	// why is what the last attempt to connect met; nil once connected.
	why error
}

// session is one client; it is closed once it is retired and nobody uses it.
type session struct {
	client  *esdb.Client
	users   int
	retired bool
}

// connectLocked starts one connecting goroutine, or joins the one at work; the channel closes when there is a client.
func (c *connection) connectLocked() <-chan struct{} {
	if c.connecting == nil {
		c.connecting = make(chan struct{})
		go c.connect(c.connecting)
	}
	return c.connecting
}

// connect tries until a server answers or the Log is closed.
func (c *connection) connect(done chan struct{}) {
	defer close(done)
	pause := firstPause
	for c.life.Err() == nil {
		client, err := c.attempt()
		if err == nil {
			c.publish(client)
			return
		}
		c.failed(err)
		select {
		case <-time.After(pause):
		case <-c.life.Done():
		}
		pause = min(2*pause, longPause)
	}
	c.publish(nil)
}

// failed keeps why the store is not reached, and logs it when that is news.
func (c *connection) failed(err error) {
	c.mu.Lock()
	before := c.why
	c.why = err
	c.mu.Unlock()
	if errors.Is(err, ErrTLS) && (before == nil || before.Error() != err.Error()) {
		c.log.Error("event store not reached", slog.Any("error", err))
		return
	}
	c.log.Debug("event store not reached", slog.Any("error", err))
}

func (c *connection) publish(client *esdb.Client) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.connecting = nil
	if client == nil {
		return
	}
	c.why = nil
	s := &session{client: client}
	if c.closed {
		c.retireLocked(s)
		return
	}
	c.current = s
}

// attempt reaches a server by plain TCP first, which can be cancelled. Then a client that gives up at once asks for the
// server's version: it may die of that, nobody else is in it. Only then is the real client made, which never gives up.
func (c *connection) attempt() (*esdb.Client, error) {
	address, err := c.reachable()
	if err != nil {
		return nil, err
	}
	scout := *c.config
	scout.MaxDiscoverAttempts = 1
	client, err := c.ask(&scout)
	if err != nil {
		if why := c.trouble(address); why != nil {
			return nil, why
		}
		return nil, err
	}
	_ = client.Close()
	return c.ask(c.config)
}

// ask makes a client and waits for its server's version.
func (c *connection) ask(config *esdb.Configuration) (*esdb.Client, error) {
	client, err := esdb.NewClient(config)
	if err != nil {
		return nil, fmt.Errorf("making an event store client: %w", err)
	}
	answered := make(chan error, 1)
	go func() {
		_, err := guarded(c.life, client, func(_ context.Context, c *esdb.Client) (*esdb.ServerVersion, error) {
			return c.GetServerVersion()
		})
		answered <- err
	}()
	patience := time.NewTimer(probeTimeout)
	defer patience.Stop()
	select {
	case err := <-answered:
		if err == nil {
			return client, nil
		}
		_ = client.Close()
		return nil, fmt.Errorf("asking the event store for its version: %w", err)
	case <-patience.C:
		err = fmt.Errorf("no answer within %s", probeTimeout)
	case <-c.life.Done():
		err = ErrClosed
	}
	go abandon(client, answered)
	return nil, err
}

// abandon closes a client once its discovery ends: closing it earlier would be a race inside the client.
func abandon(client *esdb.Client, answered <-chan error) {
	<-answered //nolint:errcheck // any answer will do
	_ = client.Close()
}

// reachable is the first of the servers that takes a connection.
func (c *connection) reachable() (string, error) {
	var last error
	for _, seed := range c.seeds {
		ctx, cancel := context.WithTimeout(c.life, dialTimeout)
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", seed)
		cancel()
		if err == nil {
			return seed, conn.Close()
		}
		last = err
	}
	return "", fmt.Errorf("reaching the event store: %w", last)
}

// acquire takes the current client, connecting first when there is none, until ctx ends.
func (c *connection) acquire(ctx context.Context) (*session, error) {
	for {
		c.mu.Lock()
		if c.closed {
			c.mu.Unlock()
			return nil, ErrClosed
		}
		if s := c.current; s != nil {
			s.users++
			c.mu.Unlock()
			return s, nil
		}
		connected := c.connectLocked()
		c.mu.Unlock()
		select {
		case <-connected:
		case <-ctx.Done():
			return nil, c.unreached(ctx)
		}
	}
}

// unreached says why there is no client, as far as that is known.
func (c *connection) unreached(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.why != nil {
		return fmt.Errorf("%w: %w (%w)", ErrUnavailable, c.why, context.Cause(ctx))
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, context.Cause(ctx))
}

func (c *connection) release(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.users--
	c.closeIdleLocked(s)
}

// retire takes a client out of use; the next call builds a new one.
func (c *connection) retire(s *session, cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !s.retired {
		c.log.Debug("event store client replaced", slog.Any("cause", cause))
	}
	c.retireLocked(s)
}

func (c *connection) retireLocked(s *session) {
	s.retired = true
	if c.current == s {
		c.current = nil
	}
	c.closeIdleLocked(s)
}

// closeIdleLocked closes only a client that nobody is in: the client panics on calls that overlap its Close.
func (c *connection) closeIdleLocked(s *session) {
	if s.retired && s.users == 0 && s.client != nil {
		_ = s.client.Close()
		s.client = nil
	}
}

func (c *connection) close() {
	c.end()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.current != nil {
		c.retireLocked(c.current)
	}
}
