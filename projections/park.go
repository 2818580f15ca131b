package projections

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dakahq/daka/domain"
)

// subject is what parks together: a member, a group, an organization, or a single stream of another category.
type subject struct {
	org  domain.ID
	kind string
	id   domain.ID
}

// subjects are the keys under which an event may be parked, the most telling first. They are read from the stream's name, and for
// requests and badges also from what could be decoded.
func (r *record) subjects() []subject {
	org := r.name.Org
	own := subject{org, r.name.Category, ownID(r)}
	switch r.name.Category {
	case "member", "timesheet", "roster", "balance":
		return []subject{{org, "member", ownID(r)}}
	case "org", "calendar", "clock":
		return []subject{{org, "organization", org}}
	case "request", "badge":
		if r.problem == nil && r.Metadata.Subject != (domain.ID{}) {
			return []subject{{org, "member", r.Metadata.Subject}, own}
		}
	}
	return []subject{own}
}

// ownID is the id in the stream's name behind the organization; a name without one is hashed.
func ownID(r *record) domain.ID {
	if len(r.name.Rest) >= 36 {
		if id, err := uuid.Parse(r.name.Rest[:36]); err == nil {
			return id
		}
	}
	return domain.NewPreimage("daka/parked/1").LP(r.Stream).ID()
}

// foldAll applies records in order; what cannot be applied parks its subject, and so does everything of that subject behind it.
func (p *projector) foldAll(ctx context.Context, w *writer, parked map[subject]bool, records []record, poison error, done *summary) {
	for i := range records {
		r := &records[i]
		cause := r.problem
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
		by := r.subjects()[0]
		parked[by] = true
		parkSubject(w, r, by, cause)
		p.log.ErrorContext(ctx, "subject parked", slog.Any("kind", by.kind), slog.Any("subject", by.id), slog.Any("org", by.org), slog.Any("stream", r.Stream), slog.Any("revision", r.Revision), slog.Any("cause", cause))
		done.parked++
		done.newlyParked++
	}
}

func among(parked map[subject]bool, r *record) (subject, bool) {
	if len(parked) == 0 {
		return subject{}, false
	}
	for _, s := range r.subjects() {
		if parked[s] {
			return s, true
		}
	}
	return subject{}, false
}

// foldSafely turns a panic into an error; statements that the failed event queued are taken back.
func foldSafely(w *writer, r *record) (err error) {
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

func parkSubject(w *writer, r *record, by subject, cause error) {
	reason, _, _ := strings.Cut(cause.Error(), "\n")
	w.do(`INSERT INTO parked VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		by.org, by.kind, by.id, int64(r.position.Commit), int64(r.position.Prepare), r.Stream, int64(r.Revision), reason, since(r))
	parkEvent(w, r, by)
}

// since is the event's own time, so that a replay parks with the same row.
func since(r *record) time.Time {
	if t := r.Metadata.ReceivedAt; !t.IsZero() {
		return t.Time()
	}
	return time.Unix(0, 0).UTC()
}

func parkEvent(w *writer, r *record, by subject) {
	w.do(`INSERT INTO parked_events VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		by.org, by.kind, by.id, int64(r.position.Commit), int64(r.position.Prepare), r.Stream, int64(r.Revision))
}

// applyOneByOne finds the event that makes a page fail, and parks its subject.
func (p *projector) applyOneByOne(ctx context.Context, pg *page) error {
	for i := range pg.records {
		one := &page{records: pg.records[i : i+1], last: pg.records[i].position, live: pg.live}
		err := p.applyWhole(ctx, one, nil)
		for try := 1; try < 3 && err != nil && deterministic(err); try++ {
			err = p.applyWhole(ctx, one, nil)
		}
		if err != nil && deterministic(err) {
			err = p.applyWhole(ctx, one, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// deterministic says that the same page would fail again: what is not infrastructure, a gap, or another leader.
func deterministic(err error) bool {
	var gap *GapError
	var halt *HaltError
	if errors.As(err, &gap) || errors.As(err, &halt) || errors.Is(err, errStale) || errors.Is(err, errReplaced) || errors.Is(err, errMoved) {
		return false
	}
	var fault *memberFault
	var panicked *panicError
	if errors.As(err, &fault) || errors.As(err, &panicked) {
		return true
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	switch pg.Code[:2] {
	case "21", "22", "23", "42":
		return true
	}
	return false
}

// HaltError is a systemic failure: too many subjects would park at once, so nothing is parked and the projector stops.
type HaltError struct {
	Subjects, Events int
}

// Error says what would have happened.
func (e *HaltError) Error() string {
	return fmt.Sprintf("halted: %d subjects of %d events would park within a minute; this looks like a fault of the program, not of the data", e.Subjects, e.Events)
}

// brake remembers the last minute.
type brake struct {
	mu     sync.Mutex
	now    func() time.Time
	minute []braking
}

type braking struct {
	at             time.Time
	parked, events int
}

const (
	parkLimit = 10
	// parkSample is how many events a ratio of 1 % needs to mean anything.
	parkSample = 1000
)

// check refuses when more than 10 subjects, or more than 1 % of the events, park within a minute. While catching up a minute of
// the wall says nothing about the ledger, so only the ratio counts.
func (b *brake) check(parked, events int, live bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	for len(b.minute) > 0 && now.Sub(b.minute[0].at) > time.Minute {
		b.minute = b.minute[1:]
	}
	for _, m := range b.minute {
		parked, events = parked+m.parked, events+m.events
	}
	if (live && parked > parkLimit) || (parked > parkLimit && events >= parkSample && parked*100 > events) {
		return &HaltError{Subjects: parked, Events: events}
	}
	return nil
}

// note remembers a committed page.
func (b *brake) note(parked, events int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.minute = append(b.minute, braking{b.now(), parked, events})
}
