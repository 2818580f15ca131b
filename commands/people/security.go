package people

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// Security notes what whoever watches over an installation wants to know.
type Security struct {
	ledger    *ledger.Ledger
	directory *directory.Directory
	identity  *Identity
	waiting   securityLog
}

// Kinds of security events.
const (
	SignInDone         = "signed_in"
	SignInFailed       = "sign_in_failed"
	SignedOut          = "signed_out"
	SessionsEnded      = "sessions_ended"
	Registered         = "registered"
	CodeRequested      = "code_requested"
	CodeFailed         = "code_failed"
	SteppedUp          = "stepped_up"
	StepUpFailed       = "step_up_failed"
	PasswordChanged    = "password_changed"
	PhoneChanged       = "phone_changed"
	EmailChanged       = "email_changed"
	Braked             = "braked"
	Denied             = "denied"
	PlacesRead         = "places_read"
	SecurityLogDays    = 180
	securityFlush      = time.Second
	securitySweep      = 10 * time.Minute
	securityWaiting    = 2000
	securityLastChance = 2 * time.Second
)

// SecurityEvent is something that whoever watches over an installation wants to know. It holds ids and words of closed lists, and nothing
// personal: no name, number, address of a network, or text that somebody typed.
type SecurityEvent struct {
	Kind string
	// Account is the person concerned, Org the organization; nil ids where there is none. Without Org all organizations of the person read it.
	Account, Org domain.ID
	// Actor is who did it, Subject the member or token that it was done to.
	Actor   domain.Actor
	Subject domain.ID
	// Route and Role are those of the policy table, Detail a method, a purpose or a refusal's code, Agent such as "Chrome, Android".
	Route, Role, Detail, Agent string
}

// securityLog gathers equal events until they are written; so that a flood of them is few lines. The zero value is ready.
type securityLog struct {
	mu      sync.Mutex
	waiting map[SecurityEvent]*repeats
	order   []SecurityEvent
	dropped int
}

type repeats struct {
	at     time.Time
	n      int
	logged int
}

// note counts an event; first says that it is the first of its kind since the last flush.
func (l *securityLog) note(e SecurityEvent, at time.Time) (first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting == nil {
		l.waiting = map[SecurityEvent]*repeats{}
	}
	if t := l.waiting[e]; t != nil {
		t.n++
		return false
	}
	if len(l.waiting) >= securityWaiting {
		l.dropped++
		return false
	}
	l.waiting[e] = &repeats{at: at, n: 1, logged: 1}
	l.order = append(l.order, e)
	return true
}

func (l *securityLog) take() (events []SecurityEvent, counts map[SecurityEvent]*repeats, dropped int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	events, counts, dropped = l.order, l.waiting, l.dropped
	l.order, l.waiting, l.dropped = nil, nil, 0
	return events, counts, dropped
}

// putBack keeps what could not be written for the next time, as far as there is room.
func (l *securityLog) putBack(events []SecurityEvent, counts map[SecurityEvent]*repeats) {
	l.mu.Lock()
	defer l.mu.Unlock()
	newer, since := l.order, l.waiting
	l.order, l.waiting = nil, map[SecurityEvent]*repeats{}
	for _, list := range []struct {
		events []SecurityEvent
		counts map[SecurityEvent]*repeats
	}{{events, counts}, {newer, since}} {
		for _, e := range list.events {
			t := list.counts[e]
			switch known := l.waiting[e]; {
			case known != nil:
				known.n, known.logged = known.n+t.n, known.logged+t.logged
			case len(l.order) >= securityWaiting:
				l.dropped += t.n
			default:
				l.waiting[e] = t
				l.order = append(l.order, e)
			}
		}
	}
}

// Note notes an event: at once in the log, within a second in the security log of the identity store.
func (s *Security) Note(ctx context.Context, e SecurityEvent) {
	if s.ledger == nil {
		return
	}
	if s.waiting.note(e, s.ledger.Clock()) {
		s.log(ctx, e, 1)
	}
}

