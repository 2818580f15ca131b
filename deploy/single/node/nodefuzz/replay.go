package nodefuzz

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
)

// seen is an event as $all shows it.
type seen struct {
	pos, rev     uint64
	stream, kind string
	json         bool
	id           uuid.UUID
	data, meta   []byte
}

// readAll is $all as far as it is compared: the pool's streams.
func readAll(ctx context.Context, address string) ([]seen, error) {
	conn, err := dial(address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	call, err := streams.NewStreamsClient(conn).Read(ctx, &streams.ReadReq{Options: &streams.ReadReq_Options{
		StreamOption: &streams.ReadReq_Options_All{All: &streams.ReadReq_Options_AllOptions{AllOption: &streams.ReadReq_Options_AllOptions_Start{Start: &shared.Empty{}}}},
		CountOption:  &streams.ReadReq_Options_Count{Count: math.MaxUint64}, FilterOption: &streams.ReadReq_Options_NoFilter{NoFilter: &shared.Empty{}},
		UuidOption: &streams.ReadReq_Options_UUIDOption{Content: &streams.ReadReq_Options_UUIDOption_String_{String_: &shared.Empty{}}}}})
	if err != nil {
		return nil, err
	}
	var out []seen
	for {
		m, err := call.Recv()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read $all of %s: %w", address, err)
		}
		e := m.GetEvent().GetEvent()
		if name := string(e.GetStreamIdentifier().GetStreamName()); inPool(name) {
			id, err := uuid.Parse(e.GetId().GetString_())
			if err != nil {
				return nil, fmt.Errorf("the id at position %d: %w", e.GetCommitPosition(), err)
			}
			out = append(out, seen{pos: e.GetCommitPosition(), rev: e.GetStreamRevision(), stream: name, kind: e.GetMetadata()["type"],
				json: e.GetMetadata()["content-type"] == "application/json", id: id, data: e.GetData(), meta: e.GetCustomMetadata()})
		}
	}
}

// written are the operations that wrote something, in the order in which they did. A repeat is answered with the position of
// what it repeats, which was sent before it.
func (r *Record) written(all []seen) []op {
	byID := map[uuid.UUID][]seen{}
	for _, e := range all {
		byID[e.id] = append(byID[e.id], e)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.SortFunc(r.ops, func(a, b op) int { return cmp.Compare(a.seq, b.seq) })
	taken := map[uint64]bool{}
	var out []op
	for _, o := range r.ops {
		if o.maybe && !o.find(byID, taken) {
			continue
		}
		if places := o.places(); !slices.ContainsFunc(places, func(p uint64) bool { return taken[p] }) && o.isAt(all) {
			for _, p := range places {
				taken[p] = true
			}
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b op) int { return cmp.Compare(a.pos, b.pos) })
	return out
}

// find sets the position of an append whose answer nobody got.
func (o *op) find(byID map[uuid.UUID][]seen, taken map[uint64]bool) bool {
	if len(o.events) == 0 {
		return false
	}
	for _, e := range byID[o.events[len(o.events)-1].id] {
		if e.stream == o.stream && !taken[e.pos] {
			o.pos = e.pos
			return true
		}
	}
	return false
}

func (o *op) places() []uint64 {
	var out []uint64
	for i := range max(1, len(o.events)) {
		out = append(out, o.pos-uint64(i))
	}
	return out
}

// isAt tells whether the operation's events stand at its positions, in its stream.
func (o *op) isAt(all []seen) bool {
	for i := range o.events {
		pos := o.pos - uint64(len(o.events)-1-i)
		at, found := slices.BinarySearchFunc(all, pos, func(e seen, pos uint64) int { return cmp.Compare(e.pos, pos) })
		if !found || all[at].id != o.events[i].id || all[at].stream != o.stream {
			return false
		}
	}
	return true
}

// Replay feeds a second node what the first one wrote, one operation after another, and compares both. It returns how many
// operations it fed and how many events it compared.
func (r *Record) Replay(ctx context.Context, first, second string) (ops, events int, err error) {
	want, err := readAll(ctx, first)
	if err != nil {
		return 0, 0, err
	}
	list := r.written(want)
	conn, err := dial(second)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = conn.Close() }()
	c := streams.NewStreamsClient(conn)
	for _, o := range list {
		if err := feed(ctx, c, o); err != nil {
			return len(list), len(want), err
		}
	}
	got, err := readAll(ctx, second)
	if err != nil {
		return len(list), len(want), err
	}
	return len(list), len(want), same(want, got, list)
}

func feed(ctx context.Context, c streams.StreamsClient, o op) error {
	if o.kind != opAppend {
		if _, err := removeFrom(ctx, c, o); err != nil {
			return fmt.Errorf("the second node refuses %s: %w", o, err)
		}
		return nil
	}
	ok, _, err := appendTo(ctx, c, o)
	if err != nil || !ok {
		return fmt.Errorf("the second node refuses %s: %w", o, cmp.Or(err, errors.New("wrong expected version")))
	}
	return nil
}

func (o op) String() string {
	return fmt.Sprintf("%s of %d events to stream %q, expecting %d (first written at position %d)", []string{"an append", "a delete", "a tombstone"}[o.kind],
		len(o.events), o.stream, o.expected, o.pos)
}

// same compares what both nodes hold. Events of the nodes' own making have other ids.
func same(want, got []seen, list []op) error {
	theirs := map[uuid.UUID]bool{}
	for _, o := range list {
		for _, e := range o.events {
			theirs[e.id] = true
		}
	}
	for i := range min(len(want), len(got)) {
		a, b := want[i], got[i]
		if a.stream != b.stream || a.rev != b.rev || a.kind != b.kind || a.json != b.json || !bytes.Equal(a.data, b.data) || !bytes.Equal(a.meta, b.meta) ||
			theirs[a.id] && a.id != b.id {
			return fmt.Errorf("event %d differs: %s in the first node, %s in the second", i, a, b)
		}
	}
	if len(want) != len(got) {
		return fmt.Errorf("the first node holds %d events, the second %d", len(want), len(got))
	}
	return nil
}

func (e seen) String() string {
	return fmt.Sprintf("revision %d of %q, type %.20q, id %s, position %d, data %.80q", e.rev, e.stream, e.kind, e.id, e.pos, e.data)
}
