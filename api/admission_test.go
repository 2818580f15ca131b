package api

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestLanes(t *testing.T) {
	for route, want := range map[string]lane{
		"POST /orgs/o/punches": punches, "POST /orgs/o/punches/batch": punches, "GET /orgs/o/punches": open,
		"POST /auth/login": strangers, "POST /auth/codes": strangers, "POST /auth/register": strangers,
		"POST /orgs/o/imports": uploads, "GET /orgs/o/imports": open, "POST /orgs/o/imports/i/revert": writes,
		"POST /orgs/o/files": pictures, "PUT /me/avatar": pictures, "GET /orgs/o/files/f": open,
		"GET /orgs/o/days/export": exports, "GET /orgs/o/months/2026-03.xlsx": exports, "GET /orgs/o/months/2026-03": open, "GET /orgs/o/months/2026-03/totals": open,
		"PUT /orgs/o/groups/g/rule": writes, "POST /orgs": writes, "POST /admin/rebuild": open, "NONSENSE /orgs/o": writes,
	} {
		method, path, _ := strings.Cut(route, " ")
		require.Equal(t, want, laneOf(method, v1+path), route)
	}
	require.Equal(t, open, laneOf("POST", "/elsewhere"))
	require.Equal(t, "o", orgIn(v1+"/orgs/o/punches"))
	require.Equal(t, "", orgIn(v1+"/me"))
}

// unread is a body that fails the test when it is read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body of a request that is turned away was read")
	return 0, http.ErrBodyNotAllowed
}
func (u unread) Close() error { return nil }

// TestTurningAwayReadsNothing: neither the body, nor who asks, nor anything else; and another organization's punch is taken meanwhile.
func TestTurningAwayReadsNothing(t *testing.T) {
	w := newWalls(t, nil)
	busy, _ := w.founded("Busy")
	org, boss := w.founded("Acme")
	require.Equal(t, http.StatusCreated, w.ask(boss.caller(), "PUT", v1+org+"/attendance", `{"enabled":true}`).status)
	id := strings.TrimPrefix(busy, "/orgs/")
	p := w.server.admission.pools[punches]
	p.mu.Lock()
	now := time.Now()
	p.shares[id] = &share{key: id, line: []*waiter{{arrived: now.Add(-time.Second), answer: make(chan bool, 1)}}, since: now.Add(-time.Minute), served: now}
	p.mu.Unlock()
	for _, lang := range []string{"en", "zh-CN,zh;q=0.9"} {
		r := httptest.NewRequest("POST", v1+busy+"/punches", unread{t})
		r.Header.Set("Accept-Language", lang)
		answer := httptest.NewRecorder()
		w.server.ServeHTTP(answer, r)
		require.Equal(t, http.StatusServiceUnavailable, answer.Code)
		require.Contains(t, answer.Body.String(), `"code":"overloaded"`)
		require.Equal(t, lang != "en", strings.Contains(answer.Body.String(), "服务器繁忙"))
		seconds, err := strconv.Atoi(answer.Header().Get("Retry-After"))
		require.NoError(t, err)
		require.GreaterOrEqual(t, seconds, 1)
	}
	require.Equal(t, http.StatusCreated, w.ask(boss.caller(), "POST", v1+org+"/punches", `{"member":"me"}`).status)
	require.Equal(t, http.StatusCreated, w.ask(boss.caller(), "POST", v1+org+"/departments", `{"name":"Works"}`).status)
}

// TestEveryLaneHasAPool, and every pool leaves places for a newcomer.
func TestEveryLaneHasAPool(t *testing.T) {
	s := newServer(t, nil)
	for _, route := range s.routes {
		method, path, _ := strings.Cut(route, " ")
		if l := laneOf(method, path); l != open {
			require.Contains(t, s.admission.pools, l, route)
		}
	}
	for l, p := range s.admission.pools {
		require.GreaterOrEqual(t, p.places, 8, l)
		_, err := p.enter(t.Context(), uuid.NewString(), "somebody", 1)
		require.NoError(t, err)
	}
}
