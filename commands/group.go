package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// Groups are the attendance groups of an organization and their rules.
type Groups struct {
	ledger    *ledger.Ledger
	directory *directory.Directory
	find      finder
}

// CreateGroup makes an attendance group, with its first rule if it is given.
type CreateGroup struct {
	Name string          `json:"name"`
	Rule json.RawMessage `json:"rule,omitempty"`
}

// Create makes a group; the receipt's id is the group's.
func (s *Groups) Create(ctx context.Context, call ledger.Call, req CreateGroup) (ledger.Receipt, error) {
	p := s.find.problems()
	e := domain.GroupCreated{Group: domain.ServerID("group", call.CommandID), Name: p.Text("/name", req.Name, true)}
	if err := p.Err(); err != nil {
		return ledger.Receipt{}, err
	}
	var rule *attendance.Rule
	if len(req.Rule) > 0 {
		var err error
		if rule, req.Rule, err = parseRule(s.find.problems(), req.Rule, "/rule"); err != nil {
			return ledger.Receipt{}, err
		}
	}
	if _, err := s.find.organization(ctx, call.Org); err != nil {
		return ledger.Receipt{}, err
	}
	call.Subject = e.Group
	r, err := ledger.HandleClient(ctx, s.ledger, call, domain.GroupStream(call.Org, e.Group), func(st domain.GroupState, _ domain.Instant) ([]domain.Event, error) {
		if rule == nil {
			return st.Create(e, nil, "")
		}
		return st.Create(e, req.Rule, domain.Date(rule.EffectiveFrom.String()))
	})
	r.ID = e.Group
	if err != nil {
		return r, err
	}
	return r, s.loadHolidays(ctx, call, r, rule)
}

// ChangeRule publishes a whole rule document for a group.
type ChangeRule struct {
	Group domain.ID       `json:"-"`
	Rule  json.RawMessage `json:"rule"`
}

// ChangeRule publishes a rule as the group's next version; it holds from the document's effective_from on. The receipt's id is the group's.
func (s *Groups) ChangeRule(ctx context.Context, call ledger.Call, req ChangeRule) (ledger.Receipt, error) {
	rule, raw, err := parseRule(s.find.problems(), req.Rule, "")
	if err != nil {
		return ledger.Receipt{}, err
	}
	if _, err := s.find.organization(ctx, call.Org); err != nil {
		return ledger.Receipt{}, err
	}
	call.Subject = req.Group
	r, err := ledger.HandleClient(ctx, s.ledger, call, domain.GroupStream(call.Org, req.Group), func(st domain.GroupState, _ domain.Instant) ([]domain.Event, error) {
		from := domain.Date(rule.EffectiveFrom.String())
		events, err := st.ChangeRule(raw, from)
		if err == nil && len(events) > 0 {
			err = withinExtent(s.ruleExtent(call.Org, req.Group, from))
		}
		return events, err
	})
	r.ID = req.Group
	if err != nil {
		return r, err
	}
	return r, s.loadHolidays(ctx, call, r, rule)
}

// CheckRule validates a rule document as publishing it would, and writes nothing.
func CheckRule(raw json.RawMessage) error {
	_, _, err := parseRule(domain.Problems{}, raw, "")
	return err
}

// parseRule validates a document, and gives it with its texts in the form in which they are stored; every problem names its field and
// the mend. p knows the day of the command.
func parseRule(p domain.Problems, raw json.RawMessage, pointer string) (*attendance.Rule, json.RawMessage, error) {
	raw = domain.NormalJSON(&p, pointer, raw, domain.RuleLines)
	rule, err := readRule(raw, pointer)
	if err != nil && p.Empty() {
		return nil, nil, err
	}
	if rule != nil {
		p.Date(pointer+"/effective_from", domain.Date(rule.EffectiveFrom.String()), true)
		for date := range rule.SpecialDays {
			p.Date(pointer+"/special_days/"+date.String(), domain.Date(date.String()), true)
		}
	}
	return rule, raw, p.Err()
}

// fieldOf names a field of a rule that stands at pointer in a request; the rule's own fields are told as a path.
func fieldOf(pointer, field string) string {
	if pointer == "" || field == "" {
		return pointer + field
	}
	return pointer + "/" + field
}

func readRule(raw json.RawMessage, pointer string) (*attendance.Rule, error) {
	rule, err := attendance.ParseRule(raw)
	if err == nil {
		_, err = rule.Compile()
	}
	var invalid *attendance.Invalid
	if errors.As(err, &invalid) {
		refusal := &domain.Refusal{Code: "rule_invalid", Text: "the rule cannot be used: " + invalid.Error()}
		for _, problem := range invalid.Problems {
			refusal.Fields = append(refusal.Fields, domain.FieldProblem{Pointer: fieldOf(pointer, problem.Field), Text: problem.Message})
		}
		return nil, refusal
	}
	if err != nil {
		return nil, domain.Refuse("rule_invalid", "the rule cannot be used: %v", err)
	}
	return rule, nil
}

// loadHolidays brings the shipped years into the ledger when a rule asks for a country's holidays, so that a release never changes history.
func (s *Groups) loadHolidays(ctx context.Context, call ledger.Call, published ledger.Receipt, rule *attendance.Rule) error {
	if rule == nil || rule.Holidays != attendance.HolidaysChina || len(published.Events) == 0 {
		return nil
	}
	for _, e := range shippedYears() {
		load := call.Effect(published.Events[len(published.Events)-1], e.Year)
		load.Subject = call.Org
		_, err := ledger.HandleClient(ctx, s.ledger, load, domain.CalendarStream(call.Org), func(st domain.CalendarState, _ domain.Instant) ([]domain.Event, error) {
			if _, loaded := st.Years[domain.CalendarKey(e.Country, e.Year)]; loaded {
				return domain.None, nil
			}
			return st.LoadYear(e)
		})
		if err != nil {
			return fmt.Errorf("load the holidays of %s %d: %w", e.Country, e.Year, err)
		}
	}
	return nil
}

// CloseGroup ends a group without members.
type CloseGroup struct {
	Group domain.ID `json:"-"`
}

// Close ends a group; members that belong to it now or later must move first.
func (s *Groups) Close(ctx context.Context, call ledger.Call, req CloseGroup) (ledger.Receipt, error) {
	if _, err := s.find.organization(ctx, call.Org); err != nil {
		return ledger.Receipt{}, err
	}
	call.Subject = req.Group
	r, err := ledger.HandleClient(ctx, s.ledger, call, domain.GroupStream(call.Org, req.Group), func(st domain.GroupState, now domain.Instant) ([]domain.Event, error) {
		today := domain.Date(now.String()[:10])
		return st.Close(s.membersOf(call.Org, req.Group, today), today)
	})
	r.ID = req.Group
	return r, err
}

func (s *Groups) membersOf(org, group domain.ID, date domain.Date) int {
	count := 0
	for _, m := range s.directory.Members(org) {
		if m.EverIn(group, max(date, m.Joined)) && (m.Left == "" || m.Left >= date) {
			count++
		}
	}
	return count
}
