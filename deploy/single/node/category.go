package node

import (
	"cmp"
	"slices"
)

// categoryPage fills the page with the events of some categories between two positions, in order of position. Beyond
// p.next nothing was looked at.
func (r *reader) categoryPage(categories []string, from, end int64, p *page) error {
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
	keep, _ := slices.BinarySearchFunc(p.events, horizon+1, func(e event, pos int64) int { return cmp.Compare(e.pos, pos) })
	p.events = p.events[:keep]
	p.next = horizon + 1
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
