package api

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/who"
)

// TestHalfBodiesStopNobody: imports, commands and logins that never end, more than there are places of every kind, beside somebody who
// punches, imports and signs in.
func TestHalfBodiesStopNobody(t *testing.T) {
	program := &who.ProgramToken{ID: uuid.New(), Scopes: []string{"punching:write", "imports:write", "organization:write", "members:write"}}
	w := newWalls(t, map[string]*who.ProgramToken{"hostile": program})
	hostile, _ := w.founded("Hostile")
	program.Org = uuid.MustParse(strings.TrimPrefix(hostile, "/orgs/"))
	org, boss := w.founded("Acme")
	require.Equal(t, http.StatusCreated, w.ask(boss.caller(), "PUT", v1+org+"/attendance", `{"enabled":true}`).status)
	server := httptest.NewServer(w.server)
	t.Cleanup(server.Close)
	address := server.Listener.Addr().String()
	for i := range 300 {
		for _, path := range []string{hostile + "/imports", hostile + "/punches", hostile + "/members", "/auth/login"} {
			kind := "application/json"
			if strings.HasSuffix(path, "/imports") {
				kind = "multipart/form-data; boundary=x"
			}
			half(t, address, fmt.Sprintf("POST %s HTTP/1.1\nHost: x\n%s: hostile\nIdempotency-Key: %s\nContent-Type: %s\nContent-Length: 900\n\n--", v1+path, testCaller, uuid.New(), kind))
		}
		if i%60 == 0 {
			require.Equal(t, http.StatusCreated, w.ask(boss.caller(), "POST", v1+org+"/punches", `{"member":"me"}`).status, i)
		}
	}
	for range 20 {
		require.Equal(t, http.StatusCreated, w.ask(boss.caller(), "POST", v1+org+"/punches", `{"member":"me"}`).status)
	}
	require.Equal(t, http.StatusCreated, w.ask(boss.caller(), "POST", v1+org+"/departments", `{"name":"Works"}`).status)
	require.Equal(t, http.StatusUnauthorized, w.ask(nobody, "POST", v1+"/auth/login", `{"token":"x"}`).status)
	halfHere := w.server.admission.HalfHere()
	require.LessOrEqual(t, halfHere, 1024)
	require.Positive(t, halfHere, "they were half here all the time")
}

// TestASlowBodyIsEnded: who is not known, and who is, gets 408 and loses the connection; so does one whose answer came before the body.
func TestASlowBodyIsEnded(t *testing.T) {
	w := newWalls(t, nil)
	org, boss := w.founded("Acme")
	server := httptest.NewServer(w.server)
	t.Cleanup(server.Close)
	address := server.Listener.Addr().String()
	const head = "POST %s HTTP/1.1\nHost: x\n%s: %s\nIdempotency-Key: 0197b5a0-0000-7000-8000-000000000001\nContent-Type: application/json\nContent-Length: 90\n\n{"
	for name, c := range map[string]struct {
		conn   net.Conn
		status int
	}{
		"a stranger":   {half(t, address, fmt.Sprintf(head, v1+"/auth/login", testCaller, "")), http.StatusRequestTimeout},
		"a member":     {half(t, address, fmt.Sprintf(head, v1+org+"/punches", testCaller, boss.caller())), http.StatusRequestTimeout},
		"not for them": {half(t, address, fmt.Sprintf(head, v1+"/admin/rebuild", testCaller, boss.caller())), http.StatusForbidden},
	} {
		res, body := answerOf(t, c.conn)
		require.Equal(t, c.status, res.StatusCode, "%s: %s", name, body)
		_, err := c.conn.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF, "%s: the connection is of no use any more", name)
	}
}

// half opens a connection and sends a request whose body does not come.
func half(t *testing.T, address, head string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	_, err = io.WriteString(c, strings.ReplaceAll(head, "\n", "\r\n"))
	require.NoError(t, err)
	return c
}

func answerOf(t *testing.T, c net.Conn) (*http.Response, string) {
	t.Helper()
	require.NoError(t, c.SetReadDeadline(time.Now().Add(time.Minute)))
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(body)
}
