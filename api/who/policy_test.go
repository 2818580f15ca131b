package who

import (
	"testing"

	"github.com/test-go/testify/require"
)

func TestARouteWithoutAPolicyDoesNotStart(t *testing.T) {
	require.NoError(t, CheckPolicy([]string{"GET /healthz"}))
	require.EqualError(t, CheckPolicy([]string{"GET /b", "GET /healthz", "GET /a"}), "the policy table has no entry for GET /a, GET /b; every route names who may use it")
}
