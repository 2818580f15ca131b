package node

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"google.golang.org/grpc"
)

const (
	knock       = 10 * time.Second // until a caller must have said what it speaks
	restBetween = 50 * time.Millisecond
)

// door stands on the one port: who speaks HTTP/2 alone, as gRPC does, goes to gRPC's own server, all others to a web server.
type door struct {
	ln   net.Listener
	tls  *tls.Config
	grpc *inbox
	web  *inbox
	http *http.Server
	once sync.Once
}

func newDoor(ln net.Listener, secure *tls.Config, server *grpc.Server, log *slog.Logger) *door {
	d := &door{ln: ln, tls: secure, grpc: newInbox(ln.Addr()), web: newInbox(ln.Addr())}
	d.http = &http.Server{Handler: web(server, secure != nil), ReadHeaderTimeout: knock, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	return d
}

// open lets callers in until close.
func (d *door) open() {
	go func() { _ = d.http.Serve(d.web) }()
	for {
		conn, err := d.ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			d.close()
			return
		}
		if err != nil { // such as too many open files
			time.Sleep(restBetween)
			continue
		}
		go func() {
			if calm(func() error { return d.admit(conn) }) != nil {
				_ = conn.Close()
			}
		}()
	}
}

func (d *door) close() {
	d.once.Do(func() {
		_ = d.ln.Close()
		_ = d.grpc.Close()
		_ = d.web.Close()
		_ = d.http.Close()
	})
}

var preface = []byte("PRI")

// admit finds out what the caller speaks: by what TLS agreed on, else by the first bytes.
func (d *door) admit(conn net.Conn) error {
	_ = conn.SetDeadline(time.Now().Add(knock))
	if d.tls != nil {
		return d.greet(conn)
	}
	first := make([]byte, len(preface))
	if _, err := io.ReadFull(conn, first); err != nil {
		return err
	}
	_ = conn.SetDeadline(time.Time{})
	begun := &begunConn{Conn: conn, first: first}
	if bytes.Equal(first, preface) {
		return d.grpc.put(begun)
	}
	return d.web.put(begun)
}

// greet shakes hands. A client that offers HTTP/2 alone is a gRPC client; one that offers both may be either, and is served
// by the web server, which hands gRPC calls on.
func (d *door) greet(conn net.Conn) error {
	both := true
	config := d.tls.Clone()
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		both = len(hello.SupportedProtos) != 1 || hello.SupportedProtos[0] != "h2"
		return nil, nil
	}
	secure := tls.Server(conn, config)
	ctx, cancel := context.WithTimeout(context.Background(), knock)
	defer cancel()
	if err := secure.HandshakeContext(ctx); err != nil {
		return err
	}
	_ = conn.SetDeadline(time.Time{})
	if both {
		return d.web.put(secure)
	}
	return d.grpc.put(secure)
}

// begunConn is a connection whose first bytes were read already.
type begunConn struct {
	net.Conn
	first []byte
}

func (c *begunConn) Read(b []byte) (int, error) {
	if len(c.first) == 0 {
		return c.Conn.Read(b)
	}
	n := copy(b, c.first)
	c.first = c.first[n:]
	return n, nil
}

// inbox is a listener whose connections another one accepted.
type inbox struct {
	addr  net.Addr
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newInbox(addr net.Addr) *inbox {
	return &inbox{addr: addr, conns: make(chan net.Conn), done: make(chan struct{})}
}

func (b *inbox) put(c net.Conn) error {
	select {
	case b.conns <- c:
		return nil
	case <-b.done:
		return net.ErrClosed
	}
}

// Accept waits for the next connection.
func (b *inbox) Accept() (net.Conn, error) {
	select {
	case c := <-b.conns:
		return c, nil
	case <-b.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (b *inbox) Close() error {
	b.once.Do(func() { close(b.done) })
	return nil
}

// Addr is the address of the one listener.
func (b *inbox) Addr() net.Addr { return b.addr }
