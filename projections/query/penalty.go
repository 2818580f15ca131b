package query

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/domain/consequence"
)

// Penalty is one consequence of what happened at a slot or on a day (rules 5.3). Its id names the occurrence; two rows of a rule that speak of one
// occurrence are waived together.
type Penalty struct {
	ID     string      `json:"id"`
	Member domain.ID   `json:"member"`
	Number string      `json:"number"`
	Group  *domain.ID  `json:"group"`
	Month  string      `json:"month"`
	Date   domain.Date `json:"date"`
	// Section and CheckType name the slot; section 0 is the whole day.
	Section     int     `json:"section"`
	CheckType   *string `json:"check_type"`
	When        string  `json:"when"`
	Minutes     int     `json:"minutes"`
	Count       int     `json:"count" doc:"the occurrence's place among those that no allowance forgives"`
	DeductDays  float64 `json:"deduct_days"`
	Note        string  `json:"note"`
	RuleVersion int     `json:"rule_version"`
	Waived      bool    `json:"waived"`
	// WaivedAt and WaivedBy say when and by whom, null unless waived.
	WaivedAt *time.Time    `json:"waived_at"`
	WaivedBy *domain.Actor `json:"waived_by"`

	name   memberName
	reason *Sealed
}

// Name is the member's sealed name, nil when there is none.
func (p *Penalty) Name() *Sealed {
	return sealedOf(p.name.text, domain.MemberStream(p.name.org, p.Member), p.name.event, "/name", p.name.key)
}

// Reason is the sealed reason for which it was waived, nil when there is none.
func (p *Penalty) Reason() *Sealed { return p.reason }

const wholeDay = "day"

// PenaltyID names an occurrence of a member for the paths of the API.
func PenaltyID(member domain.ID, o domain.Occasion) string {
	check := string(o.CheckType)
	if check == "" {
		check = wholeDay
	}
	return fmt.Sprintf("%s.%s.%d.%s.%s", member, o.Date, o.Section, check, o.When)
}

// ParsePenaltyID reads what PenaltyID wrote; anything else is refused with code penalty_not_found.
func ParsePenaltyID(text string) (member domain.ID, o domain.Occasion, err error) {
	parts := strings.Split(text, ".")
	if len(parts) != 5 {
		return member, o, errNoPenalty()
	}
	if member, err = uuid.Parse(parts[0]); err != nil {
		return member, o, errNoPenalty()
	}
	if o.Section, err = strconv.Atoi(parts[2]); err != nil || !isDate(parts[1]) {
		return member, o, errNoPenalty()
	}
	o.Date, o.When = domain.Date(parts[1]), parts[4]
	if parts[3] != wholeDay {
		o.CheckType = domain.CheckType(parts[3])
	}
	if PenaltyID(member, o) != text {
		return member, o, errNoPenalty()
	}
	return member, o, nil
}

// Has refuses with code penalty_not_found what is no penalty by now.
func (r *Penalties) Has(ctx context.Context, org domain.ID, id string) error {
	member, o, err := ParsePenaltyID(id)
	if err != nil {
		return err
	}
	months, err := (&Months{r.connection}).AttendanceMonths(ctx, org)
	if err != nil {
		return err
	}
	follows, err := r.Of(ctx, org, months.Of(o.Date), []domain.ID{member})
	if err != nil {
		return err
	}
	for _, p := range follows.Of(member).penalties {
		if p.ID == id {
			return nil
		}
	}
	return errNoPenalty()
}

func errNoPenalty() error {
	return domain.Refuse("penalty_not_found", "there is no such penalty; its day may be judged otherwise by now, so look at the list again")
}

// PenaltyFilter narrows a month's penalties; zero values do not.
type PenaltyFilter struct {
	// Month is yyyy-mm.
	Month      string
	Member     *domain.ID
	Department *domain.ID
	// Group is the group whose rule the penalty follows from.
	Group *domain.ID
	// Waived asks for those that are, or are not, nil for both.
	Waived *bool
	// Among are the only members, nil for everybody.
	Among []domain.ID
}

