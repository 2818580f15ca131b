package projections

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

// subject is what parks together: a member, a group, an organization's own streams, a single stream of another category, or everything of
// an organization.
type subject struct {
	org  domain.ID
	kind string
	id   domain.ID
}

// kindEverything parks all of an organization. kindDays says that a member's days cannot be assessed; its events are applied all the same.
const (
	kindEverything = facts.Everything
	kindDays       = "days"
)

// parkMost is how many subjects of an organization park one by one; with the next, everything of the organization waits, so that whatever its
// data hold, they cost the others nothing.
const parkMost = 50

func everything(org domain.ID) subject { return subject{org, kindEverything, org} }

// subjectsOf are the keys under which an event may be parked, the most telling first; see facts.Subjects.
func subjectsOf(r *feed.Record) []subject {
	all := facts.Subjects(r.Fact(), r.Problem == nil)
	out := make([]subject, 0, len(all))
	for _, s := range all {
		out = append(out, subject{s.Org, s.Kind, s.ID})
	}
	return out
}

// foldAll applies records in order; what cannot be applied parks its subject, and so does everything of that subject behind it.
func foldAll(ctx context.Context, log *slog.Logger, w *writer, parked map[subject]bool, records []feed.Record, poison error, done *summary) {
	for i := range records {
		r := &records[i]
		cause := r.Problem
		if cause == nil && poison != nil {
			cause = poison
		}
		if by, is := among(parked, r); is {
			parkEvent(w, r, by)
			done.parked++
			continue
		}
		if cause == nil {
			cause = foldSafely(w, r)
		}
		if cause == nil {
			done.applied++
			continue
		}
		by := subjectsOf(r)[0]
		if org := by.org; by.kind != "account" && parkedOf(parked, org) >= parkMost {
			by = everything(org)
		}
		parked[by] = true
		parkSubject(w, r, by, cause)
		log.ErrorContext(ctx, "subject parked", slog.Any("kind", by.kind), slog.Any("subject", by.id), slog.Any("org", by.org), slog.Any("stream", r.Stream), slog.Any("revision", r.Revision), slog.Any("cause", cause))
		done.parked++
		done.failed = append(done.failed, failure{by.org, r.Type, cause})
	}
}

// parkedOf counts what is parked of an organization by its events. That days cannot be assessed is another matter.
func parkedOf(parked map[subject]bool, org domain.ID) (n int) {
	for s := range parked {
		if s.org == org && s.kind != kindDays {
			n++
		}
	}
	return n
}

func among(parked map[subject]bool, r *feed.Record) (subject, bool) {
	if len(parked) == 0 {
		return subject{}, false
	}
	for _, s := range subjectsOf(r) {
		if parked[s] {
			return s, true
		}
	}
	return subject{}, false
}

// foldSafely turns a panic into an error; statements that the failed event queued are taken back.
func foldSafely(w *writer, r *feed.Record) (err error) {
	statements, punches := len(w.batch.QueuedQueries), len(w.punches)
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("panic: %v\n%s", caught, debug.Stack())
		}
		if err != nil {
			w.batch.QueuedQueries = w.batch.QueuedQueries[:statements]
			w.punches = w.punches[:punches]
		}
	}()
	return w.fold(r)
}

func readParked(parked map[subject]bool) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		var s subject
		_, err := pgx.ForEachRow(rows, []any{(*[16]byte)(&s.org), &s.kind, (*[16]byte)(&s.id)}, func() error {
			parked[s] = true
			return nil
		})
		return err
	}
}

// reasonLimit bounds what is kept of an error, in bytes.
const reasonLimit = 500

func parkSubject(w *writer, r *feed.Record, by subject, cause error) {
	w.do(`INSERT INTO parked (org, kind, subject, commit_pos, prepare_pos, stream, revision, reason, since) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		by.org, by.kind, by.id, int64(r.Position.Commit), int64(r.Position.Prepare), r.Stream, int64(r.Revision), reasonOf(cause), since(r))
	parkEvent(w, r, by)
}

// reasonOf is the first line of an error as a row takes it.
func reasonOf(cause error) string {
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

func parkEvent(w *writer, r *feed.Record, by subject) {
	w.do(`INSERT INTO parked_events (org, kind, subject, commit_pos, prepare_pos, stream, revision) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		by.org, by.kind, by.id, int64(r.Position.Commit), int64(r.Position.Prepare), r.Stream, int64(r.Revision))
}

// summary counts what became of a page's events.
type summary struct {
	applied, parked, duplicates int
	failed                      []failure
}

// failure is an event that could not be applied.
type failure struct {
	org   domain.ID
	typ   string
	cause error
}

var particulars = regexp.MustCompile("\"[^\"]*\"|[0-9a-fA-F-]*[0-9][0-9a-fA-F-]*")

// kind is what failures of one fault have in common, whatever values they name.
func (f *failure) kind() string {
	var pg *pgconn.PgError
	if errors.As(f.cause, &pg) {
		return f.typ + " " + pg.Code + " " + pg.ConstraintName
	}
	return f.typ + " " + particulars.ReplaceAllString(reasonOf(f.cause), "")
}
