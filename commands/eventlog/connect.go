package eventlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
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

// connectLocked starts one connecting goroutine, or joins the one at work; the channel closes when there is a client.
func (l *Log) connectLocked() <-chan struct{} {
	if l.connecting == nil {
		l.connecting = make(chan struct{})
		go l.connect(l.connecting)
	}
	return l.connecting
}

// connect tries until a server answers or the Log is closed.
func (l *Log) connect(done chan struct{}) {
	defer close(done)
	pause := firstPause
	for l.life.Err() == nil {
		client, err := l.attempt()
		if err == nil {
			l.publish(client)
			return
		}
		l.failed(err)
		select {
		case <-time.After(pause):
		case <-l.life.Done():
		}
		pause = min(2*pause, longPause)
	}
	l.publish(nil)
}

// failed keeps why the store is not reached, and logs it when that is news.
func (l *Log) failed(err error) {
	l.mu.Lock()
	before := l.why
	l.why = err
	l.mu.Unlock()
	if errors.Is(err, ErrTLS) && (before == nil || before.Error() != err.Error()) {
		l.log.Error("event store not reached", slog.Any("error", err))
		return
	}
	l.log.Debug("event store not reached", slog.Any("error", err))
}

func (l *Log) publish(client *esdb.Client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.connecting = nil
	if client == nil {
		return
	}
	l.why = nil
	s := &session{client: client}
	if l.closed {
		l.retireLocked(s)
		return
	}
	l.current = s
}

// attempt reaches a server by plain TCP first, which can be cancelled. Then a client that gives up at once asks for the
// server's version: it may die of that, nobody else is in it. Only then is the real client made, which never gives up.
func (l *Log) attempt() (*esdb.Client, error) {
	address, err := l.reachable()
	if err != nil {
		return nil, err
	}
	scout := *l.config
	scout.MaxDiscoverAttempts = 1
	client, err := l.ask(&scout)
	if err != nil {
		if why := l.trouble(address); why != nil {
			return nil, why
		}
		return nil, err
	}
	_ = client.Close()
	return l.ask(l.config)
}

// ask makes a client and waits for its server's version.
func (l *Log) ask(config *esdb.Configuration) (*esdb.Client, error) {
	client, err := esdb.NewClient(config)
	if err != nil {
		return nil, fmt.Errorf("making an event store client: %w", err)
	}
	answered := make(chan error, 1)
	go func() {
		_, err := guarded(l.life, client, func(_ context.Context, c *esdb.Client) (*esdb.ServerVersion, error) {
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
	case <-l.life.Done():
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
func (l *Log) reachable() (string, error) {
	var last error
	for _, seed := range l.seeds {
		ctx, cancel := context.WithTimeout(l.life, dialTimeout)
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
