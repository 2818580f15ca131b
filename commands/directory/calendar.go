package directory

import (
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// Calendar gives an organization's holidays and workdays, and the national years it has loaded; never nil.
func (d *Directory) Calendar(org domain.ID) *attendance.Calendar {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	if o := d.state.orgs[org]; o != nil {
		return o.facts.Calendar
	}
	return &attendance.Calendar{}
}
