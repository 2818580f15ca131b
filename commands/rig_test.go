package commands_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/deploy/single/node"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/wire"
)

// company is a service on a real node, with a clock that the test sets.
type company struct {
	*commands.Service
	t    *testing.T
	node *node.Node
	log  *eventlog.Log
	keys *keys.Store
	org  domain.ID

	mu  sync.Mutex
	now time.Time
}

// testNow is the server's time at the start of every test, a Monday, 10:00 in Shanghai.
var testNow = time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)

const officeRule = `{"name":"Head office","time_zone":"Asia/Shanghai","effective_from":"2026-01-01",
 "shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}},
 "places":[{"id":"hq","lat":31.2304,"lng":121.4737,"radius_m":300}],"networks":[{"id":"office","cidr":"203.0.113.0/24"}]}`

func newCompany(t *testing.T) *company {
	t.Helper()
	c := &company{t: t, now: testNow}
	n, err := node.Open(t.Context(), node.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Insecure: true, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = n.Close() })
	c.node = n
	c.log, err = eventlog.Dial(n.ConnectionString(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(c.log.Close)
	c.keys, err = keys.Open(t.Context(), keys.Config{Path: filepath.Join(t.TempDir(), "keys.sqlite")})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.keys.Close() })
	c.Service = c.copy()
	return c
}

// copy is another process of the same server: its own ledger and directory on the same log and keys.
func (c *company) copy() *commands.Service { return c.stopping(func([]domain.Recorded) {}) }

// stopping is a copy that calls stop after each append, so that a test can end a command between two streams.
func (c *company) stopping(stop func([]domain.Recorded)) *commands.Service {
	d := directory.New(c.log, slog.New(slog.DiscardHandler))
	l := ledger.New(c.log, c.keys, c.clock, ledger.WithRecorded(func(events []domain.Recorded) {
		d.Recorded(events)
		stop(events)
	}))
	ctx, cancel := context.WithCancel(context.Background())
	c.t.Cleanup(cancel)
	d.Start(ctx)
	return commands.NewService(l, d)
}

func (c *company) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *company) set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

// v7 is a client's command id made at an instant.
func v7(at time.Time) domain.ID {
	id := uuid.Must(uuid.NewV7())
	ms := at.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	return id
}

// call is a new command of the administrator.
func (c *company) call() ledger.Call {
	return ledger.Call{
		CommandID: v7(c.clock()), Method: "POST", Path: "/api/v1/test", Body: []byte(`{}`), Org: c.org,
		Actor: domain.Actor{Kind: domain.ActorToken, ID: "admin"}, Via: "test",
	}
}

// as makes a call a member's.
func as(call ledger.Call, member domain.ID) ledger.Call {
	call.Actor = domain.Actor{Kind: domain.ActorMember, ID: member.String()}
	return call
}

// found makes an organization with attendance on and one group under the office rule.
func (c *company) found() (group domain.ID) {
	c.t.Helper()
	r, err := c.Organizations.Create(c.t.Context(), c.call(), commands.CreateOrganization{Name: "Acme", Country: "cn"})
	require.NoError(c.t, err)
	c.org = r.ID
	_, err = c.Organizations.SetAttendance(c.t.Context(), c.call(), commands.SetAttendance{Enabled: true})
	require.NoError(c.t, err)
	g, err := c.Groups.Create(c.t.Context(), c.call(), commands.CreateGroup{Name: "Office", Rule: json.RawMessage(officeRule)})
	require.NoError(c.t, err)
	return g.ID
}

func (c *company) hire(number string, group *domain.ID) domain.ID {
	c.t.Helper()
	r, err := c.Members.Provision(c.t.Context(), c.call(), commands.ProvisionMember{Number: number, Name: "Wang " + number, Group: group, Joined: "2026-01-01"})
	require.NoError(c.t, err)
	return r.ID
}

// events are a stream's events with their sealed values opened by the subject's key.
func (c *company) events(stream string) []domain.Event {
	c.t.Helper()
	raws, err := c.log.Read(c.t.Context(), stream, 0, 0)
	require.NoError(c.t, err)
	var out []domain.Event
	for _, raw := range raws {
		e, m, err := wire.Decode(raw.Type, raw.Data, raw.Metadata)
		require.NoError(c.t, err)
		open := func(text string, aad []byte) ([]byte, error) {
			key, err := c.keys.Lookup(context.Background(), *m.KeyID)
			if err != nil {
				return nil, err
			}
			return key.Open(text, aad)
		}
		clear, err := wire.Reveal(stream, raw.ID, m.Org, e, open)
		require.NoError(c.t, err)
		out = append(out, clear)
	}
	return out
}

// count says how many events the ledger's streams of some categories hold.
func (c *company) count(categories ...string) map[string]int {
	c.t.Helper()
	out := map[string]int{}
	require.NoError(c.t, c.log.ReadAll(c.t.Context(), eventlog.Position{}, 1<<40, func(raw eventlog.Raw) error {
		name, ok := domain.ParseStream(raw.Stream)
		if ok && (len(categories) == 0 || strings.Contains(strings.Join(categories, " "), name.Category)) {
			out[raw.Type]++
		}
		return nil
	}))
	return out
}

func requireRefusal(t *testing.T, err error, code, text string) {
	t.Helper()
	var refusal *domain.Refusal
	require.True(t, errors.As(err, &refusal), "want refusal %s, have %v", code, err)
	require.Equal(t, code, refusal.Code)
	require.Equal(t, text, refusal.Text)
}

func ptr[T any](v T) *T { return &v }
