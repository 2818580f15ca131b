package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/dakahq/daka/deploy/single/postgres"
	"github.com/dakahq/daka/deploy/single/rig"
)

const (
	// versionRate is the punches a second while versions change.
	versionRate = 100
	// sideBySide is how long two versions take commands together.
	sideBySide = 5 * time.Second
	// versionFile is where the read models' version stands, and tablesFile what they are.
	versionFile = "projections/tables/shape.go"
	tablesFile  = "projections/tables/models.sql"
)

// versions is an upgrade and a downgrade under punches and reads: of folds alone, and of tables. A balancer sends each request to a copy that says
// it is ready. At the end a version that is two behind is started.
func (s *stage) versions(ctx context.Context) error {
	for _, step := range []struct {
		name   string
		tables string
	}{{"folds", ""}, {"tables", "ALTER TABLE clocks ADD COLUMN more int;\n"}} {
		newer, err := s.build(ctx, step.name, 1, step.tables)
		if err != nil {
			return err
		}
		if err := s.upAndDown(ctx, step.name, newer); err != nil {
			return err
		}
	}
	return nil
}

// build makes a version whose read models are so many numbers ahead, from this repository with two files laid over.
func (s *stage) build(ctx context.Context, name string, ahead int, tables string) (string, error) {
	dir := s.data + "-" + name
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	source, err := os.ReadFile(versionFile)
	if err != nil {
		return "", fmt.Errorf("run this from the repository, whose source is built anew: %w", err)
	}
	before, after, found := strings.Cut(string(source), "const FoldVersion = ")
	var fold int
	if _, err := fmt.Sscan(after, &fold); !found || err != nil {
		return "", fmt.Errorf("%s says no version", versionFile)
	}
	after = strings.TrimPrefix(after, fmt.Sprint(fold))
	models, err := os.ReadFile(tablesFile)
	if err != nil {
		return "", err
	}
	overlay := map[string]string{}
	for path, text := range map[string]string{versionFile: fmt.Sprintf("%sconst FoldVersion = %d%s", before, fold+ahead, after), tablesFile: string(models) + tables} {
		real, err := filepath.Abs(path)
		if err != nil {
			return "", err
		}
		overlay[real] = filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(overlay[real], []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), list, 0o644); err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "daka")
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-overlay", filepath.Join(dir, "overlay.json"), "-o", bin, "./cmd/daka")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building another version: %w\n%s", err, out)
	}
	return bin, nil
}

// upAndDown runs this version, the newer one beside it, the newer alone, this one beside it, and this one alone.
func (s *stage) upAndDown(ctx context.Context, name, newer string) (err error) {
	data := s.data + "-" + name + "-data"
	node, err := rig.Daka(s.bin, "node", data+"-events", nil, "--insecure")
	if err != nil {
		return err
	}
	if err := node.Start(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, node.Kill()) }()
	pg, err := postgres.Start(ctx, postgres.Config{Dir: data + "-postgres"})
	if err != nil {
		return fmt.Errorf("starting Postgres: %w", err)
	}
	defer func() { err = errors.Join(err, pg.Stop(context.WithoutCancel(ctx))) }()
	env := []string{"DAKA_EVENTSTORE=esdb://" + node.Addr + "?tls=false", "DAKA_DATABASE_URL=" + pg.URL("daka"), "DAKA_ADMIN_TOKEN=" + strings.Repeat("drill", 8),
		"DAKA_KEYS=" + filepath.Join(data+"-keys", "keys.db"), "DAKA_FILES=" + data + "-files"}
	copies := map[string]*rig.Process{}
	for which, bin := range map[string]string{"this": s.bin, "newer": newer} {
		if copies[which], err = rig.Daka(bin, "serve", data+"-"+which, env); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, copies[which].Kill()) }()
	}
	this, next := copies["this"], copies["newer"]
	s.server = this
	if err := s.start(ctx); err != nil {
		return err
	}
	s.client = rig.NewClient(this.URL(), strings.Repeat("drill", 8))
	if s.company, err = rig.Found(ctx, s.client, "Versions "+name); err != nil {
		return err
	}
	if err := errors.Join(s.company.Hire(ctx, s.client, members), s.company.Identify(ctx, s.client)); err != nil {
		return err
	}
	b := &balancer{company: s.company, copies: []*rig.Client{s.client, rig.NewClient(next.URL(), s.client.Token)}}
	stop := b.begin(ctx)
	walk := []func() error{
		next.Start, ready(ctx, next), rest, this.Stop, rest, this.Start, ready(ctx, this), rest, next.Stop, rest,
	}
	for i, step := range walk {
		if err := step(); err != nil {
			stop()
			return fmt.Errorf("step %d of going up and down: %w", i, err)
		}
	}
	stop()
	s.acked = members + int(b.acked.Load())
	s.Expect(b.failed.Load() == 0, "%s: %d punches and %d reads while versions went up and down, %d answers 5xx %s", name, b.acked.Load(), b.reads.Load(), b.failed.Load(), b.first())
	if err := s.whole(ctx); err != nil {
		return err
	}
	return s.twoBehind(ctx, name, next, this, env)
}

