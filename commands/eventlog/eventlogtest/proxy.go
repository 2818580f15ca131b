package eventlogtest

import (
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// Proxy stands between a client and a store and spoils the connection on demand.
type Proxy struct {
	target   string
	listener net.Listener
	hole     atomic.Bool
	answer   atomic.Pointer[func() bool]

	mu    sync.Mutex
	conns map[net.Conn]bool
}

// NewProxy listens on a free port of loopback and forwards to target, host:port.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &Proxy{target: target, listener: listener, conns: map[net.Conn]bool{}}
	t.Cleanup(func() { _ = listener.Close(); p.Kill() })
	go p.accept()
	return p
}

// Connection is an insecure connection string through the proxy.
func (p *Proxy) Connection() string { return "esdb://" + p.listener.Addr().String() + "?tls=false" }

// Kill cuts all connections of the moment.
func (p *Proxy) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
	p.conns = map[net.Conn]bool{}
}

// BlackHole lets connections of the moment and new ones hang: bytes are taken and go nowhere. Those caught in it stay dead.
func (p *Proxy) BlackHole(on bool) { p.hole.Store(on) }

// CutAnswers asks cut at each piece of an answer; true cuts the connection in its place, after the store has done its work.
func (p *Proxy) CutAnswers(cut func() bool) { p.answer.Store(&cut) }

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.serve(c)
	}
}

func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer server.Close()
	p.mu.Lock()
	p.conns[client], p.conns[server] = true, true
	p.mu.Unlock()
	go p.forward(server, client, func() bool { return false })
	p.forward(client, server, func() bool {
		cut := p.answer.Load()
		return cut != nil && (*cut)()
	})
}

func (p *Proxy) forward(to, from net.Conn, cut func() bool) {
	defer to.Close()
	buffer, dead := make([]byte, 64<<10), false
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if dead = dead || p.hole.Load(); dead {
			continue
		}
		if cut() {
			return
		}
		if _, err := io.Copy(to, strings.NewReader(string(buffer[:n]))); err != nil {
			return
		}
	}
}
