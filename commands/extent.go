package commands

import (
	"time"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/domain"
)

// extentLimit is how many days of members one command of a person may make the read models assess again. Imports bring their days in slices
// as they come, and what is below the limit is assessed in slices, too: the dashboard's dirty counts the members who wait.
const extentLimit = 1_000_000

// withinExtent refuses a command that would touch too many days of members.
func withinExtent(days int) error {
	if days <= extentLimit {
		return nil
	}
	return domain.Refuse("too_many_days", "this would assess %d days of members again, more than the %d that one command may touch; choose a later first date, or divide the members into smaller groups", days, extentLimit)
}

// ruleExtent counts the days up to now that a rule of a group holds from a date on: of everybody who ever was in the group.
func (s *Groups) ruleExtent(org, group domain.ID, from domain.Date) (days int) {
	today := domain.DateOf(s.ledger.Clock(), time.UTC).AddDays(1)
	for _, m := range s.directory.Members(org) {
		first := domain.Date("")
		for _, a := range m.Groups {
			if a.Group == group && first == "" {
				first = max(a.From, domain.FirstDate)
			}
		}
		if first != "" {
			days += daysBetween(max(from, first, m.Joined), lastDayOf(m, today))
		}
	}
	return days
}

// extent counts the days of members that lie on the dates of calendar events and have come.
func (s *Calendar) extent(org domain.ID, events []domain.Event) (days int) {
	today := domain.DateOf(s.ledger.Clock(), time.UTC).AddDays(1)
	var dates []domain.Date
	for _, event := range events {
		switch e := event.(type) {
		case domain.HolidayDeclared:
			dates = append(dates, e.Date)
		case domain.WorkdayDeclared:
			dates = append(dates, e.Date)
		case domain.CalendarYearLoaded:
			for date := range e.Holidays {
				dates = append(dates, date)
			}
			for date := range e.Workdays {
				dates = append(dates, date)
			}
		}
	}
	for _, m := range s.directory.Members(org) {
		for _, date := range dates {
			if m.Joined <= date && date <= lastDayOf(m, today) {
				days++
			}
		}
	}
	return days
}

func lastDayOf(m directory.Member, today domain.Date) domain.Date {
	if m.Left != "" {
		return min(m.Left, today)
	}
	return today
}

// daysBetween counts dates, both inclusive; none when they are not in order.
func daysBetween(from, to domain.Date) int {
	return max(0, int(to.Time().Sub(from.Time())/(24*time.Hour))+1)
}
