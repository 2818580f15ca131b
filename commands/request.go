package commands

import (
	"context"
	"slices"
	"time"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// Requests are makeups, leaves, trips, time out and overtime, and what is decided about them.
type Requests struct {
	ledger    *ledger.Ledger
	directory *directory.Directory
	find      finder
}

// RequestMakeup asks to fill one slot.
type RequestMakeup struct {
	Member    domain.ID        `json:"member"`
	Date      domain.Date      `json:"date"`
	Section   int              `json:"section,omitempty" minimum:"0" maximum:"100"` // from 1; 0 is 1
	CheckType domain.CheckType `json:"check_type" enum:"OnDuty,OffDuty"`
	At        time.Time        `json:"at"`
	Zone      string           `json:"zone,omitempty"`
	// Kind is what the makeup mends, by default missing.
	Kind   string   `json:"kind,omitempty" enum:"missing,late,early"`
	Reason string   `json:"reason,omitempty" format:"multiline"`
	Proofs []string `json:"proofs,omitempty"`
}

// Makeup claims one makeup of the month's quota, then opens the request; the receipt's id is the request's.
func (s *Requests) Makeup(ctx context.Context, call ledger.Call, req RequestMakeup) (ledger.Receipt, error) {
	if req.Section == 0 {
		req.Section = 1
	}
	if req.Kind == "" {
		req.Kind = "missing"
	}
	p := s.find.problems()
	e := domain.MakeupRequested{
		Request: domain.ServerID("request", call.CommandID), Member: req.Member, Date: req.Date, Section: req.Section, CheckType: req.CheckType,
		At: checkSlot(&p, req.Date, req.Section, req.CheckType, req.At), Kind: req.Kind,
		Reason: domain.PrivateText(p.FreeText("/reason", req.Reason)), Proofs: proofs(&p, req.Proofs),
	}
	if req.Kind != "missing" && req.Kind != "late" && req.Kind != "early" {
		p.Add("/kind", "must be missing, late or early")
	}
	if err := p.Err(); err != nil {
		return ledger.Receipt{}, err
	}
	m, err := s.find.asker(ctx, call, req.Member)
	if err != nil {
		return ledger.Receipt{}, err
	}
	if e.Zone, err = s.find.zoneGiven(call.Org, m, req.Zone, req.At); err != nil {
		return ledger.Receipt{}, err
	}
	claim := s.makeupClaim(call.Org, e)
	if err := s.claim(ctx, call, req.Member, func(st domain.BalanceState, now domain.Instant) ([]domain.Event, error) {
		claim.Today, claim.Joined, claim.Left = dateIn(e.Zone, now), m.Joined, m.Left
		return st.ClaimMakeup(claim)
	}); err != nil {
		return ledger.Receipt{}, err
	}
	return s.open(ctx, call, req.Member, e.Request, e)
}

func proofs(p *domain.Problems, names []string) []string {
	if len(names) > 9 {
		p.Add("/proofs", "must be at most 9 files")
	}
	for _, name := range names {
		p.Text("/proofs", name, true)
	}
	return names
}

// dateIn is the date of an instant in a zone that was checked.
func dateIn(zone string, now domain.Instant) domain.Date {
	loc, err := domain.Zone(zone)
	if err != nil {
		loc = time.UTC
	}
	return domain.DateOf(now.Time(), loc)
}

// makeupClaim takes the limits of the rule in force on the day that is made up; without a rule the defaults of rules §1.
func (s *Requests) makeupClaim(org domain.ID, e domain.MakeupRequested) domain.MakeupClaim {
	o, _ := s.directory.Organization(org)
	c := domain.MakeupClaim{Request: e.Request, Date: e.Date, Kind: e.Kind, Section: e.Section,
		Month: o.Months.Of(e.Date), Limits: domain.MakeupLimits{PerMonth: 3, WithinDays: 30, Kinds: []string{"missing", "late", "early"}}}
	if _, plan, _ := s.directory.Rules.On(org, e.Member, e.Date); plan != nil {
		c.Limits, c.Sections = domain.MakeupLimits(plan.Rule.Makeup), mostSections(plan.Rule)
	}
	return c
}

// mostSections is how many sections a workday has at most: which shift a day takes may still change with the roster or the calendar.
func mostSections(rule *attendance.Rule) int {
	most := 1
	if rule.Kind == attendance.FreeKind {
		return most
	}
	for i := range rule.Shifts {
		most = max(most, len(rule.Shifts[i].Sections))
	}
	return most
}

// Span is a stretch of time: two instants, or whole local days by their dates.
type Span struct {
	From     *time.Time  `json:"from,omitempty"`
	To       *time.Time  `json:"to,omitempty"`
	FromDate domain.Date `json:"from_date,omitempty"`
	ToDate   domain.Date `json:"to_date,omitempty"`
	Zone     string      `json:"zone,omitempty"`
}

func instantOf(t *time.Time) *domain.Instant {
	if t == nil {
		return nil
	}
	at := domain.At(*t)
	return &at
}

// spanOf checks a span and fills in its zone.
func (s *Requests) spanOf(org domain.ID, m directory.Member, in Span) (domain.Span, error) {
	if err := s.checkSpan(in); err != nil {
		return domain.Span{}, err
	}
	near := in.FromDate.Time()
	if in.From != nil {
		near = *in.From
	}
	zone, err := s.find.zoneGiven(org, m, in.Zone, near)
	if err != nil {
		return domain.Span{}, err
	}
	span := domain.Span{From: instantOf(in.From), To: instantOf(in.To), FromDate: in.FromDate, ToDate: in.ToDate, Zone: zone}
	_, _, err = span.Bounds()
	return span, err
}

// checkSpan refuses instants and dates that no command may write; whether they fit together, the span says itself.
func (s *Requests) checkSpan(in Span) error {
	p := s.find.problems()
	if in.From != nil {
		p.Instant("/span/from", *in.From)
	}
	if in.To != nil {
		p.Instant("/span/to", *in.To)
	}
	for i, date := range []domain.Date{in.FromDate, in.ToDate} {
		if _, err := domain.ParseDate(string(date)); err == nil {
			p.Date([]string{"/span/from_date", "/span/to_date"}[i], date, true)
		}
	}
	return p.Err()
}

func (s finder) zoneGiven(org domain.ID, m directory.Member, zone string, at time.Time) (string, error) {
	if zone == "" {
		return s.directory.Standing(org, m.ID, at).Zone.String(), nil
	}
	var p domain.Problems
	if _, err := domain.Zone(zone); err != nil {
		p.Add("/zone", err.Error())
	}
	return zone, p.Err()
}

// RequestLeave asks for leave.
type RequestLeave struct {
	Member    domain.ID `json:"member"`
	LeaveType string    `json:"leave_type"`
	Span      Span      `json:"span"`
	Reason    string    `json:"reason,omitempty" format:"multiline"`
	Proofs    []string  `json:"proofs,omitempty"`
}

// Leave claims the range, then opens the request: two leaves of a member never overlap. The receipt's id is the request's.
func (s *Requests) Leave(ctx context.Context, call ledger.Call, req RequestLeave) (ledger.Receipt, error) {
	var p domain.Problems
	e := domain.LeaveRequested{
		Request: domain.ServerID("request", call.CommandID), Member: req.Member, LeaveType: p.Text("/leave_type", req.LeaveType, true),
		Reason: domain.PrivateText(p.FreeText("/reason", req.Reason)), Proofs: proofs(&p, req.Proofs),
	}
	if err := p.Err(); err != nil {
		return ledger.Receipt{}, err
	}
	m, err := s.find.asker(ctx, call, req.Member)
	if err != nil {
		return ledger.Receipt{}, err
	}
	if e.Span, err = s.spanOf(call.Org, m, req.Span); err != nil {
		return ledger.Receipt{}, err
	}
	from, until, err := e.Span.Bounds()
	if err != nil {
		return ledger.Receipt{}, err
	}
	if err := s.claim(ctx, call, req.Member, func(st domain.BalanceState, _ domain.Instant) ([]domain.Event, error) {
		return st.ReserveLeave(domain.LeaveReserved{Request: e.Request, LeaveType: e.LeaveType, From: from, Until: until})
	}); err != nil {
		return ledger.Receipt{}, err
	}
	return s.open(ctx, call, req.Member, e.Request, e)
}

// RequestTrip asks for a business trip, an errand or overtime, as the method says.
type RequestTrip struct {
	Member domain.ID `json:"member"`
	Span   Span      `json:"span"`
	Reason string    `json:"reason,omitempty" format:"multiline"`
	Proofs []string  `json:"proofs,omitempty"`
}

// Trip asks for a business trip; the receipt's id is the request's.
func (s *Requests) Trip(ctx context.Context, call ledger.Call, req RequestTrip) (ledger.Receipt, error) {
	return s.openSpan(ctx, call, req, func(request domain.ID, span domain.Span, reason *domain.Sealed[string]) domain.Event {
		return domain.TripRequested{Request: request, Member: req.Member, Span: span, Reason: reason, Proofs: req.Proofs}
	})
}

// Out asks to be out on business; the receipt's id is the request's.
func (s *Requests) Out(ctx context.Context, call ledger.Call, req RequestTrip) (ledger.Receipt, error) {
	return s.openSpan(ctx, call, req, func(request domain.ID, span domain.Span, reason *domain.Sealed[string]) domain.Event {
		return domain.OutRequested{Request: request, Member: req.Member, Span: span, Reason: reason, Proofs: req.Proofs}
	})
}

// Overtime asks for overtime; the receipt's id is the request's.
func (s *Requests) Overtime(ctx context.Context, call ledger.Call, req RequestTrip) (ledger.Receipt, error) {
	return s.openSpan(ctx, call, req, func(request domain.ID, span domain.Span, reason *domain.Sealed[string]) domain.Event {
		return domain.OvertimeRequested{Request: request, Member: req.Member, Span: span, Reason: reason, Proofs: req.Proofs}
	})
}

func (s *Requests) openSpan(ctx context.Context, call ledger.Call, req RequestTrip, event func(domain.ID, domain.Span, *domain.Sealed[string]) domain.Event) (ledger.Receipt, error) {
	var p domain.Problems
	reason := domain.PrivateText(p.FreeText("/reason", req.Reason))
	proofs(&p, req.Proofs)
	if err := p.Err(); err != nil {
		return ledger.Receipt{}, err
	}
	m, err := s.find.asker(ctx, call, req.Member)
	if err != nil {
		return ledger.Receipt{}, err
	}
	span, err := s.spanOf(call.Org, m, req.Span)
	if err != nil {
		return ledger.Receipt{}, err
	}
	request := domain.ServerID("request", call.CommandID)
	return s.open(ctx, call, req.Member, request, event(request, span, reason))
}

// asker is the member whom a request concerns.
func (s finder) asker(ctx context.Context, call ledger.Call, member domain.ID) (directory.Member, error) {
	if _, err := s.organization(ctx, call.Org); err != nil {
		return directory.Member{}, err
	}
	return s.member(ctx, call.Org, member)
}

// claim writes the reservation that comes before a request (events §1).
func (s *Requests) claim(ctx context.Context, call ledger.Call, member domain.ID, decide func(domain.BalanceState, domain.Instant) ([]domain.Event, error)) error {
	call.Subject = member
	_, err := ledger.HandleClient(ctx, s.ledger, call, domain.BalanceStream(call.Org, member), decide)
	return err
}

func (s *Requests) open(ctx context.Context, call ledger.Call, member, request domain.ID, e domain.Event) (ledger.Receipt, error) {
	call.Subject = member
	r, err := ledger.HandleClient(ctx, s.ledger, call, domain.RequestStream(call.Org, request), func(st domain.RequestState, _ domain.Instant) ([]domain.Event, error) {
		return st.Make(e)
	})
	r.ID = request
	return r, err
}

// JudgeRequest is a word about a request: a decision, a withdrawal, a cancellation or a comment.
type JudgeRequest struct {
	Request domain.ID `json:"-"`
	// Allow refuses members whose requests the caller has nothing to say about; nil refuses none.
	Allow func(member domain.ID) error `json:"-"`
	// Comment is the reason of a rejection or cancellation, and the text of a comment.
	Comment string `json:"comment,omitempty" format:"multiline"`

	// decides says that the word is a decision.
	decides bool
}

// Approve grants a request; one approver decides, never who made it, and the person concerned only where nobody else could.
func (s *Requests) Approve(ctx context.Context, call ledger.Call, req JudgeRequest) (ledger.Receipt, error) {
	req.decides = true
	return s.onRequest(ctx, call, req, func(st domain.RequestState, j domain.Judge, word *domain.Sealed[string]) ([]domain.Event, error) {
		return st.Approve(j, word)
	})
}

// Reject refuses a request and gives back what it held.
func (s *Requests) Reject(ctx context.Context, call ledger.Call, req JudgeRequest) (ledger.Receipt, error) {
	req.decides = true
	return s.onRequest(ctx, call, req, func(st domain.RequestState, j domain.Judge, word *domain.Sealed[string]) ([]domain.Event, error) {
		return st.Reject(j, word)
	})
}

// Withdraw takes a pending request back and gives back what it held.
func (s *Requests) Withdraw(ctx context.Context, call ledger.Call, req JudgeRequest) (ledger.Receipt, error) {
	return s.onRequest(ctx, call, req, func(st domain.RequestState, j domain.Judge, _ *domain.Sealed[string]) ([]domain.Event, error) {
		return st.Withdraw(j)
	})
}

// Cancel undoes an approved request and gives back what it held.
func (s *Requests) Cancel(ctx context.Context, call ledger.Call, req JudgeRequest) (ledger.Receipt, error) {
	req.decides = true
	return s.onRequest(ctx, call, req, func(st domain.RequestState, j domain.Judge, word *domain.Sealed[string]) ([]domain.Event, error) {
		return st.Cancel(j, word)
	})
}

// Comment adds a word to a request in any state.
func (s *Requests) Comment(ctx context.Context, call ledger.Call, req JudgeRequest) (ledger.Receipt, error) {
	return s.onRequest(ctx, call, req, func(st domain.RequestState, _ domain.Judge, word *domain.Sealed[string]) ([]domain.Event, error) {
		if word == nil {
			return nil, domain.Refuse("request_invalid", "/comment is empty; write it")
		}
		return st.Comment(word)
	})
}

// onRequest decides about a request, then gives back what it no longer holds: releases come last, so that a crash between never lets two requests fit.
func (s *Requests) onRequest(ctx context.Context, call ledger.Call, req JudgeRequest,
	decide func(domain.RequestState, domain.Judge, *domain.Sealed[string]) ([]domain.Event, error)) (ledger.Receipt, error) {
	var p domain.Problems
	word := domain.PrivateText(p.FreeText("/comment", req.Comment))
	if err := p.Err(); err != nil {
		return ledger.Receipt{}, err
	}
	o, err := s.find.organization(ctx, call.Org)
	if err != nil {
		return ledger.Receipt{}, err
	}
	stream := domain.RequestStream(call.Org, req.Request)
	before, _, err := ledger.FoldStream[domain.RequestState](ctx, s.ledger, stream)
	if err != nil {
		return ledger.Receipt{}, err
	}
	if before.Status == "" {
		return ledger.Receipt{}, domain.Refuse("request_not_found", "there is no such request")
	}
	if req.Allow != nil {
		if err := req.Allow(before.Member); err != nil {
			return ledger.Receipt{}, err
		}
	}
	call.Subject = before.Member
	call.Self = req.decides && s.decider(call, o, before).Self(before)
	r, err := ledger.HandleClient(ctx, s.ledger, call, stream, func(st domain.RequestState, _ domain.Instant) ([]domain.Event, error) {
		return decide(st, s.decider(call, o, st), word)
	})
	r.ID = req.Request
	if err != nil || !before.Claims() {
		return r, err
	}
	now, _, err := ledger.FoldStream[domain.RequestState](ctx, s.ledger, stream)
	if err != nil {
		return r, err
	}
	if now.Live() {
		return r, nil
	}
	return r, s.claim(ctx, call, before.Member, func(st domain.BalanceState, _ domain.Instant) ([]domain.Event, error) {
		return st.Release(req.Request)
	})
}

// decider is who decides about a request.
func (s *Requests) decider(call ledger.Call, o directory.Organization, st domain.RequestState) domain.Judge {
	j := domain.Judge{Named: o.Approvers, Member: s.find.person(call.Org, call.Actor)}
	if j.Member == (domain.ID{}) {
		return j
	}
	j.Program = call.Actor.Kind == domain.ActorToken && call.Actor == st.FiledBy
	j.Filed = slices.Contains(s.find.persons(call.Org, st.FiledBy), j.Member)
	j.Alone = j.Self(st) && s.find.alone(call.Org, j.Member, o.Approvers)
	return j
}