func ready(ctx context.Context, p *rig.Process) func() error {
	return func() error { _, err := p.WaitReady(ctx, 3*time.Minute); return err }
}

func rest() error { time.Sleep(sideBySide); return nil }

// twoBehind lets a version two ahead write here, and starts this one again.
func (s *stage) twoBehind(ctx context.Context, name string, next, this *rig.Process, env []string) error {
	if name != "folds" {
		return this.Stop()
	}
	far, err := s.build(ctx, "far", 2, "")
	if err != nil {
		return err
	}
	ahead, err := rig.Daka(far, "serve", next.Data+"-far", env)
	if err != nil {
		return err
	}
	if err := errors.Join(this.Stop(), ahead.Start()); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ahead.Kill()) }()
	if err := ready(ctx, ahead)(); err != nil {
		return err
	}
	err = s.start(ctx)
	s.Expect(err != nil && strings.Contains(this.LastWords(), "too old for the database"), "a version two behind does not start, and says why")
	return nil
}

// balancer sends punches and reads to copies that say they are ready, as a load balancer does.
type balancer struct {
	company *rig.Company
	copies  []*rig.Client
	isReady [2]atomic.Bool
	next    atomic.Int64

	acked, reads, failed atomic.Int64
	mu                   sync.Mutex
	word                 string
}

func (b *balancer) begin(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	for i, c := range b.copies {
		all.Go(func() { b.watch(ctx, i, c) })
	}
	all.Go(func() {
		b.every(ctx, time.Second/versionRate, &all, func(ctx context.Context, i int) { b.punch(ctx, i) })
	})
	all.Go(func() { b.every(ctx, 50*time.Millisecond, &all, func(ctx context.Context, _ int) { b.read(ctx) }) })
	return func() { cancel(); all.Wait() }
}

func (b *balancer) every(ctx context.Context, step time.Duration, all *sync.WaitGroup, do func(context.Context, int)) {
	tick := time.NewTicker(step)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			all.Go(func() { do(context.WithoutCancel(ctx), i) })
		}
	}
}

func (b *balancer) watch(ctx context.Context, i int, c *rig.Client) {
	for ctx.Err() == nil {
		a, err := c.Do(ctx, http.MethodGet, "/readyz", "", nil)
		b.isReady[i].Store(err == nil && a.Status == http.StatusOK)
		time.Sleep(100 * time.Millisecond)
	}
}

// pick takes the ready copies in turn.
func (b *balancer) pick() *rig.Client {
	for {
		i := int(b.next.Add(1)) % len(b.copies)
		if b.isReady[i].Load() {
			return b.copies[i]
		}
		if !b.isReady[1-i].Load() {
			time.Sleep(10 * time.Millisecond)
		}
	}
}

func (b *balancer) punch(ctx context.Context, i int) {
	key := uuid.Must(uuid.NewV7()).String()
	for { // a connection that breaks is tried again elsewhere, under the same key
		a, err := b.pick().Do(ctx, http.MethodPost, b.company.PunchPath(), key, b.company.Punch(i))
		if err != nil {
			continue
		}
		if a.Status/100 == 5 {
			b.fail("punch", a)
			continue
		}
		if a.Status/100 == 2 {
			b.acked.Add(1)
		} else {
			b.fail("punch", a)
		}
		return
	}
}

func (b *balancer) read(ctx context.Context) {
	path := "/api/v1/orgs/" + b.company.Org.String() + "/dashboard?date=" + time.Now().Format(time.DateOnly)
	a, err := b.pick().Do(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return
	}
	b.reads.Add(1)
	if a.Status != http.StatusOK {
		b.fail("read", a)
	}
}

func (b *balancer) fail(what string, a rig.Answer) {
	b.failed.Add(1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.word == "" {
		b.word = fmt.Sprintf("(first: %s %d %s)", what, a.Status, a.Body)
	}
}

func (b *balancer) first() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.word
}
