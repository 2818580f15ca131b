package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/dakahq/daka/deploy/single/rig"
)

const (
	// coldEvents is how many events each member's stream of the month has when the server starts.
	coldEvents = 300
	// coldRate is punches a second after the start, each of another member, for coldLength.
	coldRate   = 50
	coldLength = 5 * time.Second
	coldMost   = 0.050 // seconds, the median
)

// cold measures the first punches after kill -9: everybody's stream has to be read before it is appended to.
func (b *bench) cold(ctx context.Context) error {
	for _, separate := range []bool{false, true} {
		took, err := b.coldStart(ctx, separate)
		if err != nil {
			return err
		}
		where := "own node"
		if separate {
			where = "daka node"
		}
		p50 := took[len(took)/2]
		b.goal(goal{name: "first punches after a restart, p50, " + where, value: p50.Seconds() * 1000, atMost: coldMost * 1000, unit: "ms",
			detail: fmt.Sprintf("%d/s for %s, %d events a stream; longest %s", coldRate, coldLength, coldEvents, took[len(took)-1].Round(time.Millisecond))})
	}
	return nil
}

// coldStart fills the streams of a server, on a node of its own or on one beside it, kills it, starts it, and gives the sorted times of the first punches.
func (b *bench) coldStart(ctx context.Context, separate bool) (took []time.Duration, err error) {
	name, env := "cold", []string(nil)
	if separate {
		name = "cold-beside"
		node, err := rig.Daka(b.binary, "node", b.dir(name+"-events"), nil, "--insecure")
		if err != nil {
			return nil, err
		}
		if err := node.Start(); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, node.Kill()) }()
		env = []string{"DAKA_EVENTSTORE=esdb://" + node.Addr + "?tls=false"}
	}
	s, err := b.startIn(ctx, name, env)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.process.Kill()) }()
	if err := s.fillMonth(ctx, b, b.dir(name+".csv")); err != nil {
		return nil, err
	}
	if err := s.process.Kill(); err != nil {
		return nil, err
	}
	began := time.Now()
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	if _, err := s.process.WaitReady(ctx, time.Minute); err != nil {
		return nil, err
	}
	b.figures.add("start to ready, "+name, float64(time.Since(began).Milliseconds()), "ms")
	return s.firstPunches(ctx)
}

// fillMonth gives each member coldEvents punches in the streams that the month's own punches go to: those of the UTC month of today.
func (s *server) fillMonth(ctx context.Context, b *bench, file string) (err error) {
	if s.company, err = rig.Found(ctx, s.client, "Cold"); err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("creating the punches: %w", err)
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "number,at")
	now := time.Now().UTC()
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	step := max(now.Sub(first)/coldEvents, time.Second) // in the month's first minutes some punches lie ahead
	for member := range int(coldLength.Seconds()) * coldRate {
		number := fmt.Sprintf("C%05d", member)
		s.company.Numbers = append(s.company.Numbers, number)
		for i := range coldEvents {
			fmt.Fprintf(w, "%s,%s\n", number, first.Add(time.Duration(i)*step).Format(time.DateTime))
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing the punches: %w", err)
	}
	if err := b.daka(ctx, s, "import", "punches", file, "--org", s.company.Org.String(), "--format", "csv", "--zone", "UTC", "--create-members"); err != nil {
		return err
	}
	return s.settle(ctx)
}

// firstPunches posts one punch of each member at a steady rate.
func (s *server) firstPunches(ctx context.Context) ([]time.Duration, error) {
	took := make([]time.Duration, len(s.company.Numbers))
	errs := make([]error, len(took))
	tick := time.NewTicker(time.Second / coldRate)
	defer tick.Stop()
	var all sync.WaitGroup
	for i, number := range s.company.Numbers {
		<-tick.C
		all.Go(func() {
			began := time.Now()
			errs[i] = s.client.Write(ctx, "POST", s.company.PunchPath(), map[string]any{"number": number, "source_type": "ATM"}, nil)
			took[i] = time.Since(began)
		})
	}
	all.Wait()
	slices.Sort(took)
	return took, errors.Join(errs...)
}
