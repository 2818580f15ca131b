package domain

// Occasion is what a penalty is for: a verdict of a slot, or of a whole day, which has section 0 and no check type (rules 5.2).
type Occasion struct {
	Date      Date
	Section   int
	CheckType CheckType
	When      string
}

// PenaltyWaived takes back what follows from an occasion, with the reason (rules 5.3).
type PenaltyWaived struct {
	Date      Date            `json:"date"`
	Section   int             `json:"section,omitempty"`
	CheckType CheckType       `json:"check_type,omitempty" enum:"OnDuty,OffDuty"`
	When      string          `json:"when" enum:"Late,SeriousLate,Absenteeism,Early,NotSigned,Outside,Absent,HalfDay,Short,NoCalendar,PhotoMissing,DeviceUnbound,Flagged,UnknownShift"`
	Reason    *Sealed[string] `json:"reason,omitempty" text:"lines"`
}

// PenaltyRestored lets a penalty hold again that was waived.
type PenaltyRestored struct {
	Date      Date            `json:"date"`
	Section   int             `json:"section,omitempty"`
	CheckType CheckType       `json:"check_type,omitempty" enum:"OnDuty,OffDuty"`
	When      string          `json:"when" enum:"Late,SeriousLate,Absenteeism,Early,NotSigned,Outside,Absent,HalfDay,Short,NoCalendar,PhotoMissing,DeviceUnbound,Flagged,UnknownShift"`
	Reason    *Sealed[string] `json:"reason,omitempty" text:"lines"`
}

func (PenaltyWaived) EventType() string   { return "PenaltyWaived" }
func (PenaltyRestored) EventType() string { return "PenaltyRestored" }

// Occasion is what the penalty was for.
func (e PenaltyWaived) Occasion() Occasion {
	return Occasion{e.Date, e.Section, e.CheckType, e.When}
}

// Occasion is what the penalty is for.
func (e PenaltyRestored) Occasion() Occasion {
	return Occasion{e.Date, e.Section, e.CheckType, e.When}
}

// evolvePenalties folds what was waived and restored.
func (s MemberState) evolvePenalties(e Event) (MemberState, bool) {
	switch e := e.(type) {
	case PenaltyWaived:
		s.Waived = put(s.Waived, e.Occasion(), true)
	case PenaltyRestored:
		delete(s.Waived, e.Occasion())
	default:
		return s, false
	}
	return s, true
}

// WaivePenalty takes a penalty back; one that is waived already stays as it is.
func (s MemberState) WaivePenalty(e PenaltyWaived) ([]Event, error) {
	switch {
	case !s.Exists:
		return nil, errNoMember()
	case s.Waived[e.Occasion()]:
		return None, nil
	}
	return []Event{e}, nil
}

// RestorePenalty lets a waived penalty hold again; one that holds stays as it is.
func (s MemberState) RestorePenalty(e PenaltyRestored) ([]Event, error) {
	switch {
	case !s.Exists:
		return nil, errNoMember()
	case !s.Waived[e.Occasion()]:
		return None, nil
	}
	return []Event{e}, nil
}
