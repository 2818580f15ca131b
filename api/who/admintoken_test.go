package who

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSessionsEnd(t *testing.T) {
	at := func(unix int64) func() time.Time { return func() time.Time { return time.Unix(unix, 0) } }
	token := strings.Repeat("a", 64)
	good := &AdminToken{token: token, now: at(1000)}
	value := good.Session(time.Unix(2000, 0))
	require.True(t, good.isSession(value))
	require.False(t, (&AdminToken{token: token, now: at(2001)}).isSession(value), "it expired")
	require.False(t, good.isSession(strings.Replace(value, "2000", "9000", 1)), "its expiry is signed")
	require.False(t, (&AdminToken{token: strings.Repeat("b", 64), now: at(1000)}).isSession(value), "a new token ends it")
	none := &AdminToken{now: at(1000)}
	require.False(t, none.isSession(none.Session(time.Unix(2000, 0))), "an empty token lets nobody in")
	require.False(t, none.Is(""))
}
