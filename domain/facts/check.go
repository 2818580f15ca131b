package facts

import (
	"fmt"

	"github.com/dakahq/daka/domain"
)

// Check says why an event cannot be applied, whatever came before it; nil when it can. Its subject parks then, see Subjects.
func Check(c *Cache, r Recorded) error {
	switch e := r.Event.(type) {
	case domain.PunchRecorded:
		_, err := c.Zone(e.Zone)
		return err
	case domain.SlotCorrected:
		return dates(e.Date)
	case domain.MemberProvisioned:
		return dates(e.Joined)
	case domain.MemberJoined:
		return dates(e.Joined)
	case domain.ShiftScheduled:
		return checkShifts(e)
	case domain.ShiftSwapped:
		return dates(e.Date)
	case domain.HolidayDeclared:
		return dates(e.Date)
	case domain.WorkdayDeclared:
		return dates(e.Date)
	case domain.CalendarYearLoaded:
		return checkYear(e)
	case domain.RuleChanged:
		_, err := planOf(c, r, e)
		return err
	case domain.GroupClosed:
		_, err := r.group()
		return err
	case domain.GroupLinked:
		return checkLink(r, e.From)
	case domain.GroupUnlinked:
		return checkLink(r, e.From)
	case domain.DepartmentChanged:
		if e.From != "" {
			return dates(e.From)
		}
		return nil
	case domain.MakeupCounted:
		_, err := MemberOf(r.Name)
		return err
	}
	if q, is := asked(r.Event); is {
		_, err := q.dates(c)
		return err
	}
	if ofMember(r.Event) {
		return checkMember(r)
	}
	if !other[r.Type] {
		return errUnknown(r)
	}
	return nil
}

func checkLink(r Recorded, from domain.Date) error {
	if _, err := r.group(); err != nil {
		return err
	}
	return dates(from)
}

func errUnknown(r Recorded) error {
	return fmt.Errorf("no read model knows what to do with %s", r.Type)
}

func dates(all ...domain.Date) error {
	for _, d := range all {
		if _, err := parseDate(d); err != nil {
			return err
		}
	}
	return nil
}

// ofMember says that an event names its member by its stream alone.
func ofMember(e domain.Event) bool {
	switch e.(type) {
	case domain.MemberLinked, domain.MemberChanged, domain.MemberLeft, domain.GroupAssigned, domain.RoleGranted, domain.RoleRevoked,
		domain.PenaltyWaived, domain.PenaltyRestored, domain.JoinRequested, domain.JoinApproved, domain.JoinRejected:
		return true
	}
	return false
}

func checkMember(r Recorded) error {
	if r.Name.Category != "member" {
		return errUnknown(r)
	}
	if _, err := MemberOf(r.Name); err != nil {
		return err
	}
	switch e := r.Event.(type) {
	case domain.MemberChanged:
		if e.DepartmentFrom != "" {
			if err := dates(e.DepartmentFrom); err != nil {
				return err
			}
		}
		if e.Joined != nil {
			return dates(*e.Joined)
		}
	case domain.MemberLeft:
		return dates(e.Left)
	case domain.GroupAssigned:
		return dates(e.From)
	case domain.PenaltyWaived:
		return dates(e.Date)
	case domain.PenaltyRestored:
		return dates(e.Date)
	}
	return nil
}

// other are the types that can be applied whatever they say: no day depends on them, or on their words.
var other = map[string]bool{
	"AccountRegistered": true, "AccountChanged": true, "AccountErased": true, "LeaveReserved": true, "LeaveReleased": true,
	"RoleProposed": true, "OwnerRemovalProposed": true,
	"InstallationFounded": true, "KeyStoreReplaced": true, "RollbackDeclared": true,
	"InvitationIssued": true, "InvitationUsed": true, "InvitationRevoked": true, "TokenIssued": true, "TokenRevoked": true,
	"HandleClaimed": true, "HandleReleased": true,
	"AccessRecorded": true, "ClockAdvanced": true, "BadgeAssigned": true, "BadgeReleased": true, "GroupCreated": true,
	"OrganizationCreated": true, "OrganizationChanged": true, "AttendanceEnabled": true, "AttendanceDisabled": true,
	"OwnerAdded": true, "OwnerRemoved": true, "ApproversChanged": true, "MonitoringChanged": true, "LeaveTypeDefined": true,
	"DepartmentAdded": true, "DepartmentChanged": true, "DepartmentClosed": true,
	"PunchPlaced": true, "PunchReviewed": true, "PunchVoided": true, "PunchRestored": true,
	"RequestApproved": true, "RequestRejected": true, "RequestWithdrawn": true, "RequestCancelled": true, "RequestCommented": true,
	"ImportStarted": true, "ImportFinished": true, "ImportReverted": true,
}
