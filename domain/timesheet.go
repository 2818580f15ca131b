package domain

import "slices"

// TimesheetState is one stream of punches, reviews and corrections; its month is an address, no business month (events §1).
type TimesheetState struct {
	// Punches are by event id.
	Punches map[ID]PunchState
}

// PunchState is what became of a punch.
type PunchState struct {
	// Batch is the import that brought it, nil for none.
	Batch  *ID
	Review string
	Voided bool
	Placed *PunchPlaced
}

// Evolve folds one event.
func (s TimesheetState) Evolve(r Recorded) TimesheetState {
	switch e := r.Event.(type) {
	case PunchRecorded:
		s.Punches = put(s.Punches, r.ID, PunchState{Batch: r.Metadata.Batch})
	case PunchReviewed:
		s.change(e.Punch, func(p *PunchState) { p.Review = e.Review })
	case PunchVoided:
		s.change(e.Punch, func(p *PunchState) { p.Voided = true })
	case PunchRestored:
		s.change(e.Punch, func(p *PunchState) { p.Voided = false })
	case PunchPlaced:
		s.change(e.Punch, func(p *PunchState) { p.Placed = &e })
	}
	return s
}

func (s TimesheetState) change(punch ID, with func(*PunchState)) {
	if p, known := s.Punches[punch]; known {
		with(&p)
		s.Punches[punch] = p
	}
}

func errNoPunch() error { return Refuse("punch_not_found", "there is no such punch") }

// Review accepts or rejects a doubtful punch; the reviews "approved" and "rejected" may replace each other.
func (s TimesheetState) Review(e PunchReviewed) ([]Event, error) {
	p, known := s.Punches[e.Punch]
	switch {
	case !known:
		return nil, errNoPunch()
	case p.Review == e.Review:
		return None, nil
	}
	return []Event{e}, nil
}

// Place judges an older punch's place again (events §3).
func (s TimesheetState) Place(e PunchPlaced) ([]Event, error) {
	p, known := s.Punches[e.Punch]
	switch {
	case !known:
		return nil, errNoPunch()
	case p.Placed != nil && samePlace(*p.Placed, e):
		return None, nil
	}
	return []Event{e}, nil
}

func samePlace(a, b PunchPlaced) bool {
	return a.PlaceID == b.PlaceID && a.NetworkID == b.NetworkID && a.RuleVersion == b.RuleVersion &&
		sameValue(a.DistanceM, b.DistanceM) && sameValue(a.Group, b.Group)
}

func sameValue[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// Void takes a punch of a reverted import out of the days.
func (s TimesheetState) Void(e PunchVoided) ([]Event, error) {
	p, known := s.Punches[e.Punch]
	switch {
	case !known:
		return nil, errNoPunch()
	case p.Voided:
		return None, nil
	}
	return []Event{e}, nil
}

// Restore puts a voided punch back.
func (s TimesheetState) Restore(e PunchRestored) ([]Event, error) {
	p, known := s.Punches[e.Punch]
	switch {
	case !known:
		return nil, errNoPunch()
	case !p.Voided:
		return None, nil
	}
	return []Event{e}, nil
}

// Voided are the punches of the stream that are out of the days now, in order of id.
func (s TimesheetState) Voided() []ID {
	var ids []ID
	for id, p := range s.Punches {
		if p.Voided {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b ID) int { return slices.Compare(a[:], b[:]) })
	return ids
}
