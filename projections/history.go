package projections

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
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
	Day *Day `json:"day"`
	// Data is the event as recorded; sealed values are sealed.
	Data json.RawMessage `json:"data"`
}

// History tells how a day came about: every event that may touch it, in ledger order, up to an instant (zero: until now), and what each
// changed in the verdict. Clock events appear where they changed something.
func (e *Engine) History(ctx context.Context, org, who domain.ID, date domain.Date, knownAt time.Time) ([]Step, error) {
	dates, err := spanOf(date, date)
	if err != nil {
		return nil, err
	}
	m := member{org, who}
	records, err := e.recordsOf(ctx, m, knownAt, dates)
	if err != nil {
		return nil, err
	}
	h := &history{m: m, dates: dates, steps: []Step{}, parked: map[subject]bool{}, asked: map[domain.ID]bool{}}
	err = e.scratch(ctx, func(tx pgx.Tx, p *projector) error {
		h.p, h.tx = p, tx
		for i := range records {
			if err := h.tell(ctx, &records[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return h.steps, err
}

type history struct {
	p     *projector
	tx    pgx.Tx
	m     member
	dates span
	work  *work
	last  *Day
	// parked are subjects with an event that cannot be applied; what comes behind it has no effect.
	parked map[subject]bool
	// asked are the requests seen, and whether they speak of the date.
	asked map[domain.ID]bool
	// through is the clock in memory; zero until it moved.
	through time.Time
	steps   []Step
}

func (h *history) tell(ctx context.Context, r *record) error {
	if e, ok := r.Event.(domain.ClockAdvanced); ok && h.work != nil {
		return h.tick(r, e)
	}
	w := newWriter(h.p.zones)
	one := []record{*r}
	h.p.foldAll(ctx, w, h.parked, one, nil, &summary{})
	r = &one[0]
	s, punched := w.spans[h.m]
	h.keepClock(w)
	if err := w.flush(ctx, h.tx); err != nil {
		return err
	}
	for org := range w.stale {
		delete(h.p.orgs, org)
	}
	touched := punched && s.from <= h.dates.from && s.to >= h.dates.from
	var dirty bool
	err := h.tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM dirty WHERE org = $1 AND member = $2 AND $3 BETWEEN from_date AND to_date)`, h.m.org, h.m.id, pgDate(h.dates.from)).Scan(&dirty)
	if err != nil {
		return fmt.Errorf("look whether the day is touched: %w", err)
	}
	if !touched && !dirty {
		return nil
	}
	if _, err := h.tx.Exec(ctx, "DELETE FROM dirty"); err != nil {
		return err
	}
	return h.judge(ctx, r, h.about(r))
}

// about says that an event speaks of the date itself, so that it is told even when it changes nothing.
func (h *history) about(r *record) bool {
	date := domain.Date(h.dates.from.String())
	within := func(request domain.ID, from, to domain.Date) bool {
		h.asked[request] = from <= date && date <= to
		return h.asked[request]
	}
	switch e := r.Event.(type) {
	case domain.PunchRecorded:
		return attendance.DateOf(r.local) == h.dates.from
	case domain.SlotCorrected:
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

// tick moves the clock in memory: most clock events change nothing, and there are many.
func (h *history) tick(r *record, e domain.ClockAdvanced) error {
	through := e.Through.Time()
	if !through.After(h.work.org.through) {
		return nil
	}
	h.work.org.through, h.through = through, through
	if err := h.work.judge(); err != nil {
		return err
	}
	h.step(r, false)
	return nil
}

// keepClock writes down how far the clock went in memory, before other events are judged.
func (h *history) keepClock(w *writer) {
	if !h.through.IsZero() {
		w.do(`INSERT INTO clocks VALUES ($1, $2) ON CONFLICT (org) DO UPDATE SET through = greatest(clocks.through, excluded.through)`, h.m.org, h.through)
	}
}

func (h *history) judge(ctx context.Context, r *record, always bool) (err error) {
	h.work, err = h.p.workOf(ctx, h.tx, h.m, h.dates)
	if err != nil {
		return err
	}
	h.step(r, always)
	return nil
}

func (h *history) step(r *record, always bool) {
	var now *Day
	if len(h.work.rows) > 0 {
		d := h.work.rows[0].read()
		now = &d
	}
	changes := changesBetween(h.last, now)
	h.last = now
	if !always && len(changes) == 0 {
		return
	}
	s := Step{
		Event: r.ID, Stream: r.Stream, Revision: r.Revision, Type: r.Type, Actor: r.Metadata.Actor, ReceivedAt: r.at(),
		Effective: effective(r.Event), Changes: changes, Day: now, Data: json.RawMessage(asJSON(r.Event)),
	}
	if now != nil && now.RuleVersion != nil {
		s.RuleVersion = *now.RuleVersion
	}
	h.steps = append(h.steps, s)
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
	case domain.MemberProvisioned:
		return string(e.Joined)
	case domain.MemberJoined:
		return string(e.Joined)
	case domain.MemberLeft:
		return string(e.Left)
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

// changesBetween names what differs between two verdicts of the same day, in words of rules §5.
func changesBetween(was, now *Day) []string {
	changes := []string{}
	if now == nil && was == nil {
		return changes
	}
	var empty Day
	if was == nil {
		was = &empty
	}
	if now == nil {
		now = &empty
	}
	say := func(what string, a, b any) {
		if x, y := fmt.Sprint(a), fmt.Sprint(b); x != y {
			changes = append(changes, fmt.Sprintf("%s: %s → %s", what, orNone(x), orNone(y)))
		}
	}
	say("status", was.Status, now.Status)
	say("shift", textOf(was.Shift), textOf(now.Shift))
	say("rule_version", numberOf(was.RuleVersion), numberOf(now.RuleVersion))
	a, b := slotTexts(was.Slots), slotTexts(now.Slots)
	for i := range max(len(a), len(b)) {
		say(slotName(a, b, i), slotVerdict(a, i), slotVerdict(b, i))
	}
	for _, n := range []struct {
		name string
		a, b int
	}{
		{"worked_min", was.WorkedMin, now.WorkedMin}, {"present_min", was.PresentMin, now.PresentMin}, {"late_min", was.LateMin, now.LateMin}, {"early_min", was.EarlyMin, now.EarlyMin},
		{"leave_min", was.LeaveMin, now.LeaveMin}, {"trip_min", was.TripMin, now.TripMin}, {"overtime_min", was.OvertimeMin, now.OvertimeMin},
	} {
		say(n.name, n.a, n.b)
	}
	if !slices.Equal(was.Anomalies, now.Anomalies) {
		say("anomalies", was.Anomalies, now.Anomalies)
	}
	return changes
}

type slotText struct {
	Section    int     `json:"section"`
	CheckType  string  `json:"check_type"`
	PunchAt    *string `json:"punch_at"`
	TimeResult *string `json:"time_result"`
	Minutes    int     `json:"minutes"`
	SourceType *string `json:"source_type"`
}

func slotTexts(raw []byte) (slots []slotText) {
	_ = json.Unmarshal(raw, &slots) // Written by this package.
	return slots
}

func slotName(a, b []slotText, i int) string {
	s := b
	if i >= len(b) {
		s = a
	}
	return fmt.Sprintf("%s %d", s[i].CheckType, s[i].Section)
}

func slotVerdict(slots []slotText, i int) string {
	if i >= len(slots) {
		return ""
	}
	s := slots[i]
	text := textOf(s.TimeResult)
	if s.Minutes > 0 {
		text = fmt.Sprintf("%s %d min", text, s.Minutes)
	}
	if s.PunchAt != nil {
		text += " at " + *s.PunchAt
	}
	if s.SourceType != nil {
		text += " (" + *s.SourceType + ")"
	}
	return text
}

func orNone(text string) string {
	if text == "" || text == "[]" {
		return "none"
	}
	return text
}

func textOf(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

func numberOf(p *int) int {
	if p == nil {
		return 0
	}
	return *p
}
