package domain

// BadgeAssigned gives a number to a member from a local date on, inclusive; an earlier From of the same member extends the holding back.
type BadgeAssigned struct {
	Number string `json:"number"`
	Member ID     `json:"member"`
	From   Date   `json:"from"`
}

// BadgeReleased ends the holding; Until is the last day, inclusive.
type BadgeReleased struct {
	Number string `json:"number" text:"kept"`
	Member ID     `json:"member"`
	Until  Date   `json:"until"`
}

func (BadgeAssigned) EventType() string { return "BadgeAssigned" }
func (BadgeReleased) EventType() string { return "BadgeReleased" }

// BadgeState is who held a number, in the order in which it was given.
type BadgeState struct {
	Holdings []Holding
	// Next is the revision of the next event, which names a provisioned member (events §1).
	Next uint64
}

// Holding is a stretch of dates in which a member has the number, both inclusive; Until empty is open.
type Holding struct {
	Member      ID
	From, Until Date
}

// Evolve folds one event.
func (s BadgeState) Evolve(r Recorded) BadgeState {
	s.Next = r.Revision + 1
	switch e := r.Event.(type) {
	case BadgeAssigned:
		if last := s.last(); last != nil && last.Member == e.Member && last.Until == "" {
			last.From = min(last.From, e.From)
			return s
		}
		s.Holdings = append(s.Holdings, Holding{Member: e.Member, From: e.From})
	case BadgeReleased:
		if last := s.last(); last != nil && last.Member == e.Member {
			last.Until = e.Until
		}
	}
	return s
}

func (s BadgeState) last() *Holding {
	if len(s.Holdings) == 0 {
		return nil
	}
	return &s.Holdings[len(s.Holdings)-1]
}

// Holder is who has the number now, if anyone.
func (s BadgeState) Holder() (ID, bool) {
	if last := s.last(); last != nil && last.Until == "" {
		return last.Member, true
	}
	return ID{}, false
}

// HolderOn is who has the number on a date. A date that nobody holds belongs to the holder before it, else to the first one: no punch is lost.
func (s BadgeState) HolderOn(date Date) (ID, bool) { return HolderOn(s.Holdings, date) }

// HolderOn is who of the holders of one number has it on a date; see BadgeState.HolderOn.
func HolderOn(holdings []Holding, date Date) (ID, bool) {
	if len(holdings) == 0 {
		return ID{}, false
	}
	best := holdings[0]
	for _, h := range holdings {
		if h.From <= date && h.From >= best.From {
			best = h
		}
	}
	return best.Member, true
}

// Assign gives the number to a member from a date on; taken numbers are refused. The same member's earlier date extends the holding back.
func (s BadgeState) Assign(number string, member ID, from Date) ([]Event, error) {
	last := s.last()
	switch {
	case last != nil && last.Until == "" && last.Member == member && from >= last.From:
		return None, nil
	case last != nil && last.Until == "" && last.Member == member:
		if err := s.freeBefore(number, last.From, from); err != nil {
			return nil, err
		}
	case last != nil && last.Until == "":
		return nil, Refuse("number_taken", "the number %s belongs to another member; release it or choose another", number)
	case last != nil && from <= last.Until:
		return nil, Refuse("number_taken", "the number %s belonged to another member until %s; begin after that date", number, last.Until)
	}
	return []Event{BadgeAssigned{Number: number, Member: member, From: from}}, nil
}

// freeBefore checks that the days from `from` to the present start of the last holding were nobody else's.
func (s BadgeState) freeBefore(number string, start, from Date) error {
	for _, h := range s.Holdings[:len(s.Holdings)-1] {
		if h.Until >= from && h.From < start {
			return Refuse("number_taken", "the number %s belonged to another member until %s; begin after that date", number, h.Until)
		}
	}
	return nil
}

// Provision gives the number to a new member, whose id follows from the badge's revision (events §1).
func (s BadgeState) Provision(org ID, number string, from Date) ([]Event, error) {
	return s.Assign(number, ProvisionedMemberID(org, number, s.Next), from)
}

// Release ends the holding of a member on a date, inclusive.
func (s BadgeState) Release(number string, member ID, until Date) ([]Event, error) {
	last := s.last()
	if last == nil || last.Member != member || last.Until != "" {
		return None, nil
	}
	return []Event{BadgeReleased{Number: number, Member: member, Until: max(until, last.From)}}, nil
}
