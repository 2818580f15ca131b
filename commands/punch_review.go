package commands

import (
	"context"
	"strings"

	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/domain/wire"
)

// ReviewPunch accepts or rejects a doubtful punch; Stream is the timesheet stream that holds it.
type ReviewPunch struct {
	Member domain.ID `json:"member"`
	Punch  domain.ID `json:"punch"`
	Stream string    `json:"stream"`
	Review string    `json:"review" enum:"approved,rejected"`
	Reason string    `json:"reason,omitempty" format:"multiline"`
}

// Review writes the review beside the punch; nobody reviews their own while another administrator could.
func (s *Punches) Review(ctx context.Context, call ledger.Call, req ReviewPunch) (ledger.Receipt, error) {
	var p domain.Problems
	e := domain.PunchReviewed{Punch: req.Punch, Review: req.Review, Reason: domain.PrivateText(p.FreeText("/reason", req.Reason))}
	if req.Review != attendance.ReviewApproved && req.Review != attendance.ReviewRejected {
		p.Add("/review", "must be approved or rejected")
	}
	if err := p.Err(); err != nil {
		return ledger.Receipt{}, err
	}
	if err := s.find.requireFresh(ctx); err != nil {
		return ledger.Receipt{}, err
	}
	call, own := s.find.aboutOneself(call, req.Member, "self_review", "nobody reviews their own punch; the manager or HR does")
	counts := func(domain.Instant) error { return nil }
	if req.Review == attendance.ReviewApproved && timesheetOf(call.Org, req.Member, req.Stream) {
		var err error
		if counts, err = s.mayCount(ctx, call.Org, req.Member, req.Punch, req.Stream); err != nil {
			return ledger.Receipt{}, err
		}
	}
	return s.onPunch(ctx, call, req.Member, req.Stream, func(st domain.TimesheetState, now domain.Instant) ([]domain.Event, error) {
		if own != nil {
			return nil, own
		}
		if err := counts(now); err != nil {
			return nil, err
		}
		return st.Review(e)
	})
}

// onPunch decides in the stream that holds a punch, after it made sure that the stream is this member's.
func (s *Punches) onPunch(ctx context.Context, call ledger.Call, member domain.ID, stream string, decide func(domain.TimesheetState, domain.Instant) ([]domain.Event, error)) (ledger.Receipt, error) {
	if _, err := s.find.organization(ctx, call.Org); err != nil {
		return ledger.Receipt{}, err
	}
	if _, err := s.find.member(ctx, call.Org, member); err != nil {
		return ledger.Receipt{}, err
	}
	if !timesheetOf(call.Org, member, stream) {
		return ledger.Receipt{}, domain.Refuse("punch_not_found", "there is no such punch")
	}
	call.Subject = member
	r, err := ledger.HandleClient(ctx, s.ledger, call, stream, decide)
	r.ID = member
	return r, err
}

func timesheetOf(org, member domain.ID, stream string) bool {
	name, ok := domain.ParseStream(stream)
	rest, _ := strings.CutPrefix(name.Rest, member.String()+".")
	return ok && name.Category == "timesheet" && name.Org == org && len(rest) == 6 && stream == domain.TimesheetStream(org, member, rest)
}

// PlacePunch locates an older punch again by the rule that holds for it now.
type PlacePunch struct {
	Member domain.ID `json:"member"`
	Punch  domain.ID `json:"punch"`
	Stream string    `json:"stream"`
}

// Place writes PunchPlaced for coordinates that can still be opened (events §3).
func (s *Punches) Place(ctx context.Context, call ledger.Call, req PlacePunch) (ledger.Receipt, error) {
	if !timesheetOf(call.Org, req.Member, req.Stream) {
		return ledger.Receipt{}, domain.Refuse("punch_not_found", "there is no such punch")
	}
	if _, err := s.find.member(ctx, call.Org, req.Member); err != nil {
		return ledger.Receipt{}, err
	}
	placed, err := s.placeAgain(ctx, call.Org, req)
	if err != nil {
		return ledger.Receipt{}, err
	}
	return s.onPunch(ctx, call, req.Member, req.Stream, func(st domain.TimesheetState, _ domain.Instant) ([]domain.Event, error) { return st.Place(placed) })
}

func (s *Punches) placeAgain(ctx context.Context, org domain.ID, req PlacePunch) (domain.PunchPlaced, error) {
	placed := domain.PunchPlaced{Punch: req.Punch}
	_, events, err := ledger.FoldStream[domain.TimesheetState](ctx, s.ledger, req.Stream)
	if err != nil {
		return placed, err
	}
	for _, r := range events {
		if r.ID != req.Punch {
			continue
		}
		punch, err := s.revealed(ctx, r)
		if err != nil {
			return placed, err
		}
		if punch.Lat.IsSealed() || punch.SSID.IsSealed() || punch.BSSID.IsSealed() || punch.IP.IsSealed() {
			return placed, domain.Refuse("punch_erased", "the place of this punch was erased and cannot be judged again")
		}
		rule := s.directory.Standing(org, req.Member, punch.At.Time())
		if rule.Plan == nil {
			return placed, domain.Refuse("rule_not_found", "no rule holds for this member on that day")
		}
		placed.Group, placed.RuleVersion = rule.Group, rule.Version
		placed.PlaceID, placed.NetworkID, placed.DistanceM, _ = attendance.Judge(rule.Plan, valueOf(punch.Lat), valueOf(punch.Lng), textOf(punch.SSID), textOf(punch.BSSID), textOf(punch.IP))
		return placed, nil
	}
	return placed, domain.Refuse("punch_not_found", "there is no such punch")
}

// revealed opens a punch's personal values as far as its key still exists.
func (s *Punches) revealed(ctx context.Context, r domain.Recorded) (domain.PunchRecorded, error) {
	e, err := wire.Reveal(r.Stream, r.ID, r.Metadata.Org, r.Event, s.ledger.Opener(ctx, r.Metadata.KeyID))
	if err != nil {
		return domain.PunchRecorded{}, err
	}
	punch, ok := e.(domain.PunchRecorded)
	if !ok {
		return punch, domain.Refuse("punch_not_found", "there is no such punch")
	}
	return punch, nil
}

func valueOf(s *domain.Sealed[float64]) *float64 {
	if s == nil {
		return nil
	}
	return s.Value
}

func textOf(s *domain.Sealed[string]) string {
	if s == nil || s.Value == nil {
		return ""
	}
	return *s.Value
}
