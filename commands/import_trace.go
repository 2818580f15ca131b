package commands

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// trace is what the ledger holds of an import, and what it holds otherwise of the people whom the import touched.
type trace struct {
	org, imp domain.ID
	// punches are in ledger order, small enough to keep millions; sheets are the streams that hold them.
	punches []tracedPunch
	sheets  []tracedSheet
	sheetOf map[string]int32
	people  map[domain.ID]*traced
	// order is that in which the import touched the people.
	order   []domain.ID
	numbers []tracedNumber
	// held are all numbers that anybody was given so far.
	held map[tracedNumber]bool
}

type tracedPunch struct {
	id    domain.ID
	sheet int32
}

type tracedSheet struct {
	stream string
	member domain.ID
}

// tracedNumber is a number that the import gave to a member.
type tracedNumber struct {
	number string
	member domain.ID
}

// traced is a member whom the import made, moved or gave a number.
type traced struct {
	number string
	made   bool
	// gone says that a reversal before took the member back.
	gone bool
	// before is the first day before the import moved it, joined what it is now.
	before, joined domain.Date
	moved          bool
	// punches are those of others, by event id.
	punches map[domain.ID]otherPunch
	// reason is why the member stays whatever the punches are, empty for none.
	reason domain.KeptReason
}

// otherPunch is a punch of a member that another import or the person brought.
type otherPunch struct {
	number           string
	date             domain.Date
	doubted, invalid bool
}

// follow reads the log: for what the import wrote, then, if it touched people, for what is theirs besides.
func (t *trace) follow(ctx context.Context, l *ledger.Ledger) error {
	t.sheetOf, t.people, t.held = map[string]int32{}, map[domain.ID]*traced{}, map[tracedNumber]bool{}
	first := map[domain.ID]domain.Date{} // of every member so far
	named := []byte(t.imp.String())
	if err := t.each(ctx, l, []string{"timesheet", "member", "badge"}, func(_ domain.StreamName, raw eventlog.Raw) bool {
		return raw.Type == "PunchRecorded" && bytes.Contains(raw.Metadata, named)
	}, func(name domain.StreamName, e domain.Recorded) {
		t.note(name, e, first)
	}); err != nil || len(t.people) == 0 {
		return err
	}
	return t.each(ctx, l, []string{"timesheet", "member", "roster", "balance", "request"}, func(name domain.StreamName, _ eventlog.Raw) bool {
		return t.people[memberOfStream(name)] != nil
	}, t.compare)
}

// each gives the events of some categories of the organization; of timesheets, which are many, those that are wanted, found without decoding.
func (t *trace) each(ctx context.Context, l *ledger.Ledger, categories []string, wanted func(domain.StreamName, eventlog.Raw) bool,
	fn func(domain.StreamName, domain.Recorded)) error {
	return l.ReadAll(ctx, func(raw eventlog.Raw) error {
		name, ok := domain.ParseStream(raw.Stream)
		if !ok || name.Org != t.org || !slices.Contains(categories, name.Category) || name.Category == "timesheet" && !wanted(name, raw) {
			return nil
		}
		e, err := ledger.Decode(raw)
		if err == nil {
			fn(name, e)
		}
		return err
	})
}

// memberOfStream is the member that a stream's name begins with, the nil id for none.
func memberOfStream(name domain.StreamName) domain.ID {
	id, _, _ := strings.Cut(name.Rest, ".")
	member, _ := uuid.Parse(id)
	return member
}

func (t *trace) mine(e domain.Recorded) bool {
	return e.Metadata.Batch != nil && *e.Metadata.Batch == t.imp
}

// note takes what the import wrote.
func (t *trace) note(name domain.StreamName, r domain.Recorded, first map[domain.ID]domain.Date) {
	switch e := r.Event.(type) {
	case domain.PunchRecorded:
		if t.mine(r) {
			t.punch(r, e.Member)
		}
	case domain.MemberProvisioned:
		first[e.Member] = e.Joined
		if t.mine(r) {
			p := t.person(e.Member)
			p.made, p.number, p.joined, p.before = true, e.Number, e.Joined, e.Joined
		}
	case domain.MemberJoined:
		first[e.Member] = e.Joined
	case domain.MemberLeft:
		if t.mine(r) {
			t.person(memberOfStream(name)).gone = true
		}
	case domain.MemberChanged:
		t.changed(memberOfStream(name), r, e, first)
	case domain.BadgeAssigned:
		t.assigned(r, e)
	}
}

// assigned notes a number that the import gave, but not one whose dates it extended.
func (t *trace) assigned(r domain.Recorded, e domain.BadgeAssigned) {
	n := tracedNumber{e.Number, e.Member}
	if t.mine(r) {
		p := t.person(e.Member)
		p.number = cmp.Or(p.number, e.Number)
		if !t.held[n] {
			t.numbers = append(t.numbers, n)
		}
	}
	t.held[n] = true
}

func (t *trace) changed(member domain.ID, r domain.Recorded, e domain.MemberChanged, first map[domain.ID]domain.Date) {
	if e.Joined == nil {
		return
	}
	if t.mine(r) {
		p := t.person(member)
		if !p.moved && !p.made {
			p.before = first[member]
		}
		p.moved, p.joined = true, *e.Joined
	} else if p := t.people[member]; p != nil {
		p.moved, p.joined = false, *e.Joined // somebody else said otherwise since
	}
	first[member] = *e.Joined
}

