package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/query"
)

// Step is one event in the history of a day: who, when recorded, what about, and what it changed.
type Step struct {
	Event    domain.ID    `json:"event"`
	Stream   string       `json:"stream"`
	Revision uint64       `json:"revision"`
	Type     string       `json:"type"`
	Actor    domain.Actor `json:"actor"`
	// ReceivedAt is when it was recorded, UTC.
	ReceivedAt time.Time `json:"received_at"`
	// Effective is what time or date the fact speaks of.
	Effective string `json:"effective"`
	// RuleVersion holds the date after this event, 0 for none.
	RuleVersion int `json:"rule_version"`
	// Changes say what differs from the step before, such as `status: Pending → Abnormal`; none when the verdict stands.
	Changes []string `json:"changes"`
	// Day is the verdict after this event, null while there is none.
	Day *query.Day `json:"day"`
	// Data is the event as recorded; sealed values are sealed.
	Data json.RawMessage `json:"data"`
}

// History tells how a day came about: every event that may touch it, in ledger order, up to an instant (zero: until now), and what each
// changed in the verdict. Clock events appear where they changed something.
func (a *Audit) History(ctx context.Context, org, member domain.ID, date domain.Date, at time.Time) ([]Step, error) {
	dates, err := spanOf(date, date)
	if err != nil {
		return nil, err
	}
	records, err := a.recordsOf(ctx, org, member, at, dates)
	if err != nil {
		return nil, err
	}
	h := &history{fold: newFold(a.cache, org, member), dates: dates, steps: []Step{}, asked: map[domain.ID]bool{}}
	for i := range records {
		if err := h.tell(&records[i]); err != nil {
			return nil, err
		}
	}
	return h.steps, nil
}

type history struct {
	*fold
	dates facts.Span
	last  *day
	// asked are the requests seen, and whether they speak of the date.
	asked map[domain.ID]bool
	steps []Step
}

func (h *history) tell(r *record) error {
	var touched facts.Span
	var touches bool
	if r.problem == nil {
		touched, touches = h.member.Touches(h.org, facts.Reach(h.cache, r.Recorded))
	}
	if !h.apply(r) || !touches || !touched.Has(h.dates.From) {
		return nil
	}
	_, tick := r.Event.(domain.ClockAdvanced)
	return h.step(r, !tick && h.about(r))
}

// step adds what an event changed; always adds it also when the verdict stands.
func (h *history) step(r *record, always bool) error {
	var now *day
	if days := h.days(h.dates); len(days) > 0 {
		now = &days[0]
	}
	changes := changesBetween(h.last, now)
	h.last = now
	if !always && len(changes) == 0 {
		return nil
	}
	data, err := json.Marshal(r.Event)
	if err != nil {
		return fmt.Errorf("show %s@%d: %w", r.Stream, r.Revision, err)
	}
	s := Step{
		Event: r.ID, Stream: r.Stream, Revision: r.Revision, Type: r.Type, Actor: r.Metadata.Actor, ReceivedAt: r.Metadata.ReceivedAt.Time(),
		Effective: effective(r.Event), Changes: changes, Data: data,
	}
	if now != nil {
		shown, err := now.shown()
		if err != nil {
			return err
		}
		s.Day, s.RuleVersion = &shown, now.RuleVersion
	}
	h.steps = append(h.steps, s)
	return nil
}

// about says that an event speaks of the date itself, so that it is told even when it changes nothing.
func (h *history) about(r *record) bool {
	date := domain.Date(h.dates.From.String())
	within := func(request domain.ID, from, to domain.Date) bool {
		h.asked[request] = from <= date && date <= to
		return h.asked[request]
	}
	switch e := r.Event.(type) {
	case domain.PunchRecorded:
		zone, err := h.cache.Zone(e.Zone)
		return err == nil && attendance.DateOf(e.At.Time().In(zone)) == h.dates.From
	case domain.SlotCorrected:
		return e.Date == date
	case domain.PenaltyWaived:
		return e.Date == date
	case domain.PenaltyRestored:
		return e.Date == date
	case domain.HolidayDeclared:
		return e.Date == date
	case domain.WorkdayDeclared:
		return e.Date == date
	case domain.MakeupRequested:
		return within(e.Request, e.Date, e.Date)
	case domain.LeaveRequested:
		return within(e.Request, firstDate(e.Span), lastDate(e.Span))
	case domain.TripRequested:
		return within(e.Request, firstDate(e.Span), lastDate(e.Span))
	case domain.OutRequested:
		return within(e.Request, firstDate(e.Span), lastDate(e.Span))
	case domain.OvertimeRequested:
		return within(e.Request, firstDate(e.Span), lastDate(e.Span))
	case domain.RequestApproved:
		return h.asked[e.Request]
	case domain.RequestRejected:
		return h.asked[e.Request]
	case domain.RequestWithdrawn:
		return h.asked[e.Request]
	case domain.RequestCancelled:
		return h.asked[e.Request]
	case domain.GroupLinked, domain.GroupUnlinked, domain.DepartmentChanged: // about everybody; told where it brings the member into another group
		return false
	}
	from := effective(r.Event)
	return from == "" || from <= string(date)
}

// firstDate and lastDate of a span with instants are those of UTC: near enough to decide what is told.
func firstDate(s domain.Span) domain.Date {
	if s.From != nil {
		return domain.DateOf(s.From.Time(), time.UTC)
	}
	return s.FromDate
}

func lastDate(s domain.Span) domain.Date {
	if s.To != nil {
		return domain.DateOf(s.To.Time(), time.UTC)
	}
	return s.ToDate
}

// effective is the time or date that a fact speaks of.
func effective(event domain.Event) string {
	switch e := event.(type) {
	case domain.PunchRecorded:
		return e.At.String()
	case domain.ClockAdvanced:
		return e.Through.String()
	case domain.SlotCorrected:
		return string(e.Date)
	case domain.MakeupRequested:
		return string(e.Date)
	case domain.RuleChanged:
		return string(e.EffectiveFrom)
	case domain.GroupAssigned:
		return string(e.From)
	case domain.GroupLinked:
		return string(e.From)
	case domain.GroupUnlinked:
		return string(e.From)
	case domain.DepartmentChanged:
		return string(e.From)
	case domain.MemberChanged:
		return string(e.DepartmentFrom)
	case domain.MemberProvisioned:
		return string(e.Joined)
	case domain.MemberJoined:
		return string(e.Joined)
	case domain.MemberLeft:
		return string(e.Left)
	case domain.PenaltyWaived:
		return string(e.Date)
	case domain.PenaltyRestored:
		return string(e.Date)
	case domain.HolidayDeclared:
		return string(e.Date)
	case domain.WorkdayDeclared:
		return string(e.Date)
	case domain.LeaveRequested:
		return spanText(e.Span)
	case domain.TripRequested:
		return spanText(e.Span)
	case domain.OutRequested:
		return spanText(e.Span)
	case domain.OvertimeRequested:
		return spanText(e.Span)
	}
	return ""
}

func spanText(s domain.Span) string {
	from, to := string(s.FromDate), string(s.ToDate)
	if s.From != nil {
		from = s.From.String()
	}
	if s.To != nil {
		to = s.To.String()
	}
	return from + " – " + to
}
