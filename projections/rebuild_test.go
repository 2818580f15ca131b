package projections

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/rebuild"
	"github.com/dakahq/daka/projections/tables"
)

// aMonth is an organization of n members with every kind of event that days depend on.
func (l *testLedger) aMonth(n int) (last string) {
	l.t.Helper()
	l.found(n)
	for i, m := range l.members {
		for day := 2; day <= 20; day++ {
			if (i+day)%7 == 0 {
				continue
			}
			l.punch(m, fmt.Sprintf("2026-03-%02dT08:%02d:00", day, (i*7+day*13)%60))
			l.punch(m, fmt.Sprintf("2026-03-%02dT18:%02d:30", day, (i*5+day*11)%60))
		}
	}
	m := l.members[0]
	l.write(domain.CalendarStream(l.org), l.org, domain.HolidayDeclared{Date: "2026-03-09", Name: "Founders' day"}, domain.WorkdayDeclared{Date: "2026-03-14"})
	request := seeded(900)
	l.write(domain.RequestStream(l.org, request), m, domain.MakeupRequested{
		Request: request, Member: m, Date: "2026-03-05", Section: 1, CheckType: domain.OnDuty, At: domain.At(instant("2026-03-05T08:00:00+08:00")), Zone: "Asia/Shanghai", Kind: "missing",
	}, domain.RequestApproved{Request: request, Member: m})
	l.write(domain.TimesheetStream(l.org, m, "202603"), m, domain.SlotCorrected{Member: m, Date: "2026-03-06", Section: 1, CheckType: domain.OffDuty, At: domain.At(instant("2026-03-06T18:00:00+08:00")), Zone: "Asia/Shanghai"})
	l.advance("2026-03-15T00:00:00Z")
	l.write(domain.GroupStream(l.org, l.group), l.group, l.ruleEvent(2, 15, "2026-03-10"))
	l.write(domain.MemberStream(l.org, m), m, domain.MemberLeft{Left: "2026-03-18"})
	return l.advance("2026-03-22T00:00:00Z")
}

func (l *testLedger) clean() {
	l.t.Helper()
	d, err := l.engine.Diff(context.Background(), nil)
	require.NoError(l.t, err)
	for _, table := range d.Tables {
		require.Zero(l.t, table.Differing, "%s: %+v", table.Table, table.Keys)
	}
	require.True(l.t, d.Clean())
}

func TestLiveEqualsReplay(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.settled(l.aMonth(12))
	l.clean()
}

func TestDiffNamesPlantedEdits(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.settled(l.aMonth(3))
	for _, sql := range []string{
		`UPDATE rm_1.days SET late_min = late_min + 1 WHERE date = '2026-03-04' AND member = $1`,
		`DELETE FROM rm_1.punches WHERE member = $1 AND local_date = '2026-03-03'`,
		`INSERT INTO rm_1.anomalies SELECT $2, $1, '2026-03-12', 99, 'Late', 1, 'OnDuty', 5, 'open'`,
	} {
		args := []any{l.members[1], l.org}
		if sql[0] != 'I' {
			args = args[:1]
		}
		_, err := l.pool.Exec(context.Background(), sql, args...)
		require.NoError(t, err)
	}
	d, err := l.engine.Diff(context.Background(), &l.org)
	require.NoError(t, err)
	require.False(t, d.Clean())
	found := map[string][]rebuild.RowKey{}
	for _, table := range d.Tables {
		if table.Differing > 0 {
			found[table.Table] = table.Keys
		}
	}
	require.Len(t, found, 3)
	require.Equal(t, fmt.Sprintf("%s 2026-03-04 %s", l.members[1], l.org), found["days"][0].Key)
	require.Equal(t, "different", found["days"][0].What)
	require.Len(t, found["punches"], 2)
	require.Equal(t, "missing", found["punches"][0].What)
	require.Equal(t, fmt.Sprintf("%s 2026-03-12 %s 99", l.org, l.members[1]), found["anomalies"][0].Key)
	require.Equal(t, "surplus", found["anomalies"][0].What)
}

func TestRebuildSwapsUnderReaders(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.settled(l.aMonth(4))
	_, err := l.pool.Exec(context.Background(), `UPDATE rm_1.days SET late_min = 999`)
	require.NoError(t, err)
	before := l.rows(`SELECT index || ' ' || encode(leaf, 'hex') FROM ledger.ledger_index ORDER BY index`)
	stop := l.readAllTheTime()
	var done, total uint64
	_, err = l.engine.Rebuild(context.Background(), func(d, n uint64) { done, total = d, n })
	require.NoError(t, err)
	stop()
	require.Equal(t, total, done)
	require.Equal(t, uint64(len(before)), done)
	require.Equal(t, []string{"2"}, l.rows(`SELECT version::text FROM projection.projector`))
	require.Empty(t, l.rows(`SELECT nspname::text FROM pg_namespace WHERE nspname = 'rm_1'`))
	require.Equal(t, before, l.rows(`SELECT index || ' ' || encode(leaf, 'hex') FROM ledger.ledger_index ORDER BY index`))
	require.Empty(t, l.rows(`SELECT date::text FROM rm.days WHERE late_min = 999`))
	l.settled(l.punch(l.members[2], "2026-03-21T10:00:00"))
	l.clean()
}

// A reader that holds the last view and asks for the first one, while the swap holds the first and waits for the last.
func TestSwapGivesWayToReaders(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.settled(l.aMonth(1))
	l.stop()
	ctx := context.Background()
	views := append(tables.Names(), "slots")
	reader, err := l.pool.Begin(ctx)
	require.NoError(t, err)
	defer func() { _ = reader.Rollback(ctx) }()
	_, err = reader.Exec(ctx, "SELECT FROM rm."+views[len(views)-1])
	require.NoError(t, err)
	swapped := make(chan error, 1)
	go func() {
		swapped <- pgx.BeginFunc(ctx, l.pool, func(tx pgx.Tx) error { return l.engine.shape.PointViews(ctx, tx, 1) })
	}()
	require.Eventually(t, func() bool {
		return len(l.rows(`SELECT 'waits' FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted`)) > 0
	}, 10*time.Second, time.Millisecond)
	_, err = reader.Exec(ctx, "SELECT FROM rm."+views[0])
	require.NoError(t, err)
	require.NoError(t, reader.Commit(ctx))
	require.NoError(t, <-swapped)
}

// readAllTheTime reads days until stop and fails on any error or empty answer.
func (l *testLedger) readAllTheTime() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	failed := make(chan error, 1)
	go func() {
		defer close(failed)
		for ctx.Err() == nil {
			days, _, err := l.engine.Days.Of(context.Background(), l.org, l.members[2], "2026-03-01", "2026-03-31")
			if err == nil && len(days) == 0 {
				err = fmt.Errorf("no days")
			}
			if err != nil {
				failed <- err
				return
			}
		}
	}()
	return func() {
		l.t.Helper()
		cancel()
		require.NoError(l.t, <-failed)
	}
}
