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
				at, stale, err := l.engine.Wait(context.Background(), position, EveryDay())
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
	require.Eventually(t, func() bool { return len(l.engine.waiters.pending(l.org)) > 0 }, 10*time.Second, time.Millisecond)
	for _, m := range l.members {
		l.punch(m, "2026-03-04T08:59:00")
	}
	l.write(domain.GroupStream(l.org, l.group), l.group, l.ruleEvent(2, 0, "2026-03-02"))
	require.NoError(t, g.Wait())
	require.Eventually(t, func() bool {
		l.engine.waiters.mu.Lock()
		defer l.engine.waiters.mu.Unlock()
		return len(l.engine.waiters.orgs) == 0
	}, 10*time.Second, 10*time.Millisecond)
}

// TestOnlyDaysOfTheAnswerAreWaitedFor leaves a member's days to be assessed while nobody assesses: who asks about others, or about other dates, is
// answered at once.
func TestOnlyDaysOfTheAnswerAreWaitedFor(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	last := l.aMonth(2)
	l.settled(last)
	position := l.write(domain.GroupStream(l.org, l.group), l.group, l.ruleEvent(2, 0, "2026-03-02"))
	l.settled(position)
	l.stop()
	l.rows("INSERT INTO rm.dirty (org, member, from_date, to_date) VALUES ($1, $2, '2026-03-05', '2026-03-07')", l.org, l.members[0])
	for name, c := range map[string]struct {
		of    Scope
		stale bool
	}{
		"no days":                  {Scope{}, false},
		"the member on the dates":  {Scope{Members: l.members[:1], From: "2026-03-07", To: "2026-03-09"}, true},
		"the member on others":     {Scope{Members: l.members[:1], From: "2026-03-08", To: "2026-03-09"}, false},
		"another member":           {Scope{Members: l.members[1:], From: "2026-03-01", To: "2026-03-31"}, false},
		"everybody on a date":      {Scope{From: "2026-03-06", To: "2026-03-06"}, true},
		"everybody on another one": {Scope{From: "2026-03-04", To: "2026-03-04"}, false},
	} {
		_, stale, err := l.engine.Wait(t.Context(), position, c.of)
		require.NoError(t, err, name)
		require.Equal(t, c.stale, stale, name)
	}
}
