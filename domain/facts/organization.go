package facts

import (
	"fmt"
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// Organization is what all members of an organization share: the rules of groups, the departments that groups take, the calendar, the clock. Evolve
// replaces the calendar and the lists of rules and never changes them, so that they may be kept while it goes on.
type Organization struct {
	ID domain.ID
	// Rules are those of each group, by version.
	Rules map[domain.ID][]*attendance.Plan
	// Calendar is never nil.
	Calendar *attendance.Calendar
	// Through is how far the clock has come; see NoClock.
	Through time.Time
	// Months say on which day attendance months begin.
	Months domain.AttendanceMonths
	groups map[domain.ID]bool
	tree   tree
}

// NoClock stands for an organization whose clock has not started: nothing is over, while a zero time would mean that everything is.
func NoClock() time.Time { return time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC) }

// NewOrganization is an organization of which nothing is known yet.
func NewOrganization(id domain.ID) *Organization {
	return &Organization{ID: id, Rules: map[domain.ID][]*attendance.Plan{}, Calendar: newCalendar(), Through: NoClock(), groups: map[domain.ID]bool{}}
}

// Evolve applies an event that Check takes; one that tells nothing about the organization's rules, calendar or clock changes nothing. The error
// says that it contradicts what came before: then nothing changed, and the event's subject parks.
func (o *Organization) Evolve(c *Cache, r Recorded) error {
	switch e := r.Event.(type) {
	case domain.GroupCreated:
		if o.groups[e.Group] {
			return fmt.Errorf("group %s was created before", e.Group)
		}
		o.groups[e.Group] = true
	case domain.OrganizationChanged:
		if e.FirstDay != nil {
			o.Months = o.Months.With(*e.FirstDay)
		}
	case domain.RuleChanged:
		return o.publish(c, r, e)
	case domain.HolidayDeclared:
		o.declare(holidays, e.Date, e.Name, e.Withdrawn)
	case domain.WorkdayDeclared:
		o.declare(workdays, e.Date, e.Shift, e.Withdrawn)
	case domain.CalendarYearLoaded:
		o.loadYear(e)
	case domain.ClockAdvanced:
		if through := e.Through.Time(); through.After(o.Through) {
			o.Through = through
		}
	default:
		o.tree.evolve(r)
	}
	return nil
}

// Started says that the clock has advanced once.
func (o *Organization) Started() bool { return !o.Through.Equal(NoClock()) }
