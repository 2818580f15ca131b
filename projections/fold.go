package projections

import (
	"fmt"

	"github.com/dakahq/daka/domain"
)

// ignored are event types that no read model keeps; anything else unknown parks its subject.
var ignored = map[string]bool{
	"AccountRegistered": true, "AccountChanged": true, "AccountErased": true, "LeaveReserved": true, "LeaveReleased": true,
	"RoleProposed": true, "OwnerRemovalProposed": true,
	"InstallationFounded": true, "KeyStoreReplaced": true, "RollbackDeclared": true,
	"InvitationIssued": true, "InvitationUsed": true, "InvitationRevoked": true, "TokenIssued": true, "TokenRevoked": true,
	"HandleClaimed": true, "HandleReleased": true,
}

// fold applies one event to the writer. An error means that this program cannot apply the event.
func (w *writer) fold(r *record) error {
	if r.name.Org != (domain.ID{}) {
		w.orgs[r.name.Org] = true
	}
	switch e := r.Event.(type) {
	case domain.PunchRecorded:
		return w.punch(r, &e)
	case domain.AccessRecorded:
		_, err := w.accessed(r)
		return err
	}
	if ignored[r.Type] {
		return nil
	}
	w.other[r.name.Org] = true
	switch e := r.Event.(type) {
	case domain.ClockAdvanced:
		return w.clock(r, e)
	}
	for _, apply := range []func(*record) (bool, error){
		w.organization, w.member, w.joining, w.group, w.calendar, w.roster, w.timesheet, w.request, w.imported,
	} {
		if known, err := apply(r); known {
			return err
		}
	}
	return fmt.Errorf("no read model knows what to do with %s", r.Type)
}