func (t *trace) punch(r domain.Recorded, member domain.ID) {
	sheet, known := t.sheetOf[r.Stream]
	if !known {
		sheet = int32(len(t.sheets))
		t.sheetOf[r.Stream], t.sheets = sheet, append(t.sheets, tracedSheet{r.Stream, member})
	}
	t.punches = append(t.punches, tracedPunch{r.ID, sheet})
}

func (t *trace) person(id domain.ID) *traced {
	if t.people[id] == nil {
		t.people[id] = &traced{punches: map[domain.ID]otherPunch{}}
		t.order = append(t.order, id)
	}
	return t.people[id]
}

// compare takes what the people have besides.
func (t *trace) compare(name domain.StreamName, r domain.Recorded) {
	if p := t.people[r.Metadata.Subject]; p != nil && name.Category == "request" {
		p.reason = cmp.Or(p.reason, domain.KeptRequests)
	}
	p := t.people[memberOfStream(name)]
	if p == nil {
		return
	}
	switch name.Category {
	case "timesheet":
		p.compare(r, t.mine(r))
	case "member":
		p.compareMember(r)
	case "balance":
		p.reason = cmp.Or(p.reason, domain.KeptRequests)
	case "roster":
		p.reason = cmp.Or(p.reason, domain.KeptRoster)
	}
}

func (p *traced) compare(r domain.Recorded, mine bool) {
	mark := func(id domain.ID, with func(*otherPunch)) {
		if punch, is := p.punches[id]; is {
			with(&punch)
			p.punches[id] = punch
		}
	}
	switch e := r.Event.(type) {
	case domain.PunchRecorded:
		if !mine {
			p.punches[r.ID] = otherPunch{number: e.Number, date: dateOfPunch(e), doubted: slices.Contains(e.Flags, domain.FlagClockJump)}
		}
	case domain.PunchVoided:
		mark(e.Punch, func(o *otherPunch) { o.invalid = true })
	case domain.PunchRestored:
		mark(e.Punch, func(o *otherPunch) { o.invalid = false })
	case domain.PunchReviewed:
		mark(e.Punch, func(o *otherPunch) { o.doubted = e.Review != attendance.ReviewApproved })
	case domain.SlotCorrected:
		p.reason = cmp.Or(p.reason, domain.KeptCorrection)
	}
}

// dateOfPunch is the local date of a punch; one whose zone is unknown is dated by UTC.
func dateOfPunch(e domain.PunchRecorded) domain.Date {
	if len(e.Wall) > len(time.DateOnly) {
		return domain.Date(e.Wall[:len(time.DateOnly)])
	}
	zone, err := domain.Zone(e.Zone)
	if err != nil {
		zone = time.UTC
	}
	return domain.DateOf(e.At.Time(), zone)
}

// compareMember notes what people did to a membership; what imports did to it goes with their punches.
func (p *traced) compareMember(r domain.Recorded) {
	switch r.Event.(type) {
	case domain.MemberProvisioned, domain.MemberJoined:
		return
	case domain.MemberLinked:
		p.reason = domain.KeptAccount
	}
	if r.Metadata.Batch == nil {
		p.reason = cmp.Or(p.reason, domain.KeptChanged)
	}
}

// earliest is the first day on which the member punched otherwise, empty for none; lines in doubt say nothing about it. Any says that there is a punch.
func (p *traced) earliest() (first domain.Date, any bool) {
	for _, o := range p.punches {
		if o.invalid {
			continue
		}
		any = true
		if !o.doubted && (first == "" || o.date < first) {
			first = o.date
		}
	}
	return first, any
}

// uses says that the member punched otherwise under a number.
func (p *traced) uses(number string) bool {
	for _, o := range p.punches {
		if !o.invalid && o.number == number {
			return true
		}
	}
	return false
}

// goes says that the import made the member, who has nothing else.
func (p *traced) goes() bool {
	_, any := p.earliest()
	return p.made && !p.gone && !any && p.reason == ""
}

// firstDay is where the first day goes back to, and whether it moves: to where it was, or to the first punch of those that stay.
func (p *traced) firstDay() (domain.Date, bool) {
	first, _ := p.earliest()
	to := p.before
	switch {
	case p.gone, p.made && p.reason != "", !p.made && !p.moved:
		return "", false
	case p.made && first == "":
		return "", false
	case p.made:
		to = first
	case first != "":
		to = min(to, first)
	}
	return to, to > p.joined
}

// stays is what of the import's work stays, and why; empty for nothing.
func (p *traced) stays() (domain.KeptReason, domain.KeptThing) {
	to, moves := p.firstDay()
	switch {
	case p.gone:
	case p.made && !p.goes():
		return cmp.Or(p.reason, domain.KeptPunches), domain.KeptMember
	case !p.made && p.before != "" && !p.moved:
		return domain.KeptChanged, domain.KeptJoined
	case p.moved && !p.made && (!moves || to < p.before):
		return domain.KeptPunches, domain.KeptJoined
	}
	return "", ""
}
