package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/dakahq/daka/deploy/single/rig"
)

const (
	// neighbourRate is how many punches a second the other organization makes.
	neighbourRate = 100
	// roundOf is how long latencies are taken together; medians of rounds forgive a machine that stumbles once.
	roundOf = 10 * time.Second
	// quietLong is how long the other organization punches alone.
	quietLong = 40 * time.Second

	mostRefused = 0
	mostSlower  = 4.0
	mostLag     = 3.0       // seconds
	mostMemory  = 600 << 20 // bytes
	mostMetrics = 1 << 20   // bytes of /metrics afterwards
)

// neighbour punches beside the hostile organization, each punch once, and keeps what became of it.
type neighbour struct {
	client  *rig.Client
	company *rig.Company

	mu      sync.Mutex
	rounds  [][]time.Duration
	acks    []rig.Ack
	refused []string
}

// hostile lets one organization do its worst beside another's punches.
func (t *torture) hostile(ctx context.Context) error {
	s, err := t.open(ctx, "hostile", 0, nil)
	if err != nil {
		return err
	}
	defer s.server.Kill()
	foe, err := s.foe(ctx)
	if err != nil {
		return err
	}
	if t.weapons != "" {
		foe.weapons = strings.Split(t.weapons, ",")
	}
	token, err := issueToken(ctx, s.client, s.company.Org, "gate", "punching:write")
	if err != nil {
		return err
	}
	n := &neighbour{client: rig.NewClient(s.server.URL(), token), company: s.company}
	n.punch(ctx, roundOf) // everybody's first punch reads their timesheet
	n.take()
	n.punch(ctx, quietLong)
	quiet := n.take()
	attack, stop := context.WithCancel(ctx)
	var attacking, watching sync.WaitGroup
	foe.attack(attack, &attacking)
	var worst worstOf
	watching.Go(func() { worst.watch(attack, s) })
	n.punch(ctx, t.hostileFor)
	stop()
	attacking.Wait()
	watching.Wait()
	if err := s.verdicts(ctx, n, quiet, n.take(), &worst); err != nil {
		return err
	}
	fmt.Fprintf(t.Out, "  %s\n", foe)
	for what, count := range foe.counts() {
		t.Expect(count > 0, "%s sent: %d", what, count)
	}
	return s.judgeAcks(ctx, n.acks, s.embedded(ctx))
}

// issueToken lets a program act in an organization, and gives its secret.
func issueToken(ctx context.Context, c *rig.Client, org uuid.UUID, name string, scopes ...string) (string, error) {
	var issued struct {
		Secret string `json:"secret"`
	}
	if err := c.Write(ctx, http.MethodPost, "/api/v1/orgs/"+org.String()+"/tokens", map[string]any{"name": name, "scopes": scopes}, &issued); err != nil {
		return "", fmt.Errorf("issuing a token: %w", err)
	}
	return issued.Secret, nil
}

// verdicts compares what the neighbour saw with what it saw before.
func (s *stage) verdicts(ctx context.Context, n *neighbour, quiet, loud [][]time.Duration, worst *worstOf) error {
	text := ""
	if len(n.refused) > 0 {
		text = ", such as " + n.refused[0]
	}
	s.t.Expect(len(n.refused) <= mostRefused, "%d punches of the other organization were refused%s", len(n.refused), text)
	before, during := medianP99(quiet), medianP99(loud)
	s.t.Expect(during.Seconds() <= mostSlower*before.Seconds(), "p99 of its punches %s, quiet %s: %.1f times (≤ %.0f; medians of %d and %d rounds)",
		during.Round(time.Millisecond), before.Round(time.Millisecond), during.Seconds()/before.Seconds(), mostSlower, len(loud), len(quiet))
	s.t.Expect(worst.looks > 0 && worst.lag >= 0 && worst.lag <= mostLag, "read-model lag at most %.1f s of %d looks (≤ %.0f)", worst.lag, worst.looks, mostLag)
	s.t.Expect(worst.memory <= mostMemory, "memory of daka at most %d MB (≤ %d)", worst.memory>>20, mostMemory>>20)
	s.t.Expect(worst.problem == "", "the projector never stopped %s", worst.problem)
	size, err := metricsSize(ctx, s.server.URL(), s.client.Token)
	if err != nil {
		return err
	}
	s.t.Expect(size <= mostMetrics, "/metrics has %d kB (≤ %d)", size>>10, mostMetrics>>10)
	return nil
}

// metricsSize is how long the answer of /metrics is.
func metricsSize(ctx context.Context, base, token string) (int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := (&http.Client{Timeout: time.Minute}).Do(req)
	if err != nil {
		return 0, fmt.Errorf("reading /metrics: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("/metrics answers %d", res.StatusCode)
	}
	return io.Copy(io.Discard, res.Body)
}

// medianP99 is the median of the rounds' 99th percentiles.
func medianP99(rounds [][]time.Duration) time.Duration {
	var each []time.Duration
	for _, r := range rounds {
		if len(r) > 0 {
			slices.Sort(r)
			each = append(each, r[len(r)*99/100])
		}
	}
	if len(each) == 0 {
		return 0
	}
	slices.Sort(each)
	return each[len(each)/2]
}

// punch makes punches at a steady rate for a time, whatever became of those before.
func (n *neighbour) punch(ctx context.Context, length time.Duration) {
	var running sync.WaitGroup
	tick := time.NewTicker(time.Second / neighbourRate)
	defer tick.Stop()
	for i := 0; i < int(length.Seconds())*neighbourRate && ctx.Err() == nil; i++ {
		<-tick.C
		if i%(int(roundOf.Seconds())*neighbourRate) == 0 {
			n.mu.Lock()
			n.rounds = append(n.rounds, nil)
			n.mu.Unlock()
		}
		running.Go(func() { n.once(ctx, i) })
	}
	running.Wait()
}

// once makes one punch. What is not taken at once is refused.
func (n *neighbour) once(ctx context.Context, i int) {
	key, err := uuid.NewV7()
	if err != nil {
		return
	}
	began := time.Now()
	a, err := n.client.Do(ctx, http.MethodPost, n.company.PunchPath(), key.String(), n.company.Punch(i))
	took := time.Since(began)
	var ack rig.Ack
	if err == nil && a.Status != http.StatusCreated {
		err = fmt.Errorf("%d %s", a.Status, a.Body)
	}
	if err == nil {
		ack, err = rig.ReadAck(key, a.Body)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if err != nil {
		n.refused = append(n.refused, err.Error())
		return
	}
	n.acks = append(n.acks, ack)
	last := len(n.rounds) - 1
	n.rounds[last] = append(n.rounds[last], took)
}

// take gives the rounds so far and starts over.
func (n *neighbour) take() [][]time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	rounds := n.rounds
	n.rounds = nil
	return rounds
}

// worstOf is the worst of what was seen of a server.
type worstOf struct {
	looks   int
	lag     float64
	memory  int64
	problem string
}

// watch looks at the server twice a second until ctx ends.
func (w *worstOf) watch(ctx context.Context, s *stage) {
	for ctx.Err() == nil {
		r, err := rig.Reached(ctx, s.client)
		if err == nil {
			w.looks++
			w.lag = max(w.lag, r.LagSeconds)
			if r.Problem != "" {
				w.problem = r.Problem
			}
		} else if !errors.Is(err, context.Canceled) {
			w.problem = err.Error()
		}
		if rss, err := s.server.RSS(); err == nil {
			w.memory = max(w.memory, rss)
		}
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
}
