package main

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/dakahq/daka/deploy/single/rig"
)

// stage is one server, its company, and the punches that it acknowledged.
type stage struct {
	*rig.Verdicts
	bin, data string
	server    *rig.Process
	client    *rig.Client
	company   *rig.Company
	acked     int
}

const members = 5

// begin starts the server for the first time, founds a company and punches.
func (s *stage) begin(ctx context.Context) (err error) {
	if s.server, err = rig.Daka(s.bin, "serve", s.data, nil); err != nil {
		return err
	}
	if err := s.start(ctx); err != nil {
		return err
	}
	token, err := s.server.Token()
	if err != nil {
		return err
	}
	s.client = rig.NewClient(s.server.URL(), token)
	if s.company, err = rig.Found(ctx, s.client, "Drill"); err != nil {
		return err
	}
	if err := s.company.Hire(ctx, s.client, members); err != nil {
		return err
	}
	if err := s.company.Identify(ctx, s.client); err != nil {
		return err
	}
	s.acked = members // each was hired with one punch
	return s.punch(ctx, 20)
}

func (s *stage) start(ctx context.Context) error {
	if err := s.server.Start(); err != nil {
		return err
	}
	_, err := s.server.WaitReady(ctx, time.Minute)
	return err
}

// punch waits until what it wrote is shown, so that a copy of the files has it all.
func (s *stage) punch(ctx context.Context, n int) error {
	for i := range n {
		if err := s.client.Write(ctx, "POST", s.company.PunchPath(), s.company.Punch(i), nil); err != nil {
			return fmt.Errorf("punching: %w", err)
		}
		s.acked++
	}
	return s.settle(ctx)
}

func (s *stage) settle(ctx context.Context) error {
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(100 * time.Millisecond) {
		if done, err := rig.Settled(ctx, s.client); err == nil && done {
			return nil
		}
	}
	return fmt.Errorf("the read models did not settle within a minute")
}

// shown counts the punches that the figures have.
func (s *stage) shown(ctx context.Context) (int, error) {
	n := 0
	for _, id := range s.company.IDs {
		for cursor := ""; ; {
			var page struct {
				Items []struct{} `json:"items"`
				Next  string     `json:"next"`
			}
			path := "/api/v1/orgs/" + s.company.Org.String() + "/members/" + id.String() + "/punches?limit=500&cursor=" + url.QueryEscape(cursor)
			if err := s.client.Read(ctx, path, &page); err != nil {
				return 0, err
			}
			n += len(page.Items)
			if cursor = page.Next; cursor == "" {
				break
			}
		}
	}
	return n, nil
}

// whole says that every acknowledged punch is shown and that the read models equal a fresh replay.
func (s *stage) whole(ctx context.Context) error {
	if err := s.settle(ctx); err != nil {
		return err
	}
	shown, err := s.shown(ctx)
	if err != nil {
		return err
	}
	s.Expect(shown == s.acked, "%d punches acknowledged, %d shown", s.acked, shown)
	out, err := s.daka(ctx, "diff")
	s.Expect(err == nil, "daka diff: %s", strings.TrimSpace(out))
	return nil
}

// daka runs a verb against the server, or on its data directory.
func (s *stage) daka(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, s.bin, args...)
	cmd.Env = append(os.Environ(), "DAKA_SERVER="+s.server.URL(), "DAKA_TOKEN="+s.client.Token, "DAKA_DATA="+s.data)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

func (s *stage) end() {
	if s.server != nil {
		_ = s.server.Stop()
	}
}

// keep copies a folder of the data directory.
func (s *stage) keep(folder, as string) (string, error) {
	to := s.data + "." + as
	return to, os.CopyFS(to, os.DirFS(filepath.Join(s.data, folder)))
}

// putBack replaces a folder of the data directory by a copy.
func (s *stage) putBack(folder, from string) error {
	place := filepath.Join(s.data, folder)
	if err := os.RemoveAll(place); err != nil {
		return err
	}
	return os.CopyFS(place, os.DirFS(from))
}