// penalized is a member who may have penalties.
type penalized struct {
	id     domain.ID
	number string
	name   memberName
}

// occurred is true of days on which something happened that rules may speak of.
const occurred = `(d.anomalies <> '{}' OR d.status IN ('Absent', 'HalfDay'))`

// List lists a month's penalties by member number and date. A page holds all penalties of its members, so that it may hold more than the limit, or none.
func (r *Penalties) List(ctx context.Context, org domain.ID, f PenaltyFilter, cursor string, limit int) (Page[Penalty], error) {
	at, err := parseCursor(cursor, isText, isID)
	if err != nil {
		return Page[Penalty]{}, err
	}
	month, err := r.month(ctx, org, f.Month)
	if err != nil {
		return Page[Penalty]{}, err
	}
	scan := func(row pgx.CollectableRow) (p penalized, err error) {
		p.name.org = org
		err = row.Scan(&p.id, &p.number, &p.name.text, &p.name.event, &p.name.key)
		return p, err
	}
	members, err := paged(ctx, r.Within(org), limit, "members with penalties", scan, func(p *penalized) []string { return []string{p.number, p.id.String()} },
		`SELECT m.member, m.number, m.name, m.name_event, m.key_id FROM members m
		WHERE m.org = $1 AND ($4::uuid IS NULL OR m.member = $4) AND ($5::uuid IS NULL OR $5 = `+departmentOn("m", "$3::date")+`) AND ($6 = '' OR (m.number, m.member::text) > ($6, $7))`+onlyThose("m.member", 8)+`
			AND EXISTS (SELECT FROM days d WHERE d.org = m.org AND d.member = m.member AND d.date BETWEEN $2 AND $3 AND `+occurred+`)
		ORDER BY m.number, m.member::text`,
		org, string(month.from), string(month.to), f.Member, f.Department, at[0], at[1], f.Among)
	if err != nil {
		return Page[Penalty]{}, err
	}
	ids := make([]domain.ID, len(members.Items))
	for i := range members.Items {
		ids[i] = members.Items[i].id
	}
	all, err := r.consequences(ctx, org, month, ids)
	page := Page[Penalty]{Items: []Penalty{}, Next: members.Next}
	for i := range members.Items {
		if c := all[members.Items[i].id]; c != nil {
			page.Items = append(page.Items, c.rows(f, &members.Items[i])...)
		}
	}
	return page, err
}

// rows are the penalties that a filter lets pass.
func (c *Consequences) rows(f PenaltyFilter, of *penalized) (out []Penalty) {
	for i := range c.penalties {
		p := &c.penalties[i]
		if (f.Group == nil || *f.Group == *p.Group) && (f.Waived == nil || *f.Waived == p.Waived) {
			p.Number, p.name = of.number, of.name
			out = append(out, *p)
		}
	}
	return out
}

// Consequences are what follows from a member's month by the rule's allowances and penalties (rules 5.2 to 5.4).
type Consequences struct {
	AllowedLateTimes  int     `json:"allowed_late_times" doc:"of late_times, those that an allowance forgives"`
	AllowedEarlyTimes int     `json:"allowed_early_times" doc:"of leave_early_times, those that an allowance forgives"`
	AllowedTimes      int     `json:"allowed_times" doc:"whatever an allowance forgives, of every kind"`
	PenaltyTimes      int     `json:"penalty_times" doc:"penalties that are not waived"`
	WaivedTimes       int     `json:"waived_times" doc:"penalties that were taken back"`
	DeductedDays      float64 `json:"deducted_days" doc:"the days of the penalties that are not waived"`

	penalties []Penalty
}

// Add adds another month's figures.
func (c *Consequences) Add(other *Consequences) {
	c.AllowedLateTimes += other.AllowedLateTimes
	c.AllowedEarlyTimes += other.AllowedEarlyTimes
	c.AllowedTimes += other.AllowedTimes
	c.PenaltyTimes += other.PenaltyTimes
	c.WaivedTimes += other.WaivedTimes
	c.DeductedDays += other.DeductedDays
}

