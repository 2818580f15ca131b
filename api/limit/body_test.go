package limit

import (
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

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

// TestABodyPaysALeastRate: the deadline moves with what has come, and not beyond the whole time.
func TestABodyPaysALeastRate(t *testing.T) {
	d := &readDeadlines{ResponseRecorder: httptest.NewRecorder()}
	r := httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", 64*leastRate)))
	body := Pace(d, r, largeTime)
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

// readDeadlines is a connection that remembers the deadlines of its reads.
type readDeadlines struct {
	*httptest.ResponseRecorder
	read []time.Time
}

func (d *readDeadlines) SetReadDeadline(at time.Time) error { d.read = append(d.read, at); return nil }
