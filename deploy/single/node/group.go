package node

import (
	"encoding/json"
	"hash/fnv"
	"slices"
	"sync"
	"time"
)

// groupConfig is a persistent subscription's settings as they are kept. Start counts revisions, or positions for $all;
// -1 is the end at the time of creation, which Next then holds.
type groupConfig struct {
	Stream, Group           string
	Start, Next             int64
	Filter                  *filterConfig `json:",omitempty"`
	ResolveLinks, Extra     bool
	MaxRetries              int32
	MinCheckpoint           int32
	MaxCheckpoint           int32
	MaxSubscribers          int32
	LiveBuffer, ReadBatch   int32
	HistoryBuffer           int32
	TimeoutMs, CheckpointMs int32
	Strategy                string
}

// filterConfig is a filter of a subscription to $all as it is kept.
type filterConfig struct {
	ByType   bool
	Prefixes []string
	Regex    string
}

const (
	allStream = "$all"
	pinned    = "Pinned"
	single    = "DispatchToSingle"

	correlated = "PinnedByCorrelation"
)

// strategies are the ways of sharing out that a group may name.
var strategies = []string{"RoundRobin", single, pinned, correlated}

// delivery is one event on its way to a consumer. seq is its revision or position; -1 when it was parked before.
type delivery struct {
	e, link  *event
	seq      int64
	retries  int
	to       *consumer
	sent     time.Time
	deadline time.Time
}

func (d *delivery) original() *event {
	if d.link != nil {
		return d.link
	}
	return d.e
}

// pin is what an event has in common with those that go to the same consumer: its correlation, else its stream.
func (d *delivery) pin(strategy string) string {
	o := d.original()
	if strategy == correlated {
		var meta struct {
			Correlation string `json:"$correlationId"`
		}
		if json.Unmarshal(o.meta, &meta) == nil && meta.Correlation != "" {
			return meta.Correlation
		}
	}
	return o.name
}

// consumer is one client of a group: at most slots deliveries are with it, unanswered. name and user are what it says of
// itself, for the group's figures only.
type consumer struct {
	id     string
	name   string
	user   string
	times  answerTimes
	slots  int
	flying int
	total  int64
	out    chan *delivery
	gone   chan struct{} // closed when the group drops it
}

// group hands the events of a stream to its consumers, and remembers what was answered. While it has consumers one
// goroutine reads and dispatches; mu guards everything.
type group struct {
	key       groupKey // never changes, so it is read without mu; all else is mu's
	mu        sync.Mutex
	cfg       groupConfig
	edition   int // counts the changes of cfg: what was read before one is not handed out after it
	filter    *filter
	next      int64
	read      []*delivery
	retry     []*delivery
	flight    map[[16]byte][]*delivery
	consumers []*consumer
	turn      int
	saved     int64
	answered  int32
	savedAt   time.Time
	total     int64
	wake      chan struct{}
	stop      chan struct{}
	live      bool // caught up with the stream's head since the first consumer came
}

func newGroup(cfg groupConfig, checkpoint int64) (*group, error) {
	g := &group{key: groupKey{cfg.Stream, cfg.Group}, cfg: cfg, next: cfg.Next, saved: -1, flight: map[[16]byte][]*delivery{}, wake: make(chan struct{}, 1)}
	if checkpoint >= 0 {
		g.next, g.saved = checkpoint+1, checkpoint
	}
	var err error
	if cfg.Filter != nil {
		g.filter, err = cfg.Filter.compile()
	}
	return g, err
}

// dispatch gives waiting deliveries to consumers with room, those to be tried again first.
func (g *group) dispatch(now time.Time) {
	for {
		queue := &g.retry
		if len(*queue) == 0 {
			queue = &g.read
		}
		if len(*queue) == 0 {
			return
		}
		d := (*queue)[0]
		c := g.choose(d)
		if c == nil {
			return
		}
		*queue = (*queue)[1:]
		d.to, d.sent, d.deadline = c, now, time.Time{}
		if g.cfg.TimeoutMs > 0 {
			d.deadline = now.Add(time.Duration(g.cfg.TimeoutMs) * time.Millisecond)
		}
		id := d.original().id
		g.flight[id] = append(g.flight[id], d)
		c.flying++
		c.total++
		g.total++
		c.out <- d // has room for every slot
	}
}

