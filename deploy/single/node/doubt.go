package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/dakahq/daka/deploy/single/node/lite"
)

// doubtError is a reason to look through the whole store before trusting it: the schema's page has a broken seal, or the log
// is not the one that was acknowledged. Both are damage, or another program that wrote the file.
type doubtError struct{ why error }

func (e *doubtError) Error() string { return e.why.Error() }
func (e *doubtError) Unwrap() error { return e.why }

func (s *store) doubt(why error) error {
	if !damaged(why) {
		var lost *lossError
		if !errors.As(why, &lost) && s.w == nil {
			return why
		}
	}
	return &doubtError{why}
}

// reopen decides a doubt by looking through everything. A store whose trees and indexes are whole and which holds all
// that was acknowledged is sealed again and opened; records that are bad or missing stay so, and are never served.
// Anything else is a refusal to start with the first reason.
func (s *store) reopen(doubt *doubtError, freshMark bool) error {
	s.closeConn()
	s.log.Error("the store is in doubt: looking through all of it", slog.Any("store", s.path), slog.Any("reason", doubt.why))
	var rep Report
	s.last.Store(s.mark.now.pos)
	if err := s.verifyOn(context.Background(), lite.Options{Path: s.path}, &rep); err != nil {
		return errors.Join(doubt.why, err)
	}
	if !rep.recordsOnly() || rep.Last < s.mark.now.pos {
		return doubt.why
	}
	for _, f := range rep.Findings {
		s.log.Error("damage in the event store", slog.Any("position", f.Position), slog.Any("what", f.What))
	}
	if err := s.sealAgain(); err != nil {
		return errors.Join(doubt.why, err)
	}
	if err := s.mark.closing(true); err != nil {
		return err
	}
	s.log.Warn("the store was written by another program: its pages are sealed again", slog.Any("store", s.path), slog.Any("events", rep.Events), slog.Int("findings", len(rep.Findings)))
	return s.open(freshMark)
}

// recordsOnly tells whether every finding is about single events, which reads will refuse by themselves.
func (r *Report) recordsOnly() bool {
	for _, f := range r.Findings {
		if f.Position == 0 {
			return false
		}
	}
	return r.More == 0
}

// sealAgain empties the log into the database file and writes every page's seal, and the triggers if they are gone.
func (s *store) sealAgain() error {
	c, err := lite.Open(lite.Options{Path: s.path})
	if err != nil {
		return err
	}
	_, _, err = c.Checkpoint(lite.Truncate)
	if err := errors.Join(err, c.Exec(triggers), c.Exec("PRAGMA wal_checkpoint(TRUNCATE)"), c.Close()); err != nil {
		return fmt.Errorf("empty the log: %w", err)
	}
	f, err := os.OpenFile(s.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(sealPages(f), f.Sync(), f.Close())
}

func sealPages(f *os.File) error {
	page := make([]byte, lite.PageSize)
	for pgno := uint32(1); ; pgno++ {
		off := int64(pgno-1) * lite.PageSize
		if _, err := f.ReadAt(page, off); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if pgno == 1 && page[20] != lite.SealBytes {
			return errors.New("the pages have no room for seals: the file was rebuilt by another program")
		}
		seal := lite.PageSeal(pgno, page)
		if _, err := f.WriteAt(seal[:], off+lite.PageSize-lite.SealBytes); err != nil {
			return err
		}
	}
}

func (s *store) closeConn() {
	s.drainReaders()
	if s.w != nil {
		s.w.q.finalize()
		s.w = nil
	}
	if s.conn != nil {
		_ = s.conn.Close()
		s.conn = nil
	}
}
