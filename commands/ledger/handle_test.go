package ledger

import (
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/deploy/single/node"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/wire"
)

// tally counts a stream's punches; it shares its map on purpose, as states may.
type tally struct{ seen map[domain.ID]int }

func (s tally) Evolve(e domain.Recorded) tally {
	if s.seen == nil {
		s.seen = map[domain.ID]int{}
	}
	s.seen[e.ID]++
	return s
}

// bench is a node, a log on it and keys: what ledgers share.
type bench struct {
	node *node.Node
	log  *eventlog.Log
	keys *keys.Store
	path string

	mu  sync.Mutex
	now time.Time
}

func newBench(t testing.TB) *bench {
	t.Helper()
	n, err := node.Open(t.Context(), node.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Insecure: true, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = n.Close() })
	path := filepath.Join(t.TempDir(), "keys.db")
	store, err := keys.Open(t.Context(), keys.Config{Path: path})
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	b := &bench{node: n, keys: store, path: path, now: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)}
	b.log = b.dial(t, n.ConnectionString())
	return b
}

func (b *bench) dial(t testing.TB, connection string) *eventlog.Log {
	t.Helper()
	l, err := eventlog.Dial(connection, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(l.Close)
	return l
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

// ledger is a process of its own on the same store: nothing is shared but node and key file.
func (b *bench) ledger(options ...Option) *Ledger {
	return New(b.log, b.keys, b.clock, options...)
}

type person struct {
	org, member domain.ID
	stream      string
}

func newPerson() person {
	p := person{org: uuid.New(), member: uuid.New()}
	p.stream = domain.TimesheetStream(p.org, p.member, "202603")
	return p
}

func (p person) call(id domain.ID) Call {
	body, _ := json.Marshal(map[string]string{"claimed_at": "2026-03-02T01:00:00Z"})
	return Call{CommandID: id, Method: "POST", Path: "/api/v1/orgs/x/punches", Body: body, Org: p.org, Subject: p.member,
		Actor: domain.Actor{Kind: domain.ActorMember, ID: p.member.String()}}
}

func (p person) punch(note string) func(tally, domain.Instant) ([]domain.Event, error) {
	return func(_ tally, now domain.Instant) ([]domain.Event, error) {
		e := domain.PunchRecorded{Member: p.member, At: now, Zone: "Asia/Shanghai", SourceType: domain.SourceUser}
		if note != "" {
			e.Note = domain.Private(note)
		}
		return []domain.Event{e}, nil
	}
}

func (p person) record(ctx context.Context, l *Ledger, id domain.ID) (Receipt, error) {
	return Handle(ctx, l, p.call(id), p.stream, p.punch(""))
}

func (b *bench) read(t testing.TB, stream string) []domain.Recorded {
	t.Helper()
	raws, err := b.log.Read(t.Context(), stream, 0, 0)
	require.NoError(t, err)
	var out []domain.Recorded
	for i, raw := range raws {
		require.EqualValues(t, i, raw.Revision)
		e, err := Decode(raw)
		require.NoError(t, err)
		out = append(out, e)
	}
	return out
}

func TestCommandIsWrittenWithItsMetadata(t *testing.T) {
	b, p := newBench(t), newPerson()
	id, correlation, causation, batch := uuid.New(), uuid.New(), uuid.New(), uuid.New()
	call := p.call(id)
	call.Via, call.Correlation, call.Causation, call.Batch = "session", correlation, &causation, &batch
	r, err := Handle(t.Context(), b.ledger(), call, p.stream, p.punch("拉肚子"))
	require.NoError(t, err)
	require.Equal(t, Receipt{Events: []domain.ID{domain.EventID(p.org, p.stream, id, 0)}, Stream: p.stream, Position: p.stream + "@0"}, r)

	e := b.read(t, p.stream)[0]
	keyID, k, err := b.keys.Key(t.Context(), p.org, p.member)
	require.NoError(t, err)
	hash, err := keys.RequestHash(k, call.Method, call.Path, call.Body)
	require.NoError(t, err)
	require.Equal(t, domain.Metadata{
		CommandID: id, RequestHash: hash, Actor: call.Actor, Via: "session", Org: p.org, Subject: p.member,
		ReceivedAt: domain.At(b.clock()), CorrelationID: correlation, CausationID: &causation, Schema: 1, KeyID: &keyID, Batch: &batch,
	}, e.Metadata)
	require.True(t, e.Event.(domain.PunchRecorded).Note.IsSealed())
	clear, err := wire.Reveal(p.stream, e.ID, p.org, e.Event, k.Open)
	require.NoError(t, err)
	require.Equal(t, "拉肚子", *clear.(domain.PunchRecorded).Note.Value)
}

func TestKeyOfTheOrganizationServesStreamsAboutNobody(t *testing.T) {
	b, org, group := newBench(t), uuid.New(), uuid.New()
	call := Call{CommandID: uuid.New(), Method: "POST", Path: "/g", Org: org, Subject: group, Actor: domain.Actor{Kind: domain.ActorSystem, ID: "x"}}
	stream := domain.GroupStream(org, group)
	_, err := Handle(t.Context(), b.ledger(), call, stream, func(tally, domain.Instant) ([]domain.Event, error) {
		return []domain.Event{domain.GroupCreated{Group: group, Name: "A"}}, nil
	})
	require.NoError(t, err)
	m := b.read(t, stream)[0].Metadata
	_, k, err := b.keys.Key(t.Context(), org, org)
	require.NoError(t, err)
	hash, err := keys.RequestHash(k, "POST", "/g", nil)
	require.NoError(t, err)
	require.Equal(t, hash, m.RequestHash)
	require.Equal(t, group, m.Subject)
	require.Nil(t, m.KeyID, "nothing is sealed")
	_, err = b.keys.Lookup(t.Context(), keys.ID(org, group))
	require.ErrorIs(t, err, keys.ErrUnknown, "no key for the group")
}

func TestRepeatAnswersTheSame(t *testing.T) {
	b, p, id := newBench(t), newPerson(), uuid.New()
	two := func(tally, domain.Instant) ([]domain.Event, error) {
		one, _ := p.punch("a")(tally{}, domain.At(b.clock()))
		other, _ := p.punch("b")(tally{}, domain.At(b.clock()))
		return append(one, other...), nil
	}
	l := b.ledger()
	first, err := Handle(t.Context(), l, p.call(id), p.stream, two)
	require.NoError(t, err)
	require.False(t, first.Replay)
	require.EqualValues(t, 1, first.Revision)
	for range 3 {
		_, err = p.record(t.Context(), l, uuid.New())
		require.NoError(t, err)
	}
	b.advance(40 * 24 * time.Hour)
	for name, ledger := range map[string]*Ledger{"warm": l, "cold": b.ledger(), "without a cache": b.ledger(WithCache(0))} {
		again, err := Handle(t.Context(), ledger, p.call(id), p.stream, two)
		require.NoError(t, err, name)
		require.True(t, again.Replay, name)
		again.Replay = false
		require.Equal(t, first, again, name)
		want, _ := json.Marshal(first)
		got, _ := json.Marshal(again)
		require.Equal(t, string(want), string(got))
	}
	require.Len(t, b.read(t, p.stream), 5)
}

func TestReceiptJSON(t *testing.T) {
	b, p := newBench(t), newPerson()
	r, err := Handle(t.Context(), b.ledger(), p.call(uuid.New()), p.stream, func(tally, domain.Instant) ([]domain.Event, error) { return nil, nil })
	require.NoError(t, err)
	require.True(t, r.Replay)
	text, err := json.Marshal(r)
	require.NoError(t, err)
	require.JSONEq(t, `{"id":"00000000-0000-0000-0000-000000000000","events":[],"stream":"`+p.stream+`","revision":0,"position":""}`, string(text))
	_, err = p.record(t.Context(), b.ledger(), uuid.New())
	require.NoError(t, err)
	r, err = Handle(t.Context(), b.ledger(), p.call(uuid.New()), p.stream, func(tally, domain.Instant) ([]domain.Event, error) { return nil, nil })
	require.NoError(t, err)
	require.Equal(t, p.stream+"@0", r.Position)
}

// otherBodies are ways to send the same id for another request.
func otherBodies(c Call) map[string]Call {
	body, method, path, derived := c, c, c, c
	body.Body = []byte(`{"claimed_at":"2026-03-02T01:00:01Z"}`)
	method.Method = "PUT"
	path.Path += "/x"
	derived.Derived = []byte("daka/punch/1…")
	return map[string]Call{"body": body, "method": method, "path": path, "derived": derived}
}

func requireReused(t *testing.T, err error, id domain.ID) {
	t.Helper()
	var refusal *domain.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, "command_id_reused", refusal.Code)
	require.EqualError(t, err, "command_id_reused: the command id "+id.String()+" was used for another request; make a new id")
}

func TestIDReusedForAnotherRequestIsRefused(t *testing.T) {
	b, p, id := newBench(t), newPerson(), uuid.New()
	warm := b.ledger()
	_, err := p.record(t.Context(), warm, id)
	require.NoError(t, err)
	for name, call := range otherBodies(p.call(id)) {
		for _, l := range []*Ledger{warm, b.ledger()} {
			t.Run(name, func(t *testing.T) {
				_, err := Handle(t.Context(), l, call, p.stream, p.punch(""))
				requireReused(t, err, id)
			})
		}
	}
	spaced := p.call(id)
	spaced.Body = []byte("{ \"claimed_at\" : \"2026-03-02T01:00:00Z\" }\n")
	r, err := Handle(t.Context(), warm, spaced, p.stream, p.punch(""))
	require.NoError(t, err)
	require.True(t, r.Replay, "the same request, written otherwise")
	require.Len(t, b.read(t, p.stream), 1)
}

func TestReceivedAtNeverGoesBack(t *testing.T) {
	b, p := newBench(t), newPerson()
	for _, step := range []time.Duration{0, -time.Hour, 30 * time.Minute, time.Hour} {
		b.advance(step)
		_, err := p.record(t.Context(), b.ledger(), uuid.New())
		require.NoError(t, err)
	}
	var at []string
	for _, e := range b.read(t, p.stream) {
		at = append(at, e.Metadata.ReceivedAt.String())
		require.Equal(t, e.Metadata.ReceivedAt, e.Event.(domain.PunchRecorded).At, "decide saw the same instant")
	}
	require.Equal(t, []string{"2026-03-02T01:00:00.000000Z", "2026-03-02T01:00:00.000000Z", "2026-03-02T01:00:00.000000Z", "2026-03-02T01:30:00.000000Z"}, at)
}

func TestErasedSubject(t *testing.T) {
	b, p, id := newBench(t), newPerson(), uuid.New()
	l := b.ledger()
	first, err := Handle(t.Context(), l, p.call(id), p.stream, p.punch("secret"))
	require.NoError(t, err)
	require.NoError(t, b.keys.Destroy(t.Context(), keys.ID(p.org, p.member)))
	for _, call := range otherBodies(p.call(id)) {
		again, err := Handle(t.Context(), l, call, p.stream, p.punch("other"))
		require.NoError(t, err, "after erasure a repeat is answered without comparison")
		require.Equal(t, first.Events, again.Events)
	}
	_, err = p.record(t.Context(), l, uuid.New())
	require.EqualError(t, err, "subject_erased: this person was erased; nothing more can be written about them")
}

func TestCallsThatAreMistakes(t *testing.T) {
	b, p := newBench(t), newPerson()
	cases := map[string]struct {
		call   Call
		stream string
		want   string
	}{
		"no id":           {p.call(domain.ID{}), p.stream, "a command without an id"},
		"no stream":       {p.call(uuid.New()), "nonsense", `"nonsense" is no stream of the ledger`},
		"another company": {newPerson().call(uuid.New()), p.stream, ""},
		"no JSON": {Call{CommandID: uuid.New(), Org: p.org, Subject: p.member, Body: []byte("{")}, p.stream,
			"body_invalid: the body has no RFC 8785 form: Unexpected EOF reached"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Handle(t.Context(), b.ledger(), c.call, c.stream, p.punch(""))
			require.Error(t, err)
			if c.want != "" {
				require.EqualError(t, err, c.want)
			}
		})
	}
	require.Empty(t, b.read(t, p.stream))
}

func TestUnreachableStoreIsAnUnknownOutcome(t *testing.T) {
	b, p := newBench(t), newPerson()
	l := b.ledger()
	_, err := p.record(t.Context(), l, uuid.New())
	require.NoError(t, err)
	require.NoError(t, b.node.Close())
	for _, ledger := range []*Ledger{l, b.ledger()} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		_, err = p.record(ctx, ledger, uuid.New())
		cancel()
		require.ErrorIs(t, err, ErrUnknown)
	}
}
