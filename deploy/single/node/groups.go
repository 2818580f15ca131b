package node

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/persistent"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/google/uuid"
)

const (
	groupsStream = "$persistentSubscriptionConfig"
	typeGroups   = "$PersistentConfig"
	maxSlots     = 10_000 // unanswered deliveries of one consumer, whatever it asks for
)

// groups answers the persistent subscriptions protocol. Their settings, checkpoints and parked events are events of
// system streams, so that they live and are checked as everything else.
type groups struct {
	persistent.UnimplementedPersistentSubscriptionsServer
	service *service
	mu      sync.Mutex
	byKey   map[groupKey]*group
	loaded  bool
}

type groupKey struct{ stream, group string }

// load reads the kept groups once, at the first call.
func (s *groups) load(ctx context.Context) error {
	if s.loaded {
		return nil
	}
	var configs []groupConfig
	if err := s.service.lastJSON(ctx, groupsStream, &configs); err != nil {
		return err
	}
	s.byKey = map[groupKey]*group{}
	for _, cfg := range configs {
		checkpoint, text := int64(-1), ""
		if err := s.service.lastJSON(ctx, checkpointStream(groupKey{cfg.Stream, cfg.Group}), &text); err != nil {
			return err
		}
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			checkpoint = n
		}
		g, err := newGroup(cfg, checkpoint)
		if err != nil {
			return err
		}
		s.byKey[groupKey{cfg.Stream, cfg.Group}] = g
	}
	s.loaded = true
	return nil
}

// lastJSON decodes the newest event of a stream; into stays as it is when there is none.
func (s *service) lastJSON(ctx context.Context, name string, into any) error {
	p := &page{}
	err := s.store.with(ctx, func(r *reader) error {
		v, err := r.look(name)
		if err != nil || !v.readable() {
			return err
		}
		return r.streamPage(v, name, v.head, 1, p)
	})
	if err != nil || len(p.events) == 0 {
		return err
	}
	return wrap(json.Unmarshal(p.events[0].data, into), "read the newest event of %s", name)
}

// keep writes the settings of all groups; mu is held.
func (s *groups) keep() {
	configs := make([]groupConfig, 0, len(s.byKey))
	for _, g := range s.byKey {
		configs = append(configs, g.cfg)
	}
	slices.SortFunc(configs, func(a, b groupConfig) int {
		return cmp.Or(cmp.Compare(a.Stream, b.Stream), cmp.Compare(a.Group, b.Group))
	})
	data, _ := json.Marshal(configs)
	s.writeOwn(groupsStream, event{id: newID(), typ: typeGroups, json: true, data: data})
}

// with finds a group and calls f with the registry locked.
func (s *groups) with(ctx context.Context, k groupKey, f func(*group) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(ctx); err != nil {
		return s.service.fail(ctx, err)
	}
	g := s.byKey[k]
	if g == nil {
		return s.service.fail(ctx, noGroup(k.stream, k.group))
	}
	return s.service.fail(ctx, f(g))
}

