package commands_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
)

// look is hr reading where a member was.
func (c *company) look(hr, member domain.ID, query string) commands.Access {
	return commands.Access{Org: c.org, Actor: domain.Actor{Kind: domain.ActorMember, ID: hr.String()}, Via: "session", Subjects: []domain.ID{member},
		Fields: []string{"lat", "lng"}, Purpose: "punches", Method: "GET", Query: query}
}

func TestEveryReadLeavesItsRecord(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	hr, member := c.hire("1", &group), c.hire("2", &group)
	const reads = 1000
	var readers errgroup.Group
	readers.SetLimit(64)
	for range reads {
		readers.Go(func() error {
			return c.Accesses.Record(context.Background(), c.look(hr, member, "/punches?from=2026-03-02"))
		})
	}
	require.NoError(t, readers.Wait())
	stream := "access-" + c.org.String() + "." + hr.String() + ".20260302"
	events := c.events(stream)
	require.Equal(t, reads, len(events), "as many records as reads")
	first := events[0].(domain.AccessRecorded)
	require.Len(t, first.QueryHash, 64)
	require.Equal(t, domain.AccessRecorded{Actor: domain.Actor{Kind: domain.ActorMember, ID: hr.String()}, Subjects: []domain.ID{member}, Fields: []string{"lat", "lng"},
		Purpose: "punches", QueryHash: first.QueryHash, At: domain.At(testNow)}, first)
	require.NoError(t, c.Accesses.Record(t.Context(), c.look(hr, member, "/punches?from=2026-03-03")))
	require.NotEqual(t, first.QueryHash, c.events(stream)[reads].(domain.AccessRecorded).QueryHash, "another question")
}

func TestAReadThatCannotBeRecordedFails(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	hr, member := c.hire("1", &group), c.hire("2", &group)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, c.Accesses.Record(gone, c.look(hr, member, "/a")), commands.ErrNotRecorded, "who does not wait sees nothing")
	c.log.Close()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if err := c.Accesses.Record(context.Background(), c.look(hr, member, "/a")); err == nil {
				t.Error("a read without a record")
			}
		})
	}
	all.Wait()
}
