package commands

import (
	"context"
	"time"

	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// CorrectSlot is an administrator's correction (BOSS) of one slot; the reason belongs to it.
type CorrectSlot struct {
	Member    domain.ID        `json:"-"`
	Date      domain.Date      `json:"date"`
	Section   int              `json:"section,omitempty" minimum:"0" maximum:"100"` // from 1; 0 is 1
	CheckType domain.CheckType `json:"check_type" enum:"OnDuty,OffDuty"`
	At        time.Time        `json:"at"`
	Zone      string           `json:"zone,omitempty"`
	Reason    string           `json:"reason" format:"multiline"`
}

// CorrectSlot writes SlotCorrected; the raw punches stay. Nobody corrects their own slot while another administrator could.
func (s *Punches) CorrectSlot(ctx context.Context, call ledger.Call, req CorrectSlot) (ledger.Receipt, error) {
	if req.Section == 0 {
		req.Section = 1
	}
	p := s.find.problems()
	slot := checkSlot(&p, req.Date, req.Section, req.CheckType, req.At)
	e := domain.SlotCorrected{
		Member: req.Member, Date: req.Date, Section: req.Section, CheckType: req.CheckType, At: slot, Zone: req.Zone,
		Reason: domain.PrivateText(p.FreeText("/reason", req.Reason)),
	}
	if e.Reason == nil {
		p.Add("/reason", "is empty; write why the slot is corrected")
	}
	if err := p.Err(); err != nil {
		return ledger.Receipt{}, err
	}
	if _, err := s.find.organization(ctx, call.Org); err != nil {
		return ledger.Receipt{}, err
	}
	m, err := s.find.member(ctx, call.Org, req.Member)
	if err != nil {
		return ledger.Receipt{}, err
	}
	if e.Zone, err = s.find.zoneGiven(call.Org, m, req.Zone, req.At); err != nil {
		return ledger.Receipt{}, err
	}
	month, err := domain.CommandMonth(call.CommandID)
	if err != nil {
		return ledger.Receipt{}, err
	}
	call.Subject = req.Member
	call, own := s.find.aboutOneself(call, req.Member, "self_correction", "nobody corrects their own slot; another administrator must, or ask for a makeup")
	r, err := ledger.HandleClient(ctx, s.ledger, call, domain.TimesheetStream(call.Org, req.Member, month), func(_ domain.TimesheetState, now domain.Instant) ([]domain.Event, error) {
		if own != nil {
			return nil, own
		}
		return []domain.Event{e}, counted(m, req.Date, dateIn(e.Zone, now))
	})
	r.ID = req.Member
	return r, err
}

// sectionLimit is far beyond the sections of any shift.
const sectionLimit = 100

// checkSlot checks which slot of which day is meant; a slot's time lies at most two days from its workday.
func checkSlot(p *domain.Problems, date domain.Date, section int, check domain.CheckType, at time.Time) domain.Instant {
	p.Date("/date", date, true)
	p.Within("/section", float64(section), 1, sectionLimit)
	if check != domain.OnDuty && check != domain.OffDuty {
		p.Add("/check_type", "must be OnDuty or OffDuty")
	}
	if at.IsZero() {
		p.Add("/at", "is missing; give the instant with its offset")
	} else if away := at.Sub(date.Time()); away < -48*time.Hour || away > 96*time.Hour {
		p.Add("/at", "must lie on the workday or next to it")
	}
	return domain.At(at)
}
