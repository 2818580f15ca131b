package node

import (
	"cmp"
	"errors"
	"slices"
)

// dense is how many positions an event of a page may stand for until the rest of them is taken for other categories' and not looked at.
const dense = 4

// categoryPage fills the page with the events of some categories between two positions, in order of position. Beyond
// p.next nothing was looked at. Who reads most of the log, as a projector does, must not step over an event that is gone from
// the store: where a page's events stand close together, every position between them must have an event.
func (r *reader) categoryPage(categories []string, from, end int64, p *page) error {
	if err := r.categoryRuns(categories, from, end, p); err != nil {
		return err
	}
	span, found := p.next-from, int64(len(p.events))
	if span == found || span > dense*found {
		return nil
	}
	err := r.allThere(from, p.next)
	var lost *lossError
	if errors.As(err, &lost) && lost.pos > 0 {
		p.endBefore(lost.pos)
	}
	return err
}

// endBefore leaves out what stands at or behind a position.
func (p *page) endBefore(pos int64) {
	keep, _ := slices.BinarySearchFunc(p.events, pos, func(e event, pos int64) int { return cmp.Compare(e.pos, pos) })
	p.events = p.events[:keep]
	p.next = pos
}

// allThere says whether every position from one on and before another has an event; the error names the first without.
func (r *reader) allThere(from, before int64) error {
	q := r.positions
	q.BindInt64(1, from)
	q.BindInt64(2, before)
	defer q.Reset()
	for next := from; next < before; next++ {
		row, err := q.Step()
		if err != nil {
			return unreadable(err, "positions from %d", next)
		}
		if !row || q.Int64(0) != next {
			return missing(next)
		}
	}
	return nil
}

func (r *reader) categoryRuns(categories []string, from, end int64, p *page) error {
	p.reset()
	horizon := end
	for _, name := range categories {
		id, found, err := r.one(r.findCategory, name)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		reached, err := r.categoryRun(id, from, horizon, p)
		if err != nil {
			return err
		}
		horizon = min(horizon, reached)
	}
	slices.SortFunc(p.events, func(a, b event) int { return cmp.Compare(a.pos, b.pos) })
	p.endBefore(horizon + 1)
	return nil
}

// categoryRun adds up to a page of one category's events and says up to where it looked.
func (r *reader) categoryRun(id, from, horizon int64, p *page) (int64, error) {
	q := r.category
	q.BindInt64(1, id)
	q.BindInt64(2, from)
	q.BindInt64(3, horizon)
	q.BindInt64(4, pageEvents)
	defer q.Reset()
	start, n := p.bytes, 0
	for {
		row, err := q.Step()
		if err != nil {
			return 0, unreadable(err, "events from position %d", from)
		}
		if !row {
			if n == pageEvents {
				return p.events[len(p.events)-1].pos, nil
			}
			return horizon, nil
		}
		e, err := r.scan(q, p)
		if err != nil {
			return 0, err
		}
		n++
		if p.bytes-start > pageBytes {
			return e.pos, nil
		}
	}
}