func (s *Security) log(ctx context.Context, e SecurityEvent, n int) {
	attrs := []any{slog.String("kind", e.Kind), slog.Int("count", n)}
	for _, id := range []struct {
		name string
		id   domain.ID
	}{{"account", e.Account}, {"org", e.Org}, {"subject", e.Subject}} {
		if id.id != (domain.ID{}) {
			attrs = append(attrs, slog.String(id.name, id.id.String()))
		}
	}
	for _, word := range [][2]string{{"actor", actorText(e.Actor)}, {"route", e.Route}, {"role", e.Role}, {"detail", e.Detail}, {"agent", e.Agent}} {
		if word[1] != "" {
			attrs = append(attrs, slog.String(word[0], word[1]))
		}
	}
	s.ledger.Logger().InfoContext(ctx, "security", slog.Group("security", attrs...))
}

func actorText(a domain.Actor) string {
	if a.ID == "" {
		return ""
	}
	return string(a.Kind) + ":" + a.ID
}

// Flush writes what waits; it stays when it cannot be written.
func (s *Security) Flush(ctx context.Context) error {
	store, err := s.identity.Store()
	if err != nil {
		return err
	}
	events, counts, dropped := s.waiting.take()
	if dropped > 0 {
		s.log(ctx, SecurityEvent{Kind: Denied, Detail: "more_than_can_be_kept"}, dropped)
	}
	if len(events) == 0 {
		return nil
	}
	entries := make([]identity.SecurityEntry, len(events))
	for i, e := range events {
		t := counts[e]
		if t.n > t.logged {
			s.log(ctx, e, t.n-t.logged)
			t.logged = t.n
		}
		entries[i] = s.entry(e, t)
	}
	if err = store.Security.Keep(ctx, entries); err != nil {
		s.waiting.putBack(events, counts)
	}
	return err
}

func (s *Security) entry(e SecurityEvent, t *repeats) identity.SecurityEntry {
	out := identity.SecurityEntry{At: t.at, Kind: e.Kind, Actor: actorText(e.Actor), Route: e.Route, Role: e.Role, Detail: e.Detail, Agent: e.Agent, Count: t.n}
	if e.Account != (domain.ID{}) {
		out.Account = &e.Account
	}
	if e.Subject != (domain.ID{}) {
		out.Subject = &e.Subject
	}
	if e.Org != (domain.ID{}) {
		out.Orgs = []domain.ID{e.Org}
		return out
	}
	for _, m := range s.directory.Memberships(e.Account) {
		known, is := s.directory.Member(m.Org, m.Member)
		if is && known.Joined != "" && !s.directory.Ended(m.Org, known, t.at) && !slices.Contains(out.Orgs, m.Org) {
			out.Orgs = append(out.Orgs, m.Org)
		}
	}
	return out
}

// Run writes the security log until ctx ends, keeping each entry for so many days; any number of copies may.
func (s *Security) Run(ctx context.Context, days int, log *slog.Logger) {
	tick := time.NewTicker(securityFlush)
	defer tick.Stop()
	var swept time.Time
	for down := false; ctx.Err() == nil; wait(ctx, tick.C, nil) {
		store, none := s.identity.Store()
		if none != nil {
			continue // a start goes before Postgres; whoever opens the store says what keeps it
		}
		err := s.Flush(ctx)
		if err == nil && s.ledger.Clock().Sub(swept) >= securitySweep {
			swept = s.ledger.Clock()
			err = store.Security.Sweep(ctx, time.Duration(days)*24*time.Hour)
		}
		if err != nil && !down && ctx.Err() == nil {
			log.WarnContext(ctx, "the security log cannot be written at the moment; it is kept for later", slog.Any("error", err))
		}
		down = err != nil
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), securityLastChance)
	defer cancel()
	if err := s.Flush(last); err != nil && !errors.Is(err, identity.ErrDown) {
		log.WarnContext(last, "the end of the security log could not be written", slog.Any("error", err))
	}
}

// Tried notes how something ended that a person tried: done, braked by a limit, or failed.
func (s *Security) Tried(ctx context.Context, v Visit, account domain.ID, done, failed, detail string, err error) {
	e := SecurityEvent{Kind: done, Account: account, Detail: detail, Agent: v.Agent}
	var refusal *domain.Refusal
	switch {
	case err == nil:
	case !errors.As(err, &refusal):
		return
	case refusal.RetryAfter > 0:
		e.Kind, e.Detail = Braked, refusal.Code
	case failed == "":
		return
	default:
		e.Kind, e.Detail = failed, detail
	}
	if account != (domain.ID{}) && err == nil {
		e.Actor = domain.Actor{Kind: domain.ActorAccount, ID: account.String()}
	}
	s.Note(ctx, e)
}
