package sample

import (
	"context"
	"fmt"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
)

// The three shifts of the operations centre; shiftStarts are minutes of the day, each shift lasts eight hours.
const (
	early = "early"
	late  = "late"
	night = "night"
)

var shiftStarts = map[string]int{early: 6 * 60, late: 14 * 60, night: 22 * 60}

// crews is how many crews take turns (四班三运转): on every date each shift has one, and one rests.
const crews = 4

// turns is the eight-day turn of a crew; "" is rest.
var turns = [2 * crews]string{early, early, late, late, night, night, "", ""}

// shiftOn is a crew's shift on a date, "" for rest.
func shiftOn(crew int, date domain.Date) string {
	day := int(date.Time().Unix() / 86400)
	return turns[(day+2*crew)%len(turns)]
}

// rosterAhead is how many days the roster reaches beyond today.
const rosterAhead = 7

// roster plans whole months, as a planner would; a month that is planned stays as it is.
func (f *founder) roster(ctx context.Context) error {
	for from := f.from; from <= f.today().AddDays(rosterAhead); from = nextMonth(from) {
		entries := f.entries(from, nextMonth(from).AddDays(-1))
		if len(entries) == 0 {
			return nil
		}
		_, err := f.service.Roster.Schedule(ctx, f.call("roster-"+string(from[:7])), commands.ScheduleShifts{Entries: entries})
		if err != nil {
			return fmt.Errorf("plan the sample's shifts from %s: %w", from, err)
		}
	}
	return nil
}

// entries are the shifts of those who belong to the operations group; a company that an older program founded has no such group's members.
func (f *founder) entries(from, to domain.Date) (entries []commands.RosterEntry) {
	for _, m := range members() {
		who, _ := f.service.Directory.Member(f.org, f.ids[m.number])
		if group, ok := who.Group(f.today()); !ok || m.group != operations || group != f.ids[fmt.Sprint("group-", operations)] {
			continue
		}
		entry := commands.RosterEntry{Member: f.ids[m.number], Shifts: map[string]*string{}}
		for date := from; date <= to; date = date.AddDays(1) {
			entry.Shifts[string(date)] = nil
			if shift := shiftOn(m.crew, date); shift != "" {
				entry.Shifts[string(date)] = &shift
			}
		}
		entries = append(entries, entry)
	}
	return entries
}
