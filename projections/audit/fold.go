package audit

import (
	"fmt"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/domain/facts"
)

// fold is what one member's days depend on, as far as events were applied.
type fold struct {
	cache  *facts.Cache
	org    *facts.Organization
	member *facts.Member
	// parked are subjects with an event that cannot be applied; what comes behind it has no effect.
	parked map[facts.Subject]bool
}

func newFold(cache *facts.Cache, org, member domain.ID) *fold {
	return &fold{cache, facts.NewOrganization(org), &facts.Member{Org: org, ID: member}, map[facts.Subject]bool{}}
}

// apply applies an event, unless its subject is parked or parks by it; then the answer is false.
func (f *fold) apply(r *record) bool {
	subjects := facts.Subjects(r.Recorded, r.problem == nil)
	if len(f.parked) > 0 {
		for _, s := range subjects {
			if f.parked[s] {
				return false
			}
		}
	}
	if r.problem == nil {
		r.problem = f.evolve(r.Recorded)
	}
	if r.problem != nil {
		f.parked[subjects[0]] = true
	}
	return r.problem == nil
}

func (f *fold) evolve(r facts.Recorded) (err error) {
	defer recovered(&err)
	if err := facts.Check(f.cache, r); err != nil {
		return err
	}
	if err := f.org.Evolve(f.cache, r); err != nil {
		return err
	}
	return f.member.Evolve(f.cache, r)
}

// recovered turns a panic into an error.
func recovered(err *error) {
	if caught := recover(); caught != nil {
		*err = fmt.Errorf("panic: %v", caught)
	}
}

// days assesses a run of dates. One that cannot be assessed has no day, as in the read models.
func (f *fold) days(dates facts.Span) []day {
	days, err := f.assess(dates)
	if err == nil {
		return days
	}
	days = []day{}
	for d := dates.From; d <= dates.To; d++ {
		if one, err := f.assess(facts.Span{From: d, To: d}); err == nil {
			days = append(days, one...)
		}
	}
	return days
}

// assess gives the days that a reader is shown: those of the membership that the clock has reached, and those with a punch.
func (f *fold) assess(dates facts.Span) (days []day, err error) {
	defer recovered(&err)
	days = []day{}
	for _, d := range attendance.Assess(f.member.Facts(f.org, dates.From, dates.To), dates.From, dates.To) {
		if f.member.Reached(f.org, d.Date) || facts.Punched(&d) {
			days = append(days, day{d, f.member.DecidedOwn(d.Date)})
		}
	}
	return days, nil
}
