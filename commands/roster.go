package commands

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// Roster is who works which shift on which date.
type Roster struct {
	ledger    *ledger.Ledger
	directory *directory.Directory
	find      finder
}

// ScheduleShifts sets shifts of members; it touches only the dates it names.
type ScheduleShifts struct {
	Entries []RosterEntry `json:"entries"`
}

// RosterEntry is one member's shifts by date.
type RosterEntry struct {
	Member domain.ID `json:"member"`
	// Shifts are names by date; null is an explicit rest day.
	Shifts map[string]*string `json:"shifts,omitempty"`
	// Cleared dates lose their entry.
	Cleared []domain.Date `json:"cleared,omitempty"`
}

// rosterLimit bounds how many dates one request may name.
const rosterLimit = 10_000

// month is one roster stream of a request.
type month struct {
	stream string
	member domain.ID
	event  domain.ShiftScheduled
}

// Schedule writes one event per member and month; the receipt is the last one's.
func (s *Roster) Schedule(ctx context.Context, call ledger.Call, req ScheduleShifts) (ledger.Receipt, error) {
	if _, err := s.find.organization(ctx, call.Org); err != nil {
		return ledger.Receipt{}, err
	}
	months, err := s.months(ctx, call.Org, req)
	if err != nil {
		return ledger.Receipt{}, err
	}
	var last ledger.Receipt
	for _, m := range months {
		one := call
		one.Subject = m.member
		last, err = ledger.HandleClient(ctx, s.ledger, one, m.stream, func(st domain.RosterState, _ domain.Instant) ([]domain.Event, error) {
			if err := s.checkShifts(call.Org, m.event); err != nil {
				return nil, err
			}
			return st.Schedule(m.event)
		})
		if err != nil {
			return last, err
		}
		last.ID = m.member
	}
	return last, nil
}

// months takes a request apart by stream, in a fixed order.
func (s *Roster) months(ctx context.Context, org domain.ID, req ScheduleShifts) ([]month, error) {
	p := s.find.problems()
	byStream, dates := map[string]*month{}, 0
	for i, entry := range req.Entries {
		if _, err := s.find.member(ctx, org, entry.Member); err != nil {
			return nil, err
		}
		at := func(date domain.Date, pointer string) *domain.ShiftScheduled {
			dates++
			if p.Date(pointer, date, true); !p.Empty() {
				return nil
			}
			year, m := date.YearMonth()
			stream := domain.RosterStream(org, entry.Member, year, m)
			if byStream[stream] == nil {
				byStream[stream] = &month{stream, entry.Member, domain.ShiftScheduled{Member: entry.Member, Shifts: map[domain.Date]*string{}}}
			}
			return &byStream[stream].event
		}
		for date, shift := range entry.Shifts {
			pointer := fmt.Sprintf("/entries/%d/shifts/%s", i, date)
			if e := at(domain.Date(date), pointer); e != nil {
				e.Shifts[domain.Date(date)] = optionalText(&p, pointer, shift, false)
			}
		}
		for k, date := range entry.Cleared {
			if e := at(date, fmt.Sprintf("/entries/%d/cleared/%d", i, k)); e != nil {
				e.Cleared = append(e.Cleared, date)
			}
		}
	}
	if dates == 0 || dates > rosterLimit {
		p.Add("/entries", fmt.Sprintf("must name 1 to %d dates", rosterLimit))
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	var out []month
	for _, stream := range slices.Sorted(maps.Keys(byStream)) {
		out = append(out, *byStream[stream])
	}
	return out, nil
}

// checkShifts refuses a shift that the member's rule of that date does not name; without a rule there is nothing to check.
func (s *Roster) checkShifts(org domain.ID, e domain.ShiftScheduled) error {
	for _, date := range slices.Sorted(maps.Keys(e.Shifts)) {
		shift := e.Shifts[date]
		_, plan, _ := s.directory.Rules.On(org, e.Member, date)
		if shift == nil || plan == nil {
			continue
		}
		if _, ok := plan.Rule.Shifts.Named(*shift); !ok {
			return domain.Refuse("shift_unknown", "the rule of %s names no shift %q; name one of its shifts, or null for rest", date, *shift)
		}
	}
	return nil
}