// Followed are the consequences of members' months.
type Followed map[domain.ID]*Consequences

// Of are a member's, none where nothing happened.
func (f Followed) Of(member domain.ID) Consequences {
	if c := f[member]; c != nil {
		return *c
	}
	return Consequences{}
}

// Of tells what follows from a month of members; those without any occurrence are left out.
func (r *Penalties) Of(ctx context.Context, org domain.ID, month string, members []domain.ID) (Followed, error) {
	m, err := r.month(ctx, org, month)
	if err != nil {
		return nil, err
	}
	return r.consequences(ctx, org, m, members)
}

// penalMonth is a month with its dates.
type penalMonth struct {
	name     string
	months   domain.AttendanceMonths
	from, to domain.Date
}

func (r *Penalties) month(ctx context.Context, org domain.ID, name string) (m penalMonth, err error) {
	if _, err := ParseMonth(name); err != nil {
		return m, err
	}
	m.name = name
	if m.months, err = (&Months{r.connection}).AttendanceMonths(ctx, org); err == nil {
		m.from, m.to, err = m.months.Span(name)
	}
	return m, err
}

// consequences reads the days on which something happened, and the waivers, and counts.
func (r *Penalties) consequences(ctx context.Context, org domain.ID, month penalMonth, members []domain.ID) (Followed, error) {
	out := Followed{}
	terms, err := r.terms(ctx, org)
	if err != nil || len(members) == 0 || terms.Empty() {
		return out, err
	}
	happened := map[domain.ID][]consequence.Occurrence{}
	b := r.Within(org).Batch()
	b.Queue(`SELECT member, date, group_id, rule_version, status, slots, anomalies FROM days d
		WHERE org = $1 AND member = ANY($2) AND date BETWEEN $3 AND $4 AND `+occurred+` ORDER BY member, date`,
		org, members, string(terms.Since(month.from)), string(month.to)).Query(func(rows pgx.Rows) error { return readOccurrences(rows, terms, happened) })
	waivers := map[domain.ID]map[domain.Occasion]waiver{}
	b.Queue(`SELECT member, date, section, check_type, kind, event_id, at, actor, reason, key_id FROM waivers WHERE org = $1 AND member = ANY($2) AND date BETWEEN $3 AND $4`,
		org, members, string(month.from), string(month.to)).Query(func(rows pgx.Rows) error { return readWaivers(rows, waivers) })
	if err := r.Within(org).Send(ctx, b); err != nil {
		return nil, fmt.Errorf("read what happened in the month: %w", err)
	}
	calendar := consequence.NewCalendar(month.months)
	for member, all := range happened {
		counted := calendar.Of(month.name, all)
		out[member] = consequencesOf(org, member, &counted, month.name, waivers[member])
	}
	return out, nil
}

func consequencesOf(org, member domain.ID, m *consequence.Month, month string, waived map[domain.Occasion]waiver) *Consequences {
	c := &Consequences{AllowedLateTimes: m.Allowed[string(attendance.AnomalyLate)], AllowedEarlyTimes: m.Allowed[string(attendance.AnomalyEarly)]}
	for _, n := range m.Allowed {
		c.AllowedTimes += n
	}
	for i := range m.Penalties {
		p := PenaltyOf(member, month, &m.Penalties[i])
		if w, is := waived[m.Penalties[i].Occasion()]; is {
			p.Waived, p.WaivedAt, p.WaivedBy = true, &w.at, &w.by
			p.reason = sealedOf(w.reason, domain.MemberStream(org, member), &w.event, "/reason", w.key)
			c.WaivedTimes++
		} else {
			c.PenaltyTimes++
			c.DeductedDays += p.DeductDays
		}
		c.penalties = append(c.penalties, p)
	}
	return c
}

