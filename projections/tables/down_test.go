package tables

import (
	"context"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

func TestWhatIsDown(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		down bool
	}{
		"shutting down":        {&pgconn.PgError{Code: "57P01"}, true},
		"too many connections": {&pgconn.PgError{Code: "53300"}, true},
		"a broken connection":  {fmt.Errorf("receive: %w", io.ErrUnexpectedEOF), true},
		"reset":                {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, true},
		"a deadline":           {fmt.Errorf("timeout: %w", context.DeadlineExceeded), false},
		"a caller who left":    {context.Canceled, false},
		"a file":               {fmt.Errorf("open: %w", syscall.EACCES), false},
		"no rows":              {pgx.ErrNoRows, false},
		"a bad value":          {&pgconn.PgError{Code: "22P02"}, false},
	} {
		require.Equal(t, c.down, unanswered(c.err), name)
	}
	require.NoError(t, Down(nil))
}

// TestNobodyAnswers asks a port that nothing listens on.
func TestNobodyAnswers(t *testing.T) {
	pool, err := pgxpool.New(t.Context(), "postgres://daka@127.0.0.1:1/daka?connect_timeout=1")
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	var one int
	require.ErrorIs(t, LookFrom(pool, domain.ID{}, true).Row(t.Context(), []any{&one}, "SELECT 1"), ErrDown)
	require.ErrorIs(t, InTenant(t.Context(), pool, domain.ID{}, nil), ErrDown)
}
