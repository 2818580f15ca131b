package apply

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

// TestTheNextSliceBeginsBehindTheLast organization that a slice reached, round and round.
func TestTheNextSliceBeginsBehindTheLast(t *testing.T) {
	a, b, c := domain.ID{1}, domain.ID{2}, domain.ID{3}
	for _, of := range []struct {
		before  domain.ID
		reached []domain.ID
		want    domain.ID
	}{{domain.ID{}, []domain.ID{a, b}, b}, {b, []domain.ID{c, a}, a}, {b, []domain.ID{c}, c}, {c, []domain.ID{a, b, c}, c}} {
		reached := map[domain.ID]bool{}
		for _, org := range of.reached {
			reached[org] = true
		}
		require.Equal(t, of.want, nextTurn(of.before, reached))
	}
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

func TestErrorsThatComeAgain(t *testing.T) {
	require.False(t, Deterministic(&GapError{}))
	require.False(t, Deterministic(Order("another leader")))
	require.False(t, Deterministic(errors.New("connection reset")))
	require.True(t, Deterministic(fmt.Errorf("page: %w", &panicError{"boom"})))
	require.True(t, Passing(context.DeadlineExceeded))
	require.True(t, Passing(fmt.Errorf("read: %w", io.ErrUnexpectedEOF)))
	require.True(t, Deterministic(&pgconn.PgError{Code: "54000"}))
	require.False(t, Deterministic(&pgconn.PgError{Code: "53100"}))
	require.False(t, Deterministic(&pgconn.PgError{Code: "42501"}), "rights are the operator's")
}
