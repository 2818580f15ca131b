package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/valyala/fasthttp"

	"github.com/dakahq/daka/deploy/single/rig"
)

// server is a daka that is measured from outside.
type server struct {
	process *rig.Process
	client  *rig.Client
	company *rig.Company
	frugal  fasthttp.Client
	// zone is that of the company's rule.
	zone *time.Location
}

// crew is how many members punch: each has some tens of punches in the end, as in a month.
const crew = 4096

// start runs `daka serve` and signs in.
func (b *bench) start(ctx context.Context, name string, flags ...string) (*server, error) {
	return b.startIn(ctx, name, nil, flags...)
}

// startIn is start with settings by environment.
func (b *bench) startIn(ctx context.Context, name string, env []string, flags ...string) (*server, error) {
	binary, err := filepath.Abs(b.binary)
	if err != nil {
		return nil, err
	}
	process, err := rig.Daka(binary, "serve", b.dir(name), append(slices.Clone(env), b.env...), flags...)
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, err
	}
	if _, err := process.WaitReady(ctx, time.Minute); err != nil {
		return nil, errors.Join(err, process.Kill())
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return nil, errors.Join(err, process.Kill())
	}
	token, err := process.Token()
	if err != nil {
		return nil, errors.Join(err, process.Kill())
	}
	return &server{process: process, client: rig.NewClient(process.URL(), token), frugal: fasthttp.Client{MaxConnsPerHost: 1024}, zone: zone}, nil
}

func (s *server) found(ctx context.Context) (err error) {
	if s.company, err = rig.Found(ctx, s.client, "Bench"); err != nil {
		return err
	}
	if err := s.company.Hire(ctx, s.client, crew); err != nil {
		return err
	}
	return s.company.Identify(ctx, s.client)
}

// punch posts one punch of the client's own members, and gives whose it was by place among the company's, and the receipt's position.
// The client is a frugal one, so that the machine's time goes to the server.
func (s *server) punch(_ context.Context, client, i int) (member int, position string, err error) {
	key, err := uuid.NewV7()
	if err != nil {
		return 0, "", err
	}
	member = client*(crew/64) + i%(crew/64)
	req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(res)
	s.fill(req, key, member)
	if err := s.frugal.DoTimeout(req, res, 15*time.Second); err != nil {
		return 0, "", fmt.Errorf("posting a punch: %w", err)
	}
	if res.StatusCode() != http.StatusCreated {
		return 0, "", fmt.Errorf("a punch was answered %d %s", res.StatusCode(), res.Body())
	}
	_, after, _ := bytes.Cut(res.Body(), []byte(`"position":"`))
	place, _, found := bytes.Cut(after, []byte(`"`))
	if !found {
		return 0, "", fmt.Errorf("a receipt without position: %s", res.Body())
	}
	return member, string(place), nil
}

// fill makes a request to record a punch of a member.
func (s *server) fill(req *fasthttp.Request, key uuid.UUID, member int) {
	req.SetRequestURI(s.client.Base + s.company.PunchPath())
	req.Header.SetMethod(http.MethodPost)
	req.Header.SetContentType("application/json")
	req.Header.Set("Authorization", "Bearer "+s.client.Token)
	req.Header.Set("Idempotency-Key", key.String())
	req.SetBodyString(`{"number":"` + s.company.Numbers[member] + `","source_type":"ATM"}`)
}

// isOverloaded says that a problem's code is overloaded.
func isOverloaded(body []byte) bool { return bytes.Contains(body, []byte(`"code":"overloaded"`)) }

// daka runs a client verb of the measured binary.
func (b *bench) daka(ctx context.Context, s *server, args ...string) error {
	cmd := exec.CommandContext(ctx, b.binary, args...)
	cmd.Env = append(os.Environ(), "DAKA_SERVER="+s.process.URL(), "DAKA_TOKEN="+s.client.Token)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("daka %s: %w\n%s", args[0], err, out)
	}
	return nil
}

