package attendance

import "time"

// Agenda is what a member sees before punching: the workday, its slots, and what the next punch will be.
type Agenda struct {
	Day           Day
	Zone          string // empty: no rule holds the date
	Places        []Place
	Networks      []Network
	PhotoRequired bool
	Next          *Slot // nil: no punch is expected any more
	Opens         bool  // Next's window is open at the instant asked about
}

// askedPunch marks the punch that Plan asks about; no recorded punch has this id.
const askedPunch = "\x00asked"

// AgendaAt describes the workday that a punch at an instant would belong to, and what that punch would be. Facts.Through and KnownAt are not used:
// the instant is the present.
func AgendaAt(f Facts, instant time.Time) Agenda {
	f.Through, f.KnownAt = instant, time.Time{}
	asked := f
	asked.Punches = append(append([]Punch(nil), f.Punches...), Punch{ID: askedPunch, At: instant})
	first := DateOf(instant.UTC())
	if slot, date := findAsked(Assess(asked, first-2, first+2)); slot != nil {
		agenda := agendaOf(f, date)
		agenda.Next, agenda.Opens = &agenda.Day.Slots[slotIndex(slot)], true
		return agenda
	}
	r := newRun(&f, first, first)
	agenda := agendaOf(f, r.clock.localDate(chooser{r}.frameOf(first).zone, instant.Unix()))
	for i := range agenda.Day.Slots {
		if slot := &agenda.Day.Slots[i]; slot.PunchAt.IsZero() && slot.TimeResult == TimePending {
			agenda.Next = slot
			break
		}
	}
	return agenda
}

func agendaOf(f Facts, d Date) Agenda {
	agenda := Agenda{Day: Assess(f, d, d)[0]}
	c := chooser{&run{facts: &f}}
	if plan, holds := c.planOn(d); holds {
		agenda.Zone = plan.Rule.TimeZone
		agenda.Places, agenda.Networks, agenda.PhotoRequired = plan.Rule.Places, plan.Rule.Networks, plan.Rule.PhotoRequired
	}
	return agenda
}

// findAsked finds the slot that the asked punch would fill.
func findAsked(days []Day) (*Slot, Date) {
	for i := range days {
		for n := range days[i].Slots {
			if days[i].Slots[n].PunchID == askedPunch {
				return &days[i].Slots[n], days[i].Date
			}
		}
	}
	return nil, 0
}

// slotIndex is the place of a slot in its day: two for each section.
func slotIndex(slot *Slot) int {
	index := (slot.Section - 1) * 2
	if slot.CheckType == OffDuty {
		index++
	}
	return index
}
