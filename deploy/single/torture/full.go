package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/google/uuid"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/deploy/single/rig"
)

// diskFull fills the event store's disk, a 64 MiB tmpfs: commands are refused with 507, and taken again once there is room.
func (t *torture) diskFull(ctx context.Context) error {
	if os.Geteuid() != 0 {
		fmt.Fprintln(t.Out, "  left out: mounting a tmpfs needs root (the node's tests fill a store by RLIMIT_FSIZE as any user)")
		return nil
	}
	disk := t.dir("full-disk")
	if err := os.Mkdir(disk, 0o755); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=64m"); err != nil {
		return fmt.Errorf("mounting a tmpfs: %w", err)
	}
	defer syscall.Unmount(disk, syscall.MNT_DETACH)
	n, err := t.startNode(ctx, "full-disk/events")
	if err != nil {
		return err
	}
	defer n.Kill()
	connection := "esdb://" + n.Addr + "?tls=false"
	s, err := t.open(ctx, "full", 0, []string{"DAKA_EVENTSTORE=" + connection})
	if err != nil {
		return err
	}
	defer s.server.Kill()
	ballast := filepath.Join(disk, "ballast")
	var acks []rig.Ack
	for cycle := range t.kills {
		if err := fillDisk(ballast); err != nil {
			return err
		}
		status, more, err := s.punchUntilRefused(ctx)
		acks = append(acks, more...)
		if err != nil {
			return err
		}
		if status != http.StatusInsufficientStorage {
			t.Expect(false, "cycle %d: a full disk answers %d, not 507", cycle+1, status)
			return nil
		}
		if err := os.Remove(ballast); err != nil {
			return err
		}
		ack, err := s.punchAgain(ctx)
		if err != nil {
			t.Expect(false, "cycle %d: with room again: %v", cycle+1, err)
			return nil
		}
		acks = append(acks, ack)
	}
	t.Expect(true, "%d times full: 507, then taken again without repair", t.kills)
	return s.judgeAcks(ctx, acks, func() (*eventlog.Log, func(), error) {
		log, err := eventlog.Dial(connection, quiet())
		if err != nil {
			return nil, nil, err
		}
		return log, log.Close, nil
	})
}

// fillDisk writes until the disk is full.
func fillDisk(file string) error {
	f, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("creating the ballast: %w", err)
	}
	defer f.Close()
	block := make([]byte, 4096)
	for {
		if _, err := f.Write(block); err != nil {
			return nil
		}
	}
}

// punchUntilRefused posts until an answer is not 2xx; a store keeps some room in files that it has already made.
func (s *stage) punchUntilRefused(ctx context.Context) (int, []rig.Ack, error) {
	var acks []rig.Ack
	for i := range 200_000 {
		ack, status, err := s.punchOnce(ctx, i)
		if err != nil {
			return status, acks, err
		}
		if status/100 != 2 {
			return status, acks, nil
		}
		acks = append(acks, ack)
	}
	return 0, acks, fmt.Errorf("200,000 punches fit on a full disk")
}

func (s *stage) punchOnce(ctx context.Context, i int) (rig.Ack, int, error) {
	key, err := uuid.NewV7()
	if err != nil {
		return rig.Ack{}, 0, err
	}
	a, err := s.client.Do(ctx, http.MethodPost, s.company.PunchPath(), key.String(), s.company.Punch(i))
	if err != nil || a.Status/100 != 2 {
		return rig.Ack{}, a.Status, err
	}
	ack, err := rig.ReadAck(key, a.Body)
	return ack, a.Status, err
}

// punchAgain posts until it is taken, for at most ten seconds.
func (s *stage) punchAgain(ctx context.Context) (rig.Ack, error) {
	status := 0
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		ack, got, err := s.punchOnce(ctx, 0)
		if err == nil && got/100 == 2 {
			return ack, nil
		}
		status = got
	}
	return rig.Ack{}, fmt.Errorf("still refused with %d after 10 s", status)
}