// Create makes a group; its settings are durable before the answer.
func (s *groups) Create(ctx context.Context, req *persistent.CreateReq) (*persistent.CreateResp, error) {
	cfg, err := groupStart{s.service.store}.created(req.GetOptions())
	if err != nil {
		return nil, s.service.fail(ctx, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(ctx); err != nil {
		return nil, s.service.fail(ctx, err)
	}
	k := groupKey{cfg.Stream, cfg.Group}
	if s.byKey[k] != nil {
		return nil, s.service.fail(ctx, groupExists(k.stream, k.group))
	}
	g, err := newGroup(cfg, -1)
	if err != nil {
		return nil, s.service.fail(ctx, err)
	}
	s.byKey[k] = g
	s.keep()
	return &persistent.CreateResp{}, nil
}

// Update changes a group's settings and drops its consumers, who connect again.
func (s *groups) Update(ctx context.Context, req *persistent.UpdateReq) (*persistent.UpdateResp, error) {
	cfg, bad := groupStart{s.service.store}.updated(req.GetOptions())
	if bad != nil && cfg.Stream == "" {
		return nil, s.service.fail(ctx, bad)
	}
	return &persistent.UpdateResp{}, s.with(ctx, groupKey{cfg.Stream, cfg.Group}, func(g *group) error {
		if bad != nil { // a group that is not there is said first
			return bad
		}
		s.drop(g)
		g.mu.Lock()
		cfg.Filter = g.cfg.Filter
		g.cfg, g.edition = cfg, g.edition+1
		if g.saved < 0 {
			g.next, g.read, g.live = cfg.Next, nil, false
		}
		g.mu.Unlock()
		s.keep()
		return nil
	})
}

// Delete ends a group and drops its consumers.
func (s *groups) Delete(ctx context.Context, req *persistent.DeleteReq) (*persistent.DeleteResp, error) {
	o := req.GetOptions()
	k := groupKey{sourceOf(o.GetStreamIdentifier(), o.GetAll()), o.GetGroupName()}
	return &persistent.DeleteResp{}, s.with(ctx, k, func(g *group) error {
		s.drop(g)
		delete(s.byKey, k)
		s.keep()
		g.mu.Lock() // a consumer that was just dropped may still be writing the checkpoint's position
		saved := g.saved
		g.mu.Unlock()
		if saved >= 0 {
			s.service.store.w.do(context.WithoutCancel(ctx), &request{kind: writeDelete, name: checkpointStream(g.key), expected: anyRevision})
		}
		return nil
	})
}

func (s *groups) drop(g *group) {
	g.mu.Lock()
	for _, c := range slices.Clone(g.consumers) {
		g.leave(c)
		close(c.gone)
	}
	s.idle(g)
	g.mu.Unlock()
}

// idle stops the group's goroutine when nobody listens; g.mu is held.
func (s *groups) idle(g *group) {
	if len(g.consumers) == 0 && g.stop != nil {
		close(g.stop)
		g.stop, g.live = nil, false
	}
}

func sourceOf(id *shared.StreamIdentifier, all *shared.Empty) string {
	if all != nil || id == nil {
		return allStream
	}
	return string(id.GetStreamName())
}

// Read connects a consumer: confirmation, then events as it answers those it has.
func (s *groups) Read(call persistent.PersistentSubscriptions_ReadServer) error {
	ctx := call.Context()
	first, err := call.Recv()
	if err != nil {
		return noOptions(err)
	}
	o := first.GetOptions()
	if o == nil {
		return s.service.fail(ctx, invalid("the first message of a persistent subscription must hold its options"))
	}
	k := groupKey{sourceOf(o.GetStreamIdentifier(), o.GetAll()), o.GetGroupName()}
	id := uuid.NewString() + "::" + k.stream + "::" + k.group
	if o.GetBufferSize() <= 0 {
		return s.service.fail(ctx, groupFailed(k.stream, k.group, "Buffer Size (%d) must be positive", o.GetBufferSize()))
	}
	slots := min(int(o.GetBufferSize()), maxSlots)
	c := &consumer{id: id, slots: slots, out: make(chan *delivery, slots), gone: make(chan struct{})}
	c.name, c.user = saysOfItself(ctx)
	var g *group
	if err := s.with(ctx, k, func(found *group) error { g = found; return s.join(g, c) }); err != nil {
		return err
	}
	defer s.part(g, c)
	err = call.Send(&persistent.ReadResp{Content: &persistent.ReadResp_SubscriptionConfirmation_{
		SubscriptionConfirmation: &persistent.ReadResp_SubscriptionConfirmation{SubscriptionId: id}}})
	if err != nil {
		return err
	}
	nudge(g.wake)
	_, asText := o.GetUuidOption().GetContent().(*persistent.ReadReq_Options_UUIDOption_String_)
	return s.service.fail(ctx, s.serve(call, g, c, newEncoder(asText)))
}

func (s *groups) join(g *group, c *consumer) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.cfg.MaxSubscribers > 0 && len(g.consumers) >= int(g.cfg.MaxSubscribers) {
		return groupFull(g.key.stream, g.key.group)
	}
	g.consumers = append(g.consumers, c)
	if g.stop == nil {
		g.stop = make(chan struct{})
		go s.run(g, g.stop)
	}
	g.dispatch(time.Now()) // before it is confirmed, so that no answer of another consumer comes between
	return nil
}

func (s *groups) part(g *group, c *consumer) {
	g.mu.Lock()
	if slices.Contains(g.consumers, c) {
		g.leave(c)
		s.idle(g)
	}
	g.mu.Unlock()
	s.settle(g, true)
	nudge(g.wake)
}

func (s *groups) serve(call persistent.PersistentSubscriptions_ReadServer, g *group, c *consumer, enc *encoder) error {
	answers := make(chan error, 1)
	go func() { answers <- calm(func() error { return s.listen(call, g, c) }) }()
	for {
		select {
		case d := <-c.out:
			if err := call.SendMsg(enc.delivery(d.e, d.link, d.retries)); err != nil {
				return err
			}
		case err := <-answers:
			return err
		case <-c.gone:
			return groupDropped(g.key.stream, g.key.group)
		case <-s.service.closing:
			return errClosed
		}
	}
}

var errStopped = errors.New("the consumer asked to stop")

// listen takes the consumer's answers until it goes away.
func (s *groups) listen(call persistent.PersistentSubscriptions_ReadServer, g *group, c *consumer) error {
	for {
		req, err := call.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case req.GetAck() != nil:
			err = s.settleAll(g, c, req.GetAck().GetIds(), persistent.ReadReq_Nack_Skip)
		case req.GetNack() != nil:
			err = s.settleAll(g, c, req.GetNack().GetIds(), req.GetNack().GetAction())
		}
		if errors.Is(err, errStopped) {
			return groupDropped(g.key.stream, g.key.group)
		}
		if err != nil {
			return err
		}
	}
}

