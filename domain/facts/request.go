package facts

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// The states of a request; StateApproved of attendance is the fifth.
const (
	Pending   = "pending"
	Approved  = attendance.StateApproved
	Rejected  = "rejected"
	Withdrawn = "withdrawn"
	Cancelled = "cancelled"
)

// Request is what a member asked for, and the last answer.
type Request struct {
	ID domain.ID
	// Span are the local dates that it speaks of.
	Span
	RequestedAt time.Time
	// DecidedAt is zero while no answer was given.
	DecidedAt time.Time
	// Fact is the request as Assess takes it; its State is the request's.
	Fact attendance.Request
}

// asking is what is common to the events that ask for something.
type asking struct {
	request, member domain.ID
	kind            attendance.RequestType
	span            domain.Span
	makeup          *domain.MakeupRequested
}

func asked(event domain.Event) (asking, bool) {
	switch e := event.(type) {
	case domain.MakeupRequested:
		return asking{request: e.Request, member: e.Member, kind: attendance.Makeup, makeup: &e}, true
	case domain.LeaveRequested:
		return asking{e.Request, e.Member, attendance.Leave, e.Span, nil}, true
	case domain.TripRequested:
		return asking{e.Request, e.Member, attendance.Trip, e.Span, nil}, true
	case domain.OutRequested:
		return asking{e.Request, e.Member, attendance.Out, e.Span, nil}, true
	case domain.OvertimeRequested:
		return asking{e.Request, e.Member, attendance.Overtime, e.Span, nil}, true
	}
	return asking{}, false
}

// dates are the local dates that the request speaks of.
func (q asking) dates(c *Cache) (s Span, err error) {
	from, to := q.span.FromDate, q.span.ToDate
	if q.makeup != nil {
		from, to = q.makeup.Date, q.makeup.Date
	} else {
		zone, err := c.Zone(q.span.Zone)
		if err != nil {
			return s, err
		}
		if q.span.From != nil {
			from = domain.DateOf(q.span.From.Time(), zone)
		}
		if q.span.To != nil {
			to = domain.DateOf(q.span.To.Time(), zone)
		}
	}
	if s.From, err = parseDate(from); err == nil {
		s.To, err = parseDate(to)
	}
	if err != nil {
		return s, fmt.Errorf("%s request: %w", q.kind, err)
	}
	return s, nil
}

// RequestDates are the local dates that an event asks for; none for an event that asks for nothing. The error is a zone or a date that cannot be read.
func RequestDates(c *Cache, event domain.Event) (Span, error) {
	if q, is := asked(event); is {
		return q.dates(c)
	}
	return Span{}, nil
}

// SpanFact is what a request for a stretch of time asks of Assess: leave, trip, out or overtime. The error is a date that cannot be read.
func SpanFact(id domain.ID, kind attendance.RequestType, span domain.Span) (attendance.Request, error) {
	return asking{request: id, kind: kind, span: span}.fact()
}

// MakeupFact is what a makeup asks of Assess. The error is a date that cannot be read.
func MakeupFact(id domain.ID, e domain.MakeupRequested) (attendance.Request, error) {
	return asking{request: id, kind: attendance.Makeup, makeup: &e}.fact()
}

func (q asking) fact() (f attendance.Request, err error) {
	f = attendance.Request{ID: string(q.request[:]), Type: q.kind, State: Pending}
	if e := q.makeup; e != nil {
		f.Section, f.CheckType, f.Kind, f.At = e.Section, e.CheckType, e.Kind, e.At.Time()
		f.Date, err = parseDate(e.Date)
		return f, err
	}
	if f.From, err = moment(q.span.From, q.span.FromDate); err == nil {
		f.To, err = moment(q.span.To, q.span.ToDate)
	}
	return f, err
}

func moment(at *domain.Instant, date domain.Date) (attendance.Moment, error) {
	if at != nil {
		return attendance.Moment{At: at.Time()}, nil
	}
	d, err := parseDate(date)
	return attendance.Moment{Date: d}, err
}

// Answer is the state that an event gives a request; false for an event that answers none.
func Answer(event domain.Event) (request domain.ID, state string, is bool) {
	switch e := event.(type) {
	case domain.RequestApproved:
		return e.Request, Approved, true
	case domain.RequestRejected:
		return e.Request, Rejected, true
	case domain.RequestWithdrawn:
		return e.Request, Withdrawn, true
	case domain.RequestCancelled:
		return e.Request, Cancelled, true
	}
	return request, "", false
}

// SelfAnswered says that the word about a request is its own member's.
func SelfAnswered(r Recorded) bool {
	approved, is := r.Event.(domain.RequestApproved)
	_, cancelled := r.Event.(domain.RequestCancelled)
	return is && approved.SelfApproved || cancelled && r.Metadata.Self
}

func (m *Member) ask(c *Cache, r Recorded, q asking) error {
	if q.member != m.ID {
		return nil
	}
	if m.request(q.request) != nil {
		return fmt.Errorf("request %s was made before", q.request)
	}
	span, err := q.dates(c)
	if err != nil {
		return err
	}
	fact, err := q.fact()
	if err != nil {
		return err
	}
	m.Requests = append(m.Requests, Request{ID: q.request, Span: span, RequestedAt: r.Metadata.ReceivedAt.Time(), Fact: fact})
	slices.SortFunc(m.Requests, compareRequests)
	return nil
}

func (m *Member) answer(r Recorded, id domain.ID, state string) {
	q := m.request(id)
	if q == nil {
		return
	}
	q.Fact.State, q.DecidedAt = state, r.Metadata.ReceivedAt.Time()
	m.decide(SelfAnswered(r), id, q.Span)
	slices.SortFunc(m.Requests, compareRequests)
}

func (m *Member) request(id domain.ID) *Request {
	for i := range m.Requests {
		if m.Requests[i].ID == id {
			return &m.Requests[i]
		}
	}
	return nil
}

// compareRequests orders by the answer, those without one last, then by when they were made, then by id: of two for one slot the later holds.
func compareRequests(a, b Request) int {
	late := func(q Request) int {
		if q.DecidedAt.IsZero() {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(late(a), late(b)), a.DecidedAt.Compare(b.DecidedAt), a.RequestedAt.Compare(b.RequestedAt), bytes.Compare(a.ID[:], b.ID[:]))
}
