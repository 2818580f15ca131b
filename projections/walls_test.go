package projections

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/query"
	"github.com/dakahq/daka/projections/tables"
)

// TestNoTableShowsAnotherOrganization reads every table and view as the role that reads, in every way a tenant can be set.
func TestNoTableShowsAnotherOrganization(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.settled(l.aMonth(3))
	ctx := context.Background()
	shown, err := tables.RelationsOf(ctx, l.pool, "rm", "v")
	require.NoError(t, err)
	require.ElementsMatch(t, append(tables.Names(), "slots", "months"), shown)
	count := func(tenant, table string) (n int, err error) {
		err = pgx.BeginFunc(ctx, l.engine.App, func(tx pgx.Tx) error {
			if tenant != "never set" {
				if _, err := tx.Exec(ctx, tables.EnterTenant, tenant); err != nil {
					return err
				}
			}
			return tx.QueryRow(ctx, "SELECT count(*) FROM "+table).Scan(&n)
		})
		return n, err
	}
	filled := 0
	for _, name := range append(shown, "ledger_index") {
		table := "rm." + name
		if name == "ledger_index" {
			table = "ledger." + name
		}
		var all int
		require.NoError(t, l.pool.QueryRow(ctx, "SELECT count(*) FROM "+table).Scan(&all))
		own, err := count(l.org.String(), table)
		require.NoError(t, err)
		require.Equal(t, all, own, "%s shows an organization its own rows", table)
		if all > 0 {
			filled++
		}
		foreign, err := count(seeded(7).String(), table)
		require.NoError(t, err)
		require.Zero(t, foreign, table)
		for _, none := range []string{"", "never set"} {
			n, err := count(none, table)
			var refused *pgconn.PgError
			if err != nil {
				require.ErrorAs(t, err, &refused)
				require.Equal(t, "22P02", refused.Code, table) // invalid_text_representation
			}
			require.Zero(t, n, "%s without a tenant", table)
		}
	}
	require.Greater(t, filled, 12, "the test means something only over rows")
}

// TestTheRoleThatReadsCannotWrite tries every kind of write, and to look behind the views.
func TestTheRoleThatReadsCannotWrite(t *testing.T) {
	l := newTestLedger(t)
	ctx := context.Background()
	for _, sql := range []string{
		"INSERT INTO rm.clocks VALUES (gen_random_uuid(), now())", "UPDATE rm.clocks SET through = now()", "DELETE FROM rm.days", "TRUNCATE rm_1.days",
		"ALTER TABLE rm_1.days DISABLE ROW LEVEL SECURITY", "DROP POLICY tenant ON rm_1.days", "SELECT * FROM projection.projector", "INSERT INTO ledger.ledger_head VALUES (true, 0, 0)",
		"CREATE TABLE rm.mine (a int)",
	} {
		err := pgx.BeginFunc(ctx, l.engine.App, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "SET LOCAL transaction_read_only = off"); err != nil { // the grants must hold alone
				return err
			}
			_, err := tx.Exec(ctx, sql)
			return err
		})
		require.True(t, tables.IsState(err, tables.StateNoPrivilege), "%s: %v", sql, err)
	}
}

// TestAForgottenFilterShowsNothingForeign runs the readers' helper without any WHERE.
func TestAForgottenFilterShowsNothingForeign(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.settled(l.aMonth(2))
	ctx := context.Background()
	const forgot = "SELECT member FROM rm.members"
	own, err := query.List(ctx, l.engine.Within(l.org), "members", pgx.RowTo[domain.ID], forgot)
	require.NoError(t, err)
	require.Len(t, own, 2)
	foreign, err := query.List(ctx, l.engine.Within(seeded(7)), "members", pgx.RowTo[domain.ID], forgot)
	require.NoError(t, err)
	require.Empty(t, foreign)
	err = l.engine.WithTenant(ctx, l.org, func(tx pgx.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM rm.members").Scan(&n); err != nil || n != 2 {
			return fmt.Errorf("saw %d: %w", n, err)
		}
		return nil
	})
	require.NoError(t, err)
	left, err := l.engine.App.Acquire(ctx)
	require.NoError(t, err)
	defer left.Release()
	var tenant string
	require.NoError(t, left.QueryRow(ctx, "SELECT coalesce(current_setting('app.tenant', true), '')").Scan(&tenant))
	require.Empty(t, tenant, "a tenant ends with its transaction")
}

// TestWallsThatDoNotHoldServeNoReads breaks them one by one.
func TestWallsThatDoNotHoldServeNoReads(t *testing.T) {
	ctx := context.Background()
	for name, sql := range map[string]string{
		"a policy too wide":             "CREATE POLICY wide ON rm_1.clocks USING (true)",
		"a policy too wide for streams": "INSERT INTO rm_1.stream_heads VALUES ('org-00000000-0000-4000-8000-000000000001', 0); CREATE POLICY wide ON rm_1.stream_heads USING (true)",
		"an index open to its owner":    "ALTER TABLE ledger.ledger_index NO FORCE ROW LEVEL SECURITY",
		"a view with its owner's eyes":  "ALTER VIEW rm.days RESET (security_invoker)",
		"a table that shows everything": "CREATE TABLE rm_1.extra AS SELECT gen_random_uuid() AS org; CREATE VIEW rm.extra WITH (security_invoker = true) AS SELECT * FROM rm_1.extra; GRANT SELECT ON rm_1.extra, rm.extra TO daka_app; ALTER TABLE rm_1.extra ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY open ON rm_1.extra USING (true)",
	} {
		t.Run(name, func(t *testing.T) {
			l := newTestLedger(t)
			require.NoError(t, l.engine.copies.verifyIsolation(ctx))
			_, err := l.pool.Exec(ctx, sql)
			require.NoError(t, err)
			require.ErrorIs(t, l.engine.copies.verifyIsolation(ctx), tables.ErrWalls)
		})
	}
	t.Run("a role that owns the tables", func(t *testing.T) {
		l := newTestLedger(t)
		_, err := Open(ctx, Config{Pool: l.pool, App: l.pool, Log: l.log})
		require.ErrorIs(t, err, tables.ErrWalls)
	})
}

// TestWallsAreRaisedOverOlderReadModels opens read models that a program without walls made.
func TestWallsAreRaisedOverOlderReadModels(t *testing.T) {
	l := newTestLedger(t)
	ctx := context.Background()
	_, err := l.pool.Exec(ctx, "ALTER TABLE rm_1.days NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY; DROP POLICY tenant ON rm_1.days")
	require.NoError(t, err)
	e, err := Open(ctx, Config{Pool: l.pool, Log: l.log})
	require.NoError(t, err)
	t.Cleanup(e.Close)
	holes, err := l.engine.shape.Holes(ctx, l.pool, 1)
	require.NoError(t, err)
	require.Empty(t, holes)
}