func (s *groups) settleAll(g *group, c *consumer, ids []*shared.UUID, action persistent.ReadReq_Nack_Action) error {
	if _, known := persistent.ReadReq_Nack_Action_name[int32(action)]; !known {
		return invalid("'%d' is not a valid action", action)
	}
	var park []*delivery
	g.mu.Lock()
	for _, id := range ids {
		u, err := parseUUID(id)
		if err != nil {
			g.mu.Unlock()
			return err
		}
		d := g.answer(c, u)
		if d == nil {
			continue
		}
		switch action {
		case persistent.ReadReq_Nack_Park:
			park = append(park, d)
		case persistent.ReadReq_Nack_Retry, persistent.ReadReq_Nack_Unknown, persistent.ReadReq_Nack_Stop:
			if g.again(d) {
				park = append(park, d)
			}
		}
	}
	g.dispatch(time.Now()) // at once, so that what is tried again keeps its place before what was not sent yet
	g.mu.Unlock()
	for _, d := range park {
		s.park(g, d)
	}
	nudge(g.wake)
	if action == persistent.ReadReq_Nack_Stop {
		return errStopped
	}
	return nil
}

// ReplayParked hands parked events out again.
func (s *groups) ReplayParked(ctx context.Context, req *persistent.ReplayParkedReq) (*persistent.ReplayParkedResp, error) {
	o := req.GetOptions()
	k := groupKey{sourceOf(o.GetStreamIdentifier(), o.GetAll()), o.GetGroupName()}
	limit := math.MaxInt
	if at, ok := o.GetStopAtOption().(*persistent.ReplayParkedReq_Options_StopAt); ok {
		if at.StopAt < 0 {
			return nil, s.service.fail(ctx, groupFailed(k.stream, k.group, "Cannot stop replaying parked message at a negative version."))
		}
		limit = int(at.StopAt)
	}
	return &persistent.ReplayParkedResp{}, s.with(ctx, k, func(g *group) error { return s.replay(ctx, g, limit) })
}

// RestartSubsystem drops every consumer and reads the groups again.
func (s *groups) RestartSubsystem(ctx context.Context, _ *shared.Empty) (*shared.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.byKey {
		s.drop(g)
		s.settle(g, true)
	}
	s.loaded = false
	return &shared.Empty{}, s.service.fail(ctx, s.load(ctx))
}

// flush keeps the checkpoints of all groups; the node calls it before its store closes.
func (s *groups) flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.byKey {
		s.drop(g)
		s.settle(g, true)
	}
}
