package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSlowClientsStopNobody opens sockets that never finish their headers, and then asks as others do.
func TestSlowClientsStopNobody(t *testing.T) {
	r := serve(t, nil).ready()
	address := strings.TrimPrefix(r.base, "http://")
	const sockets = 300
	slow := make([]net.Conn, 0, sockets)
	t.Cleanup(func() {
		for _, c := range slow {
			_ = c.Close()
		}
	})
	for range sockets {
		c, err := net.Dial("tcp", address)
		require.NoError(t, err)
		slow = append(slow, c)
		_, err = io.WriteString(c, "GET / HTTP/1.1\r\nX-Slow: ")
		require.NoError(t, err)
	}
	for range 50 {
		require.Equal(t, http.StatusOK, r.get("/api/v1/me").status)
	}
	for _, c := range slow {
		require.NoError(t, c.SetReadDeadline(time.Now().Add(time.Minute)))
		_, err := io.ReadAll(c)
		require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the server has to give up on it")
	}
}
