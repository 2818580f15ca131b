package domain

import "slices"

// TimesheetState is one stream of punches, reviews and corrections; its month is an address, no business month (events §1).
// Thousands of them are kept in memory, so a punch to which nothing happened takes little.
type TimesheetState struct {
	// punches gives, by event id, the import that brought the punch: its place in batches from 1, 0 for none.
	punches map[ID]uint32
	batches []ID
	// marked are the punches to which something happened, without their import.
	marked map[ID]PunchState
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
		return s.record(r)
	case PunchReviewed:
		return s.mark(e.Punch, func(p *PunchState) { p.Review = e.Review })
	case PunchVoided:
		return s.mark(e.Punch, func(p *PunchState) { p.Voided = true })
	case PunchRestored:
		return s.mark(e.Punch, func(p *PunchState) { p.Voided = false })
	case PunchPlaced:
		return s.mark(e.Punch, func(p *PunchState) { p.Placed = &e })
	}
	return s
}

func (s TimesheetState) record(r Recorded) TimesheetState {
	var batch uint32
	if b := r.Metadata.Batch; b != nil {
		at := slices.Index(s.batches, *b)
		if at < 0 {
			at = len(s.batches)
			s.batches = append(s.batches, *b)
		}
		batch = uint32(at + 1)
	}
	s.punches = put(s.punches, r.ID, batch)
	return s
}

func (s TimesheetState) mark(punch ID, with func(*PunchState)) TimesheetState {
	if _, known := s.punches[punch]; known {
		p := s.marked[punch]
		with(&p)
		s.marked = put(s.marked, punch, p)
	}
	return s
}

// Punch is what became of a punch of the stream; false for none of its own.
func (s TimesheetState) Punch(id ID) (PunchState, bool) {
	batch, known := s.punches[id]
	if !known {
		return PunchState{}, false
	}
	p := s.marked[id]
	if batch > 0 {
		p.Batch = &s.batches[batch-1]
	}
	return p, true
}

func errNoPunch() error { return Refuse("punch_not_found", "there is no such punch") }

// Review accepts or rejects a doubtful punch; the reviews "approved" and "rejected" may replace each other.
func (s TimesheetState) Review(e PunchReviewed) ([]Event, error) {
	p, known := s.Punch(e.Punch)
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
	p, known := s.Punch(e.Punch)
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
	p, known := s.Punch(e.Punch)
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
	p, known := s.Punch(e.Punch)
	switch {
	case !known:
		return nil, errNoPunch()
	case !p.Voided:
		return None, nil
	}
	return []Event{e}, nil
}
