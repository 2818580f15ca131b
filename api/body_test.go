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
)

// TestTheOldestHalfBodyOfAShareIsCut: whoever fills a share with bodies that do not come loses the oldest of their own.
func TestTheOldestHalfBodyOfAShareIsCut(t *testing.T) {
	b := newReception(8)
	cut := map[string]int{}
	begin := func(key, caller string) func() {
		name := fmt.Sprintf("%s/%s/%d", key, caller, b.all.Len())
		return b.begin(key, caller, 1, func() { cut[key]++; cut[name]++ })
	}
	for i := range 20 {
		begin("flood", fmt.Sprint(i))
	}
	require.Equal(t, 16, cut["flood"], "it holds as many as are free")
	require.Equal(t, 1, cut["flood/0/0"], "the oldest went first")
	for range 4 {
		begin("other", "a")()
	}
	require.Zero(t, cut["other"])
	for i := range 6 {
		begin(fmt.Sprint("many", i), "a")
	}
	require.LessOrEqual(t, b.all.Len(), 8)
	require.Equal(t, len(b.shares), func() (n int) {
		for _, own := range b.shares {
			if own.Len() > 0 {
				n++
			}
		}
		return n
	}(), "no share is kept for nobody")
}

// TestOneCallersHalfBodies are bounded, however much room the organization has.
func TestOneCallersHalfBodies(t *testing.T) {
	b := newReception(1000)
	cut := 0
	var ends []func()
	for range bodiesOfCaller + 5 {
		ends = append(ends, b.begin("org", "caller", 1, func() { cut++ }))
	}
	b.begin("org", "colleague", 1, func() { t.Error("a colleague's body is no part of it") })
	require.Equal(t, 5, cut)
	for _, end := range ends {
		end()
	}
	require.Equal(t, 1, b.all.Len())
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

// TestHalfBodiesStopNobody: imports, commands and logins that never end, more than there are places of every kind, beside somebody who
// punches, imports and signs in.
func TestHalfBodiesStopNobody(t *testing.T) {
	program := &ProgramToken{ID: uuid.New(), Scopes: []string{"punching:write", "imports:write", "organization:write", "members:write"}}
	w := newWalls(t, map[string]*ProgramToken{"hostile": program})
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
	w.server.admission.bodies.mu.Lock()
	defer w.server.admission.bodies.mu.Unlock()
	require.LessOrEqual(t, w.server.admission.bodies.all.Len(), bodiesAtOnce)
	require.Positive(t, w.server.admission.bodies.all.Len(), "they were half here all the time")
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

// TestABodyPaysALeastRate: the deadline moves with what has come, and not beyond the whole time.
func TestABodyPaysALeastRate(t *testing.T) {
	d := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	r := httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", 64*leastRate)))
	body := pacedBody(d, r, largeTime)
	_, err := io.ReadFull(body, make([]byte, 10*leastRate))
	require.NoError(t, err)
	_, _ = body.Read(make([]byte, 1))
	require.WithinDuration(t, body.began.Add(bodyTime), d.read[0], time.Millisecond)
	require.WithinDuration(t, body.began.Add(bodyTime+10*time.Second), d.read[len(d.read)-1], 200*time.Millisecond)
	_, err = io.ReadAll(body)
	require.NoError(t, err)
	require.Equal(t, body.began.Add(largeTime), d.read[len(d.read)-1])
	body.cut()
	body.setDeadline(time.Now().Add(time.Hour))
	require.True(t, d.read[len(d.read)-1].Before(time.Now()), "what is cut stays cut")
}
