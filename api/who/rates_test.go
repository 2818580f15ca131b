package who

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/limit"
	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/domain"
)

const punchRoute = "POST " + v1 + "/orgs/{org}/punches"

// limited is a guard that refuses what one asks too often, by a clock that the test moves.
func limited(now *time.Time) *Guard {
	return NewGuard(GuardConfig{Rates: limit.NewRates(prometheus.NewRegistry()), Now: func() time.Time { return *now }})
}

func limitOf(g *Guard, p Principal, roles []Role, route string) error {
	method, path, _ := strings.Cut(route, " ")
	return g.limit(httptest.NewRequest(method, path, nil), p, roles, route)
}

func someone() Principal {
	id := uuid.New()
	return Principal{Actor: domain.Actor{Kind: domain.ActorAccount, ID: id.String()}, Account: &id}
}

// TestAThousandPeopleAtOnce is 08:59: they share an address, and the limits never ask for it.
func TestAThousandPeopleAtOnce(t *testing.T) {
	now := time.Unix(1000, 0)
	g := limited(&now)
	for range 1000 {
		p := someone()
		for _, route := range []string{"GET " + v1 + "/me", "GET " + v1 + "/orgs/{org}/members/{member}/today", "POST " + v1 + "/orgs/{org}/files", punchRoute} {
			require.NoError(t, limitOf(g, p, []Role{domain.RoleEmployee}, route))
		}
	}
}

func TestOneWhoAsksTooOftenWaits(t *testing.T) {
	now := time.Unix(1000, 0)
	g := limited(&now)
	p := someone()
	took := 0
	for ; limitOf(g, p, []Role{domain.RoleEmployee}, punchRoute) == nil; took++ {
	}
	require.Equal(t, 30, took)
	err := limitOf(g, p, []Role{domain.RoleEmployee}, punchRoute)
	var refusal *domain.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, "rate_limited", refusal.Code)
	require.Equal(t, time.Minute, refusal.RetryAfter)
	require.NoError(t, limitOf(g, p, []Role{domain.RoleEmployee}, "GET "+v1+"/me"), "reading has a bucket of its own")
	require.NoError(t, limitOf(g, someone(), []Role{domain.RoleEmployee}, punchRoute), "and so has everybody else")
	now = time.Unix(1060, 0)
	require.NoError(t, limitOf(g, p, []Role{domain.RoleEmployee}, punchRoute))
	w := httptest.NewRecorder()
	problem.NewExplainer(slog.New(slog.DiscardHandler), nil).Of(t.Context(), err).Write(w)
	require.Equal(t, http.StatusTooManyRequests, w.Code)
	require.Equal(t, "60", w.Header().Get("Retry-After"))
}

func TestWhoSendsForManyIsNotHeldUp(t *testing.T) {
	now := time.Unix(1000, 0)
	g := limited(&now)
	device, program := someone(), Principal{Actor: domain.Actor{Kind: domain.ActorToken, ID: uuid.NewString()}, Program: &ProgramToken{}}
	for range 10 { // ten seconds of a thousand punches a second
		for range 1000 {
			require.NoError(t, limitOf(g, device, []Role{domain.RoleDevice, domain.RoleEmployee}, punchRoute))
			require.NoError(t, limitOf(g, program, nil, punchRoute))
		}
		now = now.Add(time.Second)
	}
	for range 10_000 {
		require.NoError(t, limitOf(g, AdministratorBy("token"), []Role{Administrator}, punchRoute))
	}
}