// choose follows the strategy: the first with room, the next in turn, or the same consumer for the same stream.
func (g *group) choose(d *delivery) *consumer {
	n := len(g.consumers)
	if n == 0 {
		return nil
	}
	first := g.turn
	switch g.cfg.Strategy {
	case single:
		first = 0
	case pinned, correlated:
		h := fnv.New32a()
		_, _ = h.Write([]byte(d.pin(g.cfg.Strategy)))
		first = int(h.Sum32() % uint32(n))
	}
	for i := range n {
		c := g.consumers[(first+i)%n]
		if c.flying < c.slots {
			g.turn = (first + i + 1) % n
			return c
		}
	}
	return nil
}

// answer takes a delivery back from its consumer; nil when it was taken back before.
func (g *group) answer(c *consumer, id [16]byte) *delivery {
	list := g.flight[id]
	at := slices.IndexFunc(list, func(d *delivery) bool { return d.to == c })
	if at < 0 {
		return nil
	}
	d := list[at]
	g.land(d)
	g.answered++
	if g.cfg.Extra {
		c.times.add(time.Since(d.sent))
	}
	return d
}

func (g *group) land(d *delivery) {
	id := d.original().id
	list := slices.DeleteFunc(g.flight[id], func(o *delivery) bool { return o == d })
	if len(list) == 0 {
		delete(g.flight, id)
	} else {
		g.flight[id] = list
	}
	d.to.flying--
	d.to = nil
}

// again queues a delivery once more; after too many tries it is given back to be parked.
func (g *group) again(d *delivery) (park bool) {
	if d.retries >= int(g.cfg.MaxRetries) {
		return true
	}
	d.retries++
	g.retry = append(g.retry, d)
	return false
}

// expired takes back what was not answered in time, and returns what has to be parked.
func (g *group) expired(now time.Time) (park []*delivery) {
	var late []*delivery
	for _, list := range g.flight {
		for _, d := range list {
			if !d.deadline.IsZero() && now.After(d.deadline) {
				late = append(late, d)
			}
		}
	}
	slices.SortFunc(late, func(a, b *delivery) int { return int(a.seq - b.seq) })
	for _, d := range late {
		g.land(d)
		if g.again(d) {
			park = append(park, d)
		}
	}
	return park
}

// leave takes a consumer out; what it had goes to the others.
func (g *group) leave(c *consumer) {
	g.consumers = slices.DeleteFunc(g.consumers, func(o *consumer) bool { return o == c })
	var back []*delivery
	for _, list := range g.flight {
		for _, d := range list {
			if d.to == c {
				back = append(back, d)
			}
		}
	}
	slices.SortFunc(back, func(a, b *delivery) int { return int(a.seq - b.seq) })
	for _, d := range back {
		g.land(d)
	}
	g.retry = append(back, g.retry...)
	g.turn = 0
}

// checkpoint is the highest revision or position up to which everything was answered.
func (g *group) checkpoint() int64 {
	low := g.next
	for _, list := range g.flight {
		for _, d := range list {
			low = lower(low, d)
		}
	}
	for _, d := range slices.Concat(g.retry, g.read) {
		low = lower(low, d)
	}
	return low - 1
}

func lower(low int64, d *delivery) int64 {
	if d.seq >= 0 && d.seq < low {
		return d.seq
	}
	return low
}

// due says whether the checkpoint should be written now, and which.
func (g *group) due(now time.Time, leaving bool) (int64, bool) {
	at := g.checkpoint()
	if at <= g.saved || at < g.cfg.Next {
		return 0, false
	}
	late := now.Sub(g.savedAt) >= time.Duration(g.cfg.CheckpointMs)*time.Millisecond
	if !leaving && g.answered < max(1, g.cfg.MaxCheckpoint) && (g.answered < max(1, g.cfg.MinCheckpoint) || !late) {
		return 0, false
	}
	g.saved, g.savedAt, g.answered = at, now, 0
	return at, true
}

func (g *group) inFlight() int {
	n := 0
	for _, list := range g.flight {
		n += len(list)
	}
	return n
}
