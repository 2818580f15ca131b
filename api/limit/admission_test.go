package limit

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
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
		require.Equal(t, want, laneOf(method, Root+path), route)
	}
	require.Equal(t, open, laneOf("POST", "/elsewhere"))
	require.Equal(t, "o", orgIn(Root+"/orgs/o/punches"))
	require.Equal(t, "", orgIn(Root+"/me"))
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
	a := NewAdmission(prometheus.NewRegistry(), time.Now)
	p := a.pools[punches]
	now := time.Now()
	p.shares["busy"] = &share{key: "busy", line: []*waiter{{arrived: now.Add(-time.Second), answer: make(chan bool, 1)}}, since: now.Add(-time.Minute), served: now}
	came := 0
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		came++
		leave, err := a.Place(r.Context(), Part{Key: "quiet", Caller: "somebody", Many: 1}, punches)
		require.NoError(t, err)
		leave()
	})
	for _, lang := range []string{"en", "zh-CN,zh;q=0.9"} {
		r := httptest.NewRequest("POST", Root+"/orgs/busy/punches", unread{t})
		r.Header.Set("Accept-Language", lang)
		answer := httptest.NewRecorder()
		a.Arrive(answer, r, next)
		require.Equal(t, http.StatusServiceUnavailable, answer.Code)
		require.Contains(t, answer.Body.String(), `"code":"overloaded"`)
		require.Equal(t, lang != "en", strings.Contains(answer.Body.String(), "服务器繁忙"))
		seconds, err := strconv.Atoi(answer.Header().Get("Retry-After"))
		require.NoError(t, err)
		require.GreaterOrEqual(t, seconds, 1)
	}
	require.Zero(t, came)
	for _, path := range []string{"/orgs/quiet/punches", "/orgs/quiet/departments", "/orgs/busy/departments"} {
		a.Arrive(httptest.NewRecorder(), httptest.NewRequest("POST", Root+path, nil), next)
	}
	require.Equal(t, 3, came)
}

// TestEveryLaneHasAPool, and every pool leaves places for a newcomer.
func TestEveryLaneHasAPool(t *testing.T) {
	a := NewAdmission(prometheus.NewRegistry(), time.Now)
	for _, l := range []lane{punches, writes, strangers, large, pictures, uploads, Importing, exports} {
		p := a.pools[l]
		require.NotNil(t, p, l)
		require.GreaterOrEqual(t, p.places, 8, l)
		_, err := p.enter(t.Context(), uuid.NewString(), "somebody", 1)
		require.NoError(t, err)
	}
	require.Len(t, a.pools, 8)
}
