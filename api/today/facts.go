// Package today turns what the read models know about a member into what Assess takes, so that the punch page says no more than is known: a
// punch has the place, photo and review that were recorded, and approved requests count.
package today

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/query"
)

// Punches lists a member's punches by their dates.
type Punches interface {
	List(ctx context.Context, org, who domain.ID, from, to domain.Date, cursor string, limit int) (query.Page[query.Punch], error)
}

// Requests lists what members asked for.
type Requests interface {
	List(ctx context.Context, org domain.ID, f query.RequestFilter, cursor string, limit int) (query.Page[query.Request], error)
}

// Near names a member and a date; Rules are those of the organization's groups.
type Near struct {
	Org, Member domain.ID
	Date        domain.Date
	Rules       map[domain.ID][]*attendance.Plan
}

// Gather adds the punches and the approved requests around a date to the facts.
func Gather(ctx context.Context, f *attendance.Facts, punches Punches, requests Requests, near Near) error {
	made, err := punches.List(ctx, near.Org, near.Member, near.Date.AddDays(-2), near.Date.AddDays(1), "", 500)
	if err != nil {
		return err
	}
	for i := range made.Items {
		if made.Items[i].Voided {
			continue
		}
		p, err := Punch(&made.Items[i], near.Rules)
		if err != nil {
			return err
		}
		f.Punches = append(f.Punches, p)
	}
	filter := query.RequestFilter{Member: &near.Member, State: attendance.StateApproved, From: near.Date.AddDays(-2), To: near.Date.AddDays(2)}
	asked, err := requests.List(ctx, near.Org, filter, "", 100)
	for i := range asked.Items {
		fact, counts, err := Request(&asked.Items[i])
		if err != nil {
			return err
		}
		if counts {
			f.Requests = append(f.Requests, fact)
		}
	}
	return err
}

// RuleOn is the rule in force for the member on a date, nil without one.
func RuleOn(f *attendance.Facts, date attendance.Date) (rule *attendance.Rule) {
	for _, a := range f.Assignments {
		if a.From > date {
			continue
		}
		rule = nil
		for _, plan := range a.Plans {
			if plan.Rule.EffectiveFrom <= date && (rule == nil || plan.Rule.EffectiveFrom >= rule.EffectiveFrom) {
				rule = plan.Rule
			}
		}
	}
	return rule
}

// Punch is a punch as Assess takes it. Rules are those of the groups that located punches of the organization.
func Punch(p *query.Punch, rules map[domain.ID][]*attendance.Plan) (attendance.Punch, error) {
	var detail struct {
		Group       *domain.ID `json:"group"`
		RuleVersion int        `json:"rule_version"`
		PlaceID     string     `json:"place_id"`
		NetworkID   string     `json:"network_id"`
		Photo       string     `json:"photo"`
		DeviceBound *bool      `json:"device_bound"`
	}
	if err := json.Unmarshal(p.Detail, &detail); err != nil {
		return attendance.Punch{}, fmt.Errorf("read the punch %s: %w", p.ID, err)
	}
	recorded := domain.PunchRecorded{
		Member: p.Member, At: domain.At(p.At), Zone: p.Zone, CheckType: domain.CheckType(p.CheckType), SourceType: domain.SourceType(p.SourceType),
		PlaceID: detail.PlaceID, NetworkID: detail.NetworkID, DeviceBound: detail.DeviceBound, Group: detail.Group, RuleVersion: detail.RuleVersion, Photo: detail.Photo,
	}
	for _, flag := range p.Flags {
		recorded.Flags = append(recorded.Flags, domain.Flag(flag))
	}
	fact, _ := facts.PunchOf(facts.Recorded{Recorded: &domain.Recorded{ID: p.ID, Event: recorded}})
	fact.Review = p.Review
	return fact.Fact(&facts.Organization{Rules: rules}), nil
}

// Request is an approved request as Assess takes it; false for one that changes no day.
func Request(q *query.Request) (attendance.Request, bool, error) {
	var fact attendance.Request
	var err error
	switch kind := attendance.RequestType(q.Type); kind {
	case attendance.Makeup:
		var e domain.MakeupRequested
		if err = json.Unmarshal(q.Detail, &e); err == nil {
			fact, err = facts.MakeupFact(q.ID, e)
		}
	case attendance.Leave, attendance.Trip, attendance.Out, attendance.Overtime:
		var e struct {
			Span domain.Span `json:"span"`
		}
		if err = json.Unmarshal(q.Detail, &e); err == nil {
			fact, err = facts.SpanFact(q.ID, kind, e.Span)
		}
	default:
		return fact, false, nil
	}
	if err != nil {
		return fact, false, fmt.Errorf("read the request %s: %w", q.ID, err)
	}
	fact.State = q.State
	return fact, true, nil
}

// Fill says of which punch a slot is, and what is known of it beside its time.
type Fill struct {
	LocationResult string `json:"location_result" doc:"Normal, Outside or NotSigned, as rules §4; empty where nothing is located"`
	SourceType     string `json:"source_type,omitempty" doc:"APPROVE for a makeup, BOSS for a correction"`
	Minutes        int    `json:"minutes" doc:"how late or early"`
	// Outside is an anomaly: the rule does not accept it, or its review waits.
	Outside      bool `json:"outside" doc:"outside the places, and the rule does not accept it or nobody has yet"`
	PhotoMissing bool `json:"photo_missing"`
	Review       bool `json:"review_waits" doc:"somebody has yet to look at the punch; until then it may count for nothing"`
}

// FillOf looks a slot's punch up among the facts.
func FillOf(slot *attendance.Slot, all *attendance.Facts, rule *attendance.Rule) Fill {
	fill := Fill{LocationResult: string(slot.LocationResult), SourceType: string(slot.SourceType), Minutes: slot.Minutes}
	if rule == nil || slot.PunchAt.IsZero() {
		return fill
	}
	for i := range all.Punches {
		if p := &all.Punches[i]; p.ID == slot.PunchID {
			fill.known(p, rule)
		}
	}
	return fill
}

func (f *Fill) known(p *attendance.Punch, rule *attendance.Rule) {
	outside := f.LocationResult == string(attendance.LocationOutside)
	approve := rule.FieldPunch == attendance.FieldApprove
	f.Outside = outside && rule.FieldPunch != attendance.FieldAccept && (!approve || p.Review != attendance.ReviewApproved)
	f.PhotoMissing = rule.PhotoRequired && p.Photo != nil && !*p.Photo
	f.Review = p.Review == "" && (outside && approve || Waits(p))
}

// Waits says that a flag of a punch keeps it waiting for a review.
func Waits(p *attendance.Punch) bool {
	if p.Review != "" {
		return false
	}
	for _, flag := range p.Flags {
		if flag == attendance.FlagOfflineUnapproved || flag == attendance.FlagClockJump {
			return true
		}
	}
	return false
}
