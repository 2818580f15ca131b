package projections

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestASmallOrganizationIsNotBehindALargeOne in the very next slice, whichever of the two comes first by its id.
func TestASmallOrganizationIsNotBehindALargeOne(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	one, two := l.another(1), l.another(2)
	for _, o := range []*testLedger{one, two} {
		o.found(1)
		l.settled(o.advance("2026-03-20T00:00:00Z"))
	}
	l.stop()
	ctx := context.Background()
	for _, pair := range [][2]*testLedger{{one, two}, {two, one}} {
		large, small := pair[0], pair[1]
		p, err := l.engine.leader.live(ctx, 1)
		require.NoError(t, err)
		_, err = l.pool.Exec(ctx, `INSERT INTO rm_1.dirty VALUES ($1, $2, '2026-03-01', '2026-03-20'), ($3, $4, '2026-03-20', '2026-03-20')`,
			large.org, large.members[0], small.org, small.members[0])
		require.NoError(t, err)
		for range 2 {
			_, _, err := p.days.Drain(ctx, p.fenced, 2)
			require.NoError(t, err)
		}
		require.Empty(t, l.rows("SELECT member::text FROM rm.dirty WHERE org = $1", small.org))
		require.Len(t, l.rows("SELECT member::text FROM rm.dirty WHERE org = $1", large.org), 1)
		require.NoError(t, p.sweep(ctx))
	}
}
