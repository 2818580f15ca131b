package fold

import (
	"fmt"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/feed"
)

// Ignored are event types that no read model keeps; anything else unknown parks its subject.
var Ignored = map[string]bool{
	"AccountRegistered": true, "AccountChanged": true, "AccountErased": true, "LeaveReserved": true, "LeaveReleased": true,
	"RoleProposed": true, "OwnerRemovalProposed": true,
	"InstallationFounded": true, "KeyStoreReplaced": true, "RollbackDeclared": true,
	"InvitationIssued": true, "InvitationUsed": true, "InvitationRevoked": true, "TokenIssued": true, "TokenRevoked": true,
	"HandleClaimed": true, "HandleReleased": true,
}

// Apply applies one event. An error means that this program cannot apply the event.
func (w *Writer) Apply(r *feed.Record) error {
	if r.Name.Org != (domain.ID{}) {
		w.Orgs[r.Name.Org] = true
	}
	if err := facts.Check(w.cache, r.Fact()); err != nil {
		return err
	}
	switch e := r.Event.(type) {
	case domain.PunchRecorded:
		return timesheets{w}.punch(r, &e)
	case domain.AccessRecorded:
		_, err := accesses{w}.accessed(r)
		return err
	}
	if Ignored[r.Type] {
		return nil
	}
	w.NotOnlyPunches[r.Name.Org] = true
	marks{w}.mark(r.Name.Org, facts.Reach(w.cache, r.Fact()))
	if e, is := r.Event.(domain.ClockAdvanced); is {
		calendars{w}.clock(r, e)
		return nil
	}
	for _, apply := range []func(*feed.Record) (bool, error){
		organizations{w}.organization, members{w}.member, joinings{w}.joining, groups{w}.group, calendars{w}.calendar, rosters{w}.roster, w.Timesheet,
		requests{w}.request, imports{w}.imported,
	} {
		if known, err := apply(r); known {
			return err
		}
	}
	return fmt.Errorf("no read model knows what to do with %s", r.Type)
}