// settle waits until the read models have everything.
func (s *server) settle(ctx context.Context) error {
	for began := time.Now(); time.Since(began) < 15*time.Minute; time.Sleep(100 * time.Millisecond) {
		if done, err := rig.Settled(ctx, s.client); err == nil && done {
			return nil
		}
	}
	return errors.New("the read models did not settle in 15 minutes")
}

const (
	megabyte = 1_000_000
	// punchLengths is how many lengths of a round a turn of punches takes: read models fall behind by a second or two under full load, and what
	// they still owe at a turn's end must not make up most of it.
	punchLengths = 3
)

// besideAppends measures punches and durable appends in turns, since the machine's speed changes from one minute to the next. Appends
// come while the server has nothing left to do. The first turn is not counted: everybody's first punch reads their timesheet.
func (b *bench) besideAppends(ctx context.Context, s *server) error {
	writer, stop, err := b.appender(ctx, "beside")
	if err != nil {
		return err
	}
	defer stop()
	var posted, appended series
	var behind []float64
	for turn := range 2*b.rounds + 1 {
		if turn == 1 {
			posted, appended, behind = series{}, series{}, nil
		}
		if err := b.roundOf(ctx, b.clients, punchLengths*b.length, func(ctx context.Context, client, i int) error { _, _, err := s.punch(ctx, client, i); return err }, &posted); err != nil {
			return fmt.Errorf("punching: %w", err)
		}
		last := time.Now()
		if err := s.settle(ctx); err != nil {
			return err
		}
		behind = append(behind, time.Since(last).Seconds())
		if err := b.round(ctx, b.clients, writer.once, &appended); err != nil {
			return fmt.Errorf("appends: %w", err)
		}
	}
	b.figures.add("punches through HTTP, per second", median(posted.rate), "")
	b.figures.add("punches through HTTP, p99", median(posted.p99), "ms")
	b.say("punches through HTTP, %d clients: %.0f/s, p50 %.1f ms, p99 %.1f ms (read models follow meanwhile)", b.clients,
		median(posted.rate), median(posted.p50), median(posted.p99))
	b.say("the read models had all of a turn's punches %.1f s after the last (longest %.1f)", median(behind), slices.Max(behind))
	b.goal(goal{name: "punches through HTTP ÷ durable appends, 64 clients", value: ratio(posted.rate, appended.rate), atLeast: 0.4,
		detail: fmt.Sprintf("%.0f ÷ %.0f; aim 0.6", median(posted.rate), median(appended.rate))})
	return nil
}

// punches measures the sample's memory at rest, then punches through HTTP, then how soon they can be read.
func (b *bench) punches(ctx context.Context) error {
	s, err := b.start(ctx, "sample", "--sample")
	if err != nil {
		return err
	}
	defer s.process.Stop()
	time.Sleep(5 * time.Second)
	if err := s.settle(ctx); err != nil {
		return err
	}
	time.Sleep(b.idle)
	rss, err := s.process.RSS()
	if err != nil {
		return err
	}
	b.goal(goal{name: fmt.Sprintf("RSS of daka, sample loaded, idle for %s", b.idle), value: float64(rss) / megabyte, atMost: 150, unit: "MB"})
	if err := s.found(ctx); err != nil {
		return err
	}
	if err := b.besideAppends(ctx, s); err != nil {
		return err
	}
	lag, err := b.lag(ctx, s, 15*time.Second)
	if err != nil {
		return err
	}
	b.say("read-model lag at %d punches/s: p50 %d ms, p99 %d ms over %d punches", lagRate, percentile(lag, 0.5).Milliseconds(), percentile(lag, 0.99).Milliseconds(), len(lag))
	b.goal(goal{name: "read-model lag p99 at 300 punches/s", value: float64(percentile(lag, 0.99).Milliseconds()), atMost: 300, unit: "ms"})
	return nil
}
