package node

import (
	"context"
	"encoding/json"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

const (
	groupPause   = 50 * time.Millisecond
	maxReadBatch = 1000 // events that a group reads ahead, whatever its settings say
)

func parkedStream(k groupKey) string {
	return "$persistentsubscription-" + k.stream + "::" + k.group + "-parked"
}

func checkpointStream(k groupKey) string {
	return "$persistentsubscription-" + k.stream + "::" + k.group + "-checkpoint"
}

// run reads, dispatches and keeps the checkpoint while the group has consumers.
func (s *groups) run(g *group, stop <-chan struct{}) {
	name := g.key.stream
	if name == allStream {
		name = ""
	}
	wake, leave := s.service.store.hub.join(name)
	defer leave()
	timer := time.NewTicker(groupPause)
	defer timer.Stop()
	for {
		more, err := s.fill(g)
		if err != nil {
			s.service.log.Error("persistent subscription stops reading", slog.Any("stream", g.key.stream), slog.Any("group", g.key.group), slog.Any("error", err))
		}
		s.settle(g, false)
		if more && err == nil {
			select {
			case <-stop:
				return
			default:
				continue
			}
		}
		select {
		case <-wake:
		case <-g.wake:
		case <-timer.C:
		case <-stop:
			return
		}
	}
}

// settle dispatches, takes back what is late, and writes the checkpoint when it is time.
func (s *groups) settle(g *group, leaving bool) {
	now := time.Now()
	g.mu.Lock()
	late := g.expired(now)
	g.dispatch(now)
	at, due := g.due(now, leaving)
	g.mu.Unlock()
	for _, d := range late {
		s.park(g, d)
	}
	if due {
		s.keepCheckpoint(g, at)
	}
}

// fill reads the next events when the group has room for them; more says that there may be further ones.
func (s *groups) fill(g *group) (more bool, err error) {
	g.mu.Lock()
	batch := min(g.cfg.ReadBatch, maxReadBatch)
	edition, links := g.edition, g.cfg.ResolveLinks
	next, live, room := g.next, g.live, len(g.read) < int(max(batch, 1)) && len(g.consumers) > 0
	g.mu.Unlock()
	if !room {
		return false, nil
	}
	p := &page{} // deliveries keep pointing into it
	limit := int(max(batch, 20))
	if g.key.stream == allStream {
		next, err = s.service.fillAll(next, limit, p)
	} else {
		next, live, err = s.service.fillStream(g.key.stream, next, limit, live, p)
	}
	list := make([]*delivery, 0, len(p.events))
	for i := range p.events {
		d, e := s.delivery(g, &p.events[i], links)
		if e != nil {
			return false, e
		}
		if d != nil {
			list = append(list, d)
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.edition != edition {
		return true, err
	}
	moved := next > g.next
	g.next, g.live = max(g.next, next), live && g.stop != nil
	g.read = append(g.read, list...)
	return moved, err
}

func (s *service) fillAll(next int64, limit int, p *page) (int64, error) {
	next = max(next, 1)
	if next > s.store.newest() {
		return next, nil
	}
	err := s.store.forward(context.Background(), next, limit, p)
	return p.next, err
}

// fillStream reads on from a revision. What is there already is read as metadata shows it; whoever has caught up with the
// head is live, and gets every event that is written after.
func (s *service) fillStream(name string, next int64, limit int, live bool, p *page) (at int64, atHead bool, err error) {
	err = s.store.with(context.Background(), func(r *reader) error {
		v, err := r.look(name)
		if err != nil || v.tombstoned || !live && !v.readable() {
			return err
		}
		if live {
			v.first = 0
		}
		if first := max(next, v.first); first <= v.head {
			err = r.streamPage(v, name, first, limit, p)
			next = p.next
		} else {
			next = max(next, v.head+1)
		}
		live = next > v.head
		return err
	})
	return next, live, err
}

// delivery makes a delivery of an event, nil when the group does not want it: filtered out, or of its own making. links are
// resolved when it is asked for.
func (s *groups) delivery(g *group, e *event, links bool) (*delivery, error) {
	d := &delivery{e: e, seq: e.rev}
	if g.key.stream == allStream {
		d.seq = e.pos
		if !g.filter.match(e) || strings.HasPrefix(e.name, "$persistentsubscription-"+allStream+"::") {
			return nil, nil
		}
	}
	if links && e.typ == typeLink {
		var err error
		if d.e, d.link, err = s.service.reading().follow(e); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (s *service) reading() *reading {
	return &reading{s: s, ctx: context.Background()}
}

// park puts an event aside as a link, to be replayed when asked for.
func (s *groups) park(g *group, d *delivery) {
	o := d.original()
	if d.seq < 0 && d.e != nil {
		o = d.e // it was parked before: link to the event itself
	}
	link := event{id: newID(), typ: typeLink, data: []byte(strconv.FormatInt(o.rev, 10) + "@" + o.name)}
	s.service.log.Info("event parked", slog.Any("stream", g.key.stream), slog.Any("group", g.key.group), slog.Any("of", o.name), slog.Any("revision", o.rev))
	s.writeOwn(parkedStream(g.key), link)
}

func (s *groups) keepCheckpoint(g *group, at int64) {
	data, _ := json.Marshal(strconv.FormatInt(at, 10))
	s.writeOwn(checkpointStream(g.key), event{id: newID(), typ: "$SubscriptionCheckpoint", json: true, data: data})
}

func (s *groups) writeOwn(stream string, e event) {
	o := s.service.store.w.do(context.Background(), &request{kind: writeAppend, name: stream, expected: anyRevision, events: []event{e}, size: e.size()})
	if o.err != nil || o.verdict != verdictWrite {
		s.service.log.Error("persistent subscription could not write", slog.Any("stream", stream), slog.Any("error", o.err))
	}
}

// replay hands parked events out again, oldest first, and empties the parking place up to there.
func (s *groups) replay(ctx context.Context, g *group, limit int) error {
	name := parkedStream(g.key)
	var list []*delivery
	next := int64(0)
	for more := true; more && len(list) < limit; {
		p := &page{}
		start := next
		var err error
		if next, _, err = s.service.fillStream(name, next, min(pageEvents, limit-len(list)), false, p); err != nil {
			return err
		}
		more = next > start && len(p.events) > 0
		for i := range p.events {
			link := &p.events[i]
			target, of, err := s.service.reading().follow(link)
			if err != nil {
				return err
			}
			if target != nil && of != nil {
				list = append(list, &delivery{e: target, link: link, seq: -1})
			}
		}
	}
	if next == 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	s.writeOwn(metaOf(name), event{id: newID(), typ: typeMetadata, json: true, data: []byte(`{"$tb":` + strconv.FormatInt(next, 10) + `}`)})
	g.mu.Lock()
	g.retry = append(g.retry, list...)
	g.mu.Unlock()
	nudge(g.wake)
	return nil
}

// parked counts what is put aside.
func (s *groups) parked(ctx context.Context, g *group) (n int64, err error) {
	err = s.service.store.with(ctx, func(r *reader) error {
		v, err := r.look(parkedStream(g.key))
		if err == nil && v.readable() {
			n = max(0, v.head-v.first+1)
		}
		return err
	})
	return n, err
}
