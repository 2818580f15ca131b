package fold

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/feed"
)

// Subject is what parks together: a member, a group, an organization's own streams, a single stream of another category, or everything of
// an organization.
type Subject struct {
	Org  domain.ID
	Kind string
	ID   domain.ID
}

// kindEverything parks all of an organization. kindDays says that a member's days cannot be assessed; its events are applied all the same.
const (
	KindEverything = facts.Everything
	KindDays       = "days"
)

// ParkMost is how many subjects of an organization park one by one; with the next, everything of the organization waits, so that whatever its
// data hold, they cost the others nothing.
const ParkMost = 50

// Everything is all of an organization.
func Everything(org domain.ID) Subject { return Subject{org, KindEverything, org} }

// subjectsOf are the keys under which an event may be parked, the most telling first; see facts.Subjects.
func subjectsOf(r *feed.Record) []Subject {
	all := facts.Subjects(r.Fact(), r.Problem == nil)
	out := make([]Subject, 0, len(all))
	for _, s := range all {
		out = append(out, Subject{s.Org, s.Kind, s.ID})
	}
	return out
}

// All applies records in order; what cannot be applied parks its subject, and so does everything of that subject behind it.
func All(ctx context.Context, log *slog.Logger, w *Writer, parked map[Subject]bool, records []feed.Record, poison error, done *Summary) {
	for i := range records {
		r := &records[i]
		cause := r.Problem
		if cause == nil && poison != nil {
			cause = poison
		}
		if by, is := among(parked, r); is {
			parkEvent(w, r, by)
			done.Parked++
			continue
		}
		if cause == nil {
			cause = foldSafely(w, r)
		}
		if cause == nil {
			done.Applied++
			continue
		}
		by := subjectsOf(r)[0]
		if org := by.Org; by.Kind != "account" && parkedOf(parked, org) >= ParkMost {
			by = Everything(org)
		}
		parked[by] = true
		parkSubject(w, r, by, cause)
		log.ErrorContext(ctx, "subject parked", slog.Any("kind", by.Kind), slog.Any("subject", by.ID), slog.Any("org", by.Org), slog.Any("stream", r.Stream), slog.Any("revision", r.Revision), slog.Any("cause", cause))
		done.Parked++
		done.Failed = append(done.Failed, Failure{by.Org, r.Type, cause})
	}
}

// parkedOf counts what is parked of an organization by its events. That days cannot be assessed is another matter.
func parkedOf(parked map[Subject]bool, org domain.ID) (n int) {
	for s := range parked {
		if s.Org == org && s.Kind != KindDays {
			n++
		}
	}
	return n
}

func among(parked map[Subject]bool, r *feed.Record) (Subject, bool) {
	if len(parked) == 0 {
		return Subject{}, false
	}
	for _, s := range subjectsOf(r) {
		if parked[s] {
			return s, true
		}
	}
	return Subject{}, false
}

// foldSafely turns a panic into an error; statements that the failed event queued are taken back.
func foldSafely(w *Writer, r *feed.Record) (err error) {
	statements, punches := len(w.batch.QueuedQueries), len(w.Punches)
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("panic: %v\n%s", caught, debug.Stack())
		}
		if err != nil {
			w.batch.QueuedQueries = w.batch.QueuedQueries[:statements]
			w.Punches = w.Punches[:punches]
		}
	}()
	return w.Apply(r)
}

// ReadParked reads which subjects are parked.
func ReadParked(parked map[Subject]bool) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		var s Subject
		_, err := pgx.ForEachRow(rows, []any{(*[16]byte)(&s.Org), &s.Kind, (*[16]byte)(&s.ID)}, func() error {
			parked[s] = true
			return nil
		})
		return err
	}
}

// reasonLimit bounds what is kept of an error, in bytes.
const reasonLimit = 500

func parkSubject(w *Writer, r *feed.Record, by Subject, cause error) {
	w.Do(`INSERT INTO parked (org, kind, subject, commit_pos, prepare_pos, stream, revision, reason, since) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		by.Org, by.Kind, by.ID, int64(r.Position.Commit), int64(r.Position.Prepare), r.Stream, int64(r.Revision), ReasonOf(cause), since(r))
	parkEvent(w, r, by)
}

// ReasonOf is the first line of an error as a row takes it.
func ReasonOf(cause error) string {
	reason, _, _ := strings.Cut(cause.Error(), "\n")
	if len(reason) > reasonLimit {
		reason = reason[:reasonLimit]
	}
	return feed.StorableText(reason)
}

// since is the event's own time, so that a replay parks with the same row; nil when the event does not tell it.
func since(r *feed.Record) *time.Time {
	if at := r.Metadata.ReceivedAt; !at.IsZero() {
		t := at.Time()
		return &t
	}
	return nil
}

func parkEvent(w *Writer, r *feed.Record, by Subject) {
	w.Do(`INSERT INTO parked_events (org, kind, subject, commit_pos, prepare_pos, stream, revision) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		by.Org, by.Kind, by.ID, int64(r.Position.Commit), int64(r.Position.Prepare), r.Stream, int64(r.Revision))
}

// Summary counts what became of a page's events.
type Summary struct {
	Applied, Parked, Duplicates int
	Failed                      []Failure
}

// Failure is an event that could not be applied.
type Failure struct {
	Org   domain.ID
	Typ   string
	Cause error
}

var particulars = regexp.MustCompile("\"[^\"]*\"|[0-9a-fA-F-]*[0-9][0-9a-fA-F-]*")

// Kind is what failures of one fault have in common, whatever values they name.
func (f *Failure) Kind() string {
	var pg *pgconn.PgError
	if errors.As(f.Cause, &pg) {
		return f.Typ + " " + pg.Code + " " + pg.ConstraintName
	}
	return f.Typ + " " + particulars.ReplaceAllString(ReasonOf(f.Cause), "")
}
