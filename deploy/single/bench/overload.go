package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/valyala/fasthttp"

	"github.com/dakahq/daka/deploy/single/rig"
)

const (
	// overloadWarm is how long a load runs before it is measured; overloadLengths how many lengths of a round it is measured for.
	overloadWarm    = time.Second
	overloadLengths = 2
	// overloadCrew is how many members punch.
	overloadCrew = 512
	// overloadConns is how many requests may be without an answer; then the clients send nothing more, as they would only wait for themselves.
	overloadConns = 4096
)

// storm is an open load: punches begin at a rate whatever becomes of them, and each is sent again, not before Retry-After, until it is taken.
type storm struct {
	s       *server
	http    *fasthttp.Client
	from    time.Time // what is measured begins
	until   time.Time
	begun   atomic.Int64
	sent    atomic.Int64
	taken   atomic.Int64
	open    atomic.Int64 // sent, and without an answer
	others  atomic.Int64 // answers that are neither taken nor overloaded, and lost calls
	word    atomic.Pointer[string]
	mu      sync.Mutex
	first   []time.Duration // how long those took that were taken at the first try
	running sync.WaitGroup
	// busy is the share of their core that the clients used themselves.
	busy float64
}

// overload measures the goodput of a server on one core while retrying clients on another send one, two and four times what it can do.
func (b *bench) overload(ctx context.Context) error {
	if runtime.NumCPU() < 2 {
		b.say("left out: it needs one core for the server and another for the clients")
		return nil
	}
	var s *server
	restore, err := pinned(1, 0, func() (err error) { s, err = b.start(ctx, "overload"); return err })
	if errors.Is(err, errors.ErrUnsupported) {
		b.say("left out: this system cannot keep a process on one core")
		return nil
	}
	if err != nil {
		return err
	}
	defer restore()
	defer s.process.Stop()
	s.frugal.MaxConnsPerHost, s.frugal.MaxIdleConnDuration = 2*overloadConns, time.Minute
	s.frugal.ReadTimeout, s.frugal.WriteTimeout = 15*time.Second, 15*time.Second
	if s.company, err = rig.Found(ctx, s.client, "Overload"); err != nil {
		return err
	}
	if err := s.company.Hire(ctx, s.client, overloadCrew); err != nil {
		return err
	}
	return b.storms(ctx, s)
}

// storms measures the capacity and then the loads, in turns. The first round is not counted: everybody's first punch reads their timesheet.
func (b *bench) storms(ctx context.Context, s *server) error {
	factors := []float64{1, 2, 4}
	var capacity series
	good, sent, p99, busy := map[float64][]float64{}, map[float64][]float64{}, map[float64][]float64{}, map[float64][]float64{}
	for round := range b.rounds + 1 {
		if round == 1 {
			capacity = series{}
			clear(good)
			clear(sent)
			clear(p99)
			clear(busy)
		}
		punch := func(ctx context.Context, client, i int) error {
			return s.punchOf(ctx, (client+i*b.clients)%overloadCrew)
		}
		if err := b.roundOf(ctx, b.clients, overloadLengths*b.length, punch, &capacity); err != nil {
			return fmt.Errorf("measuring the capacity: %w", err)
		}
		now := capacity.rate[len(capacity.rate)-1]
		for _, k := range factors {
			if err := s.settle(ctx); err != nil {
				return err
			}
			t, err := s.storm(ctx, k*now, overloadLengths*b.length)
			if err != nil {
				return fmt.Errorf("%.0f times the capacity: %w", k, err)
			}
			seconds := t.until.Sub(t.from).Seconds()
			good[k] = append(good[k], float64(t.taken.Load())/seconds)
			sent[k] = append(sent[k], float64(t.sent.Load())/seconds)
			busy[k] = append(busy[k], 100*t.busy)
			p99[k] = append(p99[k], float64(percentile(t.first, 0.99).Milliseconds()))
		}
	}
	b.say("server on one core, capacity with %d clients: %.0f punches/s", b.clients, median(capacity.rate))
	best := 0.0
	for _, k := range factors {
		b.say("%.0f× offered: really sent %.0f/s, goodput %.0f/s, first-try p99 of what is taken %.0f ms, clients' core %.0f %% busy", k, median(sent[k]), median(good[k]), median(p99[k]), median(busy[k]))
		best = max(best, median(good[k]))
	}
	worst := slices.Max([]float64{median(p99[2]), median(p99[4])})
	b.goal(goal{name: "goodput at 4× the capacity ÷ the best", value: median(good[4]) / best, atLeast: 0.8,
		detail: fmt.Sprintf("%.0f ÷ %.0f, of %.0f/s sent", median(good[4]), best, median(sent[4]))})
	b.goal(goal{name: "first-try p99 of what is taken above the capacity", value: worst, atMost: 500, unit: "ms"})
	return nil
}