// PenaltyOf is a penalty as it is shown, not waived.
func PenaltyOf(member domain.ID, month string, of *consequence.Penalty) Penalty {
	o := of.Occasion()
	p := Penalty{
		ID: PenaltyID(member, o), Member: member, Month: month, Date: o.Date, Section: o.Section, When: o.When, Minutes: of.Minutes,
		Count: of.Count, DeductDays: of.DeductDays, Note: of.Note, RuleVersion: of.Version, Group: &of.Terms.Group,
	}
	if o.CheckType != "" {
		check := string(o.CheckType)
		p.CheckType = &check
	}
	return p
}

// waiver is who took a penalty back.
type waiver struct {
	event  domain.ID
	at     time.Time
	by     domain.Actor
	reason *string
	key    *domain.ID
}

func readWaivers(rows pgx.Rows, into map[domain.ID]map[domain.Occasion]waiver) error {
	var member domain.ID
	var date time.Time
	var o domain.Occasion
	var check string
	var actor []byte
	var w waiver
	_, err := pgx.ForEachRow(rows, []any{&member, &date, &o.Section, &check, &o.When, &w.event, &w.at, &actor, &w.reason, &w.key}, func() error {
		if into[member] == nil {
			into[member] = map[domain.Occasion]waiver{}
		}
		o.Date, o.CheckType, w.by = civil(&date), domain.CheckType(check), actorOf(actor)
		into[member][o] = w
		return nil
	})
	return err
}

func readOccurrences(rows pgx.Rows, terms *consequence.Rules, into map[domain.ID][]consequence.Occurrence) error {
	var member domain.ID
	var date time.Time
	var group *domain.ID
	var version *int
	var status string
	var slots []byte
	var anomalies []string
	_, err := pgx.ForEachRow(rows, []any{&member, &date, &group, &version, &status, &slots, &anomalies}, func() error {
		d := attendance.Day{Date: attendance.DateOf(date), Status: attendance.Status(status)}
		for _, a := range anomalies {
			d.Anomalies = append(d.Anomalies, attendance.Anomaly(a))
		}
		if version != nil {
			d.RuleVersion = *version
		}
		if err := readSlots(slots, &d); err != nil {
			return err
		}
		into[member] = append(into[member], consequence.Of(&d, terms.On(group, d.RuleVersion))...)
		return nil
	})
	return err
}

// readSlots takes of the stored slots what occurrences are made of (see tables.SlotNames).
func readSlots(stored []byte, d *attendance.Day) error {
	var raw [][]json.RawMessage
	if err := json.Unmarshal(stored, &raw); err != nil {
		return fmt.Errorf("read the slots of %s: %w", d.Date, err)
	}
	for _, fields := range raw {
		var s attendance.Slot
		for at, into := range map[int]any{0: &s.Section, 1: &s.CheckType, 4: &s.TimeResult, 5: &s.LocationResult, 6: &s.Minutes} {
			if err := json.Unmarshal(fields[at], into); err != nil {
				return fmt.Errorf("read a slot of %s: %w", d.Date, err)
			}
		}
		d.Slots = append(d.Slots, s)
	}
	return nil
}

// terms reads what the rules of an organization say about consequences.
func (r *Penalties) terms(ctx context.Context, org domain.ID) (*consequence.Rules, error) {
	terms := consequence.NewRules()
	b := r.Within(org).Batch()
	var group domain.ID
	var version int
	var from time.Time
	var document []byte
	b.Queue(`SELECT group_id, version, effective_from, CASE WHEN rule->'allowances' IS NULL AND rule->'penalties' IS NULL THEN '{}' ELSE rule END
		FROM rules WHERE org = $1 ORDER BY group_id, version`, org).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, []any{&group, &version, &from, &document}, func() error {
			var rule attendance.Rule
			if len(document) > 2 {
				parsed, err := attendance.ParseRule(document)
				if err != nil {
					return fmt.Errorf("read rule version %d: %w", version, err)
				}
				rule = *parsed
			}
			terms.Add(group, version, attendance.DateOf(from), &rule)
			return nil
		})
		return err
	})
	if err := r.Within(org).Send(ctx, b); err != nil {
		return nil, fmt.Errorf("read the terms of the rules: %w", err)
	}
	return terms, nil
}
