package node

// verdict is what becomes of a write.
type verdict int

const (
	verdictWrite verdict = iota
	verdictRepeat
	verdictWrong
	verdictDeleted
)

// decision carries the verdict; for a repeat the original last revision and position, for a refusal the head.
type decision struct {
	verdict verdict
	rev     int64
	pos     int64
	revive  bool // the stream is softly deleted and this write brings it back
}

// decider finds out what becomes of a write, as the stream stands; it changes nothing.
type decider struct{ w *writer }

// decide follows EventStoreDB's CheckCommit line by line (reliability §1.1): tombstone, existence, ids, revision.
func (d decider) decide(s *stream, expected int64, ids [][16]byte) (decision, error) {
	gone, err := d.w.tombstoned(s)
	if err != nil || gone {
		return decision{verdict: verdictDeleted}, err
	}
	if expected == streamExists {
		if s.softDeleted() {
			return decision{verdict: verdictDeleted}, nil
		}
		if s.head < 0 && !s.hasMeta {
			return decision{verdict: verdictWrong, rev: s.head}, nil
		}
	}
	if expected == anyRevision || expected == streamExists {
		return d.byIDs(s, ids), nil
	}
	switch {
	case expected < s.head:
		return d.byPlace(s, expected, ids)
	case expected > s.head:
		return decision{verdict: verdictWrong, rev: s.head}, nil
	}
	return decision{verdict: verdictWrite, revive: s.softDeleted()}, nil
}

func (d decider) byIDs(s *stream, ids [][16]byte) decision {
	var last written
	for i, id := range ids {
		at, known := d.w.ids.at[id]
		if !known || at.stream != s.id || s.id == 0 {
			if i > 0 {
				return decision{verdict: verdictWrong, rev: s.head}
			}
			return decision{verdict: verdictWrite, revive: s.softDeleted()}
		}
		last = at
	}
	if len(ids) == 0 {
		return decision{verdict: verdictWrite, revive: s.softDeleted()}
	}
	return decision{verdict: verdictRepeat, rev: last.rev, pos: last.pos}
}

func (d decider) byPlace(s *stream, expected int64, ids [][16]byte) (decision, error) {
	rev, pos := expected, int64(0)
	for _, id := range ids {
		rev++
		at, known, err := d.w.place(s, rev)
		if err != nil {
			return decision{}, err
		}
		if known && at.id == id {
			pos = at.pos
			continue
		}
		if rev == expected+1 && expected == noStream && s.softDeleted() {
			return decision{verdict: verdictWrite, revive: true}, nil
		}
		return decision{verdict: verdictWrong, rev: s.head}, nil
	}
	if len(ids) == 0 {
		return decision{verdict: verdictWrong, rev: s.head}, nil
	}
	return decision{verdict: verdictRepeat, rev: rev, pos: pos}, nil
}