// punchOf makes one punch of a member.
func (s *server) punchOf(_ context.Context, member int) error {
	key, err := uuid.NewV7()
	if err != nil {
		return err
	}
	t := &storm{s: s, http: &s.frugal}
	if status, _, answer := t.send(key, member); status != http.StatusCreated {
		return fmt.Errorf("a punch was answered %s", answer.text)
	}
	return nil
}

// storm runs one load; answers other than taken and overloaded end it with an error.
func (s *server) storm(ctx context.Context, perSecond float64, length time.Duration) (*storm, error) {
	began := time.Now()
	t := &storm{s: s, http: &s.frugal, from: began.Add(overloadWarm)}
	t.until = t.from.Add(length)
	ctx, cancel := context.WithDeadline(ctx, t.until)
	defer cancel()
	cpu := processCPU()
	defer func() { t.busy = (processCPU() - cpu).Seconds() / time.Since(began).Seconds() }()
	for ctx.Err() == nil {
		due := int64(time.Since(began).Seconds() * perSecond)
		for t.begun.Load() < due {
			i := t.begun.Add(1)
			if t.open.Load() >= overloadConns {
				continue
			}
			t.running.Go(func() { t.punch(ctx, int(i)) })
		}
		time.Sleep(time.Millisecond)
	}
	t.running.Wait()
	if n := t.others.Load(); n > 0 {
		return t, fmt.Errorf("%d of %d answers were neither taken nor overloaded, such as %s", n, t.sent.Load(), *t.word.Load())
	}
	if t.taken.Load() == 0 {
		return t, errors.New("nothing was taken")
	}
	return t, nil
}

// punch sends one punch until it is taken or the load is over.
func (t *storm) punch(ctx context.Context, i int) {
	key, err := uuid.NewV7()
	if err != nil {
		return
	}
	for try := 0; ctx.Err() == nil; try++ {
		if t.open.Add(1) > overloadConns {
			t.open.Add(-1)
			return
		}
		began := time.Now()
		status, retry, answer := t.send(key, i)
		t.open.Add(-1)
		ended := time.Now()
		measured := ended.After(t.from) && ended.Before(t.until)
		if measured {
			t.sent.Add(1)
		}
		switch {
		case status == http.StatusCreated || status == http.StatusOK:
			t.took(measured, try == 0, ended.Sub(began))
			return
		case status != http.StatusServiceUnavailable || !answer.overloaded:
			t.others.Add(1)
			t.word.CompareAndSwap(nil, &answer.text)
			return
		}
		wait := time.NewTimer(retry + rand.N(retry/2))
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
		}
	}
}

func (t *storm) took(measured, first bool, took time.Duration) {
	if !measured {
		return
	}
	t.taken.Add(1)
	if first {
		t.mu.Lock()
		t.first = append(t.first, took)
		t.mu.Unlock()
	}
}

// stormAnswer is what the server said, when it did not take the punch.
type stormAnswer struct {
	overloaded bool
	text       string
}

func (t *storm) send(key uuid.UUID, i int) (status int, retry time.Duration, answer stormAnswer) {
	req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(res)
	t.s.fill(req, key, i%overloadCrew)
	if err := t.http.Do(req, res); err != nil {
		return 0, 0, stormAnswer{text: err.Error()}
	}
	if status = res.StatusCode(); status == http.StatusCreated {
		return status, 0, answer
	}
	seconds, _ := strconv.Atoi(string(res.Header.Peek("Retry-After")))
	answer.text = fmt.Sprintf("%d %s", status, res.Body())
	answer.overloaded = isOverloaded(res.Body())
	return status, max(1, time.Duration(seconds)) * time.Second, answer
}
