package projections

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

func TestWhoLooked(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.found(2)
	ctx := context.Background()
	reader := domain.Actor{Kind: domain.ActorMember, ID: l.members[1].String()}
	look := func(minute int, subjects ...domain.ID) string {
		at, err := domain.ParseInstant(fmt.Sprintf("2026-03-02T09:%02d:00Z", minute))
		require.NoError(t, err)
		return l.write(domain.AccessStream(l.org, reader, at), l.org, domain.AccessRecorded{
			Actor: reader, Subjects: subjects, Fields: []string{"lat", "lng"}, Purpose: "punches", QueryHash: strings.Repeat("0", 64), At: at})
	}
	look(1, l.members[0])
	look(2, l.members[0], l.members[1])
	l.settled(look(3, l.members[0]))
	page, err := l.engine.Accesses.List(ctx, l.org, l.members[0], "", 2)
	require.NoError(t, err)
	require.Len(t, page.Items, 2)
	require.Equal(t, "09:03", page.Items[0].At.Format("15:04"), "the newest first")
	require.Equal(t, reader, page.Items[0].Actor)
	require.Equal(t, []string{"lat", "lng"}, page.Items[0].Fields)
	require.Equal(t, "punches", page.Items[0].Purpose)
	rest, err := l.engine.Accesses.List(ctx, l.org, l.members[0], page.Next, 2)
	require.NoError(t, err)
	require.Len(t, rest.Items, 1)
	require.Empty(t, rest.Next)
	other, err := l.engine.Accesses.List(ctx, l.org, l.members[1], "", 0)
	require.NoError(t, err)
	require.Len(t, other.Items, 1)
	_, err = l.engine.Accesses.List(ctx, l.org, l.members[0], "x", 0)
	require.ErrorContains(t, err, "cursor_invalid")
	l.clean()
}
