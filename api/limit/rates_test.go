package limit

import (
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/dakahq/daka/domain"
)

func TestEveryHolderHasEveryBucket(t *testing.T) {
	for holder, classes := range sizes() {
		for _, c := range []class{punching, asking, writing, exporting, sending} {
			require.Positive(t, classes[c].burst, holder)
			require.Positive(t, classes[c].perMinute, holder)
		}
	}
	for route, want := range map[string]class{"POST " + Root + "/orgs/{org}/punches": punching, "POST " + Root + "/orgs/{org}/punches" + "/batch": punching, "GET " + Root + "/orgs/{org}/members/{member}/punches": asking,
		"POST " + Root + "/orgs/{org}/files": sending, "GET " + Root + "/orgs/{org}/files/{file}": asking, "GET " + Root + "/orgs/{org}/days/export": exporting,
		"PATCH " + Root + "/me": writing} {
		require.Equal(t, want, classOf(route), route)
	}
	require.True(t, IsPage("2026-11"))
	require.False(t, IsPage("2026-11.csv"))
}

func TestBucketsAreBounded(t *testing.T) {
	l := NewRates(prometheus.NewRegistry())
	count := func() (n int) {
		for i := range l.shards {
			n += len(l.shards[i].buckets)
		}
		return n
	}
	for i := range shards*perShard + 10_000 {
		require.NoError(t, l.takeOne(bucketKey{domain.Actor{ID: strconv.Itoa(i)}, Employee, punching}, time.Unix(1000, 0)))
	}
	require.LessOrEqual(t, count(), shards*perShard)
	require.Greater(t, count(), shards*perShard/4)
	kept := l.shards[0].buckets
	l.shards[0].forget(time.Unix(5000, 0))
	for i := 0; len(kept) < perShard; i++ {
		kept[bucketKey{who: domain.Actor{ID: strconv.Itoa(i)}}] = rate.NewLimiter(1, 1)
	}
	l.shards[0].forget(time.Unix(5000, 0))
	require.Empty(t, kept, "the full ones go first")
}
