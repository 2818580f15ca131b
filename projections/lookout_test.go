package projections

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/dakahq/daka/domain"
)

// TestManyReadersWaitForPositionsThatCome lets readers wait for punches and a rule before these are written; each is answered, and the
// lookout is over once nobody waits.
func TestManyReadersWaitForPositionsThatCome(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.found(3)
	l.settled(l.advance("2026-03-05T00:00:00Z"))
	var g errgroup.Group
	wait := func(position string) {
		g.Go(func() error {
			// A machine under load may need more than one wait.
			for range 10 {
				at, stale, err := l.engine.Wait(context.Background(), position)
				if err != nil || !stale && at.Stream+"@"+fmt.Sprint(at.Revision) == position {
					return err
				}
			}
			return fmt.Errorf("%s was not reached", position)
		})
	}
	for range 20 {
		for _, m := range l.members {
			wait(domain.TimesheetStream(l.org, m, "202603") + "@0")
		}
		wait(domain.GroupStream(l.org, l.group) + "@2")
	}
	require.Eventually(t, func() bool { return len(l.engine.lookout.waiting(l.org)) > 0 }, 10*time.Second, time.Millisecond)
	for _, m := range l.members {
		l.punch(m, "2026-03-04T08:59:00")
	}
	l.write(domain.GroupStream(l.org, l.group), l.group, l.ruleEvent(2, 0, "2026-03-02"))
	require.NoError(t, g.Wait())
	require.Eventually(t, func() bool {
		l.engine.lookout.mu.Lock()
		defer l.engine.lookout.mu.Unlock()
		return len(l.engine.lookout.orgs) == 0
	}, 10*time.Second, 10*time.Millisecond)
}

// TestSlicesFit has a sweep's slices take about the time that pages may be held up.
func TestSlicesFit(t *testing.T) {
	for _, c := range []struct {
		size int
		took time.Duration
		want int
	}{
		{250, sliceTime, 250},
		{250, 2 * sliceTime, 125},
		{250, 20 * sliceTime, 125},
		{250, sliceTime / 10, 500},
		{sliceLeast, 20 * sliceTime, sliceLeast},
		{sliceMost, 0, sliceMost},
	} {
		require.Equal(t, c.want, fitting(c.size, c.took), "%d in %s", c.size, c.took)
	}
}
