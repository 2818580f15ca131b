package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/domain"
)

// sixRoles are the roles of design §6, in the order of the matrix.
var sixRoles = []who.Role{domain.RoleOwner, domain.RoleHR, domain.RoleManager, domain.RoleEmployee, domain.RoleAuditor, domain.RoleDevice}

// firm is an organization with a person of every role in one department, and people in another.
type firm struct {
	w                 *walls
	org               domain.ID
	sales, works      domain.ID // departments
	office, shop      domain.ID // groups, of sales and of works
	people            map[who.Role]person
	teammate, outside person
	requests          map[domain.ID]domain.ID // a request of each member
}

// matrixDate is the day before yesterday: over in every zone.
func matrixDate() string { return time.Now().UTC().AddDate(0, 0, -2).Format(time.DateOnly) }

// found makes a firm whose people have punches, days, a roster and a request each.
func (w *walls) found(name string) *firm {
	w.t.Helper()
	f := &firm{w: w, people: map[who.Role]person{}, requests: map[domain.ID]domain.ID{}}
	f.org = w.must("POST", "/orgs", `{"name":"`+name+`"}`)
	w.must("PUT", f.path("/attendance"), `{"enabled":true}`)
	f.sales, f.works = w.must("POST", f.path("/departments"), `{"name":"Sales"}`), w.must("POST", f.path("/departments"), `{"name":"Works"}`)
	const rule = `{"name":%q,"time_zone":"UTC","effective_from":"2026-01-01","shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}}}`
	f.office = w.must("POST", f.path("/groups"), `{"name":"Office","rule":`+fmt.Sprintf(rule, "Office")+`}`)
	f.shop = w.must("POST", f.path("/groups"), `{"name":"Shop","rule":`+fmt.Sprintf(rule, "Shop")+`}`)
	for _, r := range sixRoles {
		f.people[r] = f.hire(name+"-"+string(r), f.sales, f.office, r)
	}
	f.teammate, f.outside = f.hire(name+"-teammate", f.sales, f.office, ""), f.hire(name+"-outside", f.works, f.shop, "")
	w.write(f.org, domain.ClockStream(f.org, domain.At(time.Now())), f.org, domain.ClockAdvanced{Through: domain.At(time.Now())})
	return f
}

// path is under the firm's organization.
func (f *firm) path(rest string) string { return "/orgs/" + f.org.String() + rest }

func (f *firm) hire(number string, department, group domain.ID, r who.Role) person {
	w := f.w
	var roles []domain.RoleGranted
	switch r {
	case "", domain.RoleOwner, domain.RoleEmployee:
	case domain.RoleManager:
		roles = append(roles, domain.RoleGranted{Role: r, Department: &department})
	default:
		roles = append(roles, role(r))
	}
	p := w.join(f.org, number, &department, roles...)
	if r == domain.RoleOwner {
		w.write(f.org, domain.OrgStream(f.org), f.org, domain.OwnerAdded{Member: p.member})
	}
	date := matrixDate()
	w.must("PUT", f.path("/members/"+p.member.String()+"/group"), `{"group":"`+group.String()+`","from":"2026-01-01"}`)
	w.must("PUT", f.path("/roster"), `{"entries":[{"member":"`+p.member.String()+`","shifts":{"`+date+`":"day"}}]}`)
	w.must("POST", f.path("/punches"), `{"member":"`+p.member.String()+`","source_type":"ATM","wall":"`+date+`T09:30:00","zone":"UTC","lat":31.2,"lng":121.4,"address":"Secret street","note":"Secret note"}`)
	f.requests[p.member] = f.request(p.member)
	return p
}

// request makes a fresh pending request of a member.
func (f *firm) request(member domain.ID) domain.ID {
	from := time.Now().UTC().AddDate(0, 0, 3).Format(time.RFC3339)
	to := time.Now().UTC().AddDate(0, 0, 3).Add(time.Hour).Format(time.RFC3339)
	return f.w.must("POST", f.path("/requests"), `{"type":"out","member":"`+member.String()+`","from":"`+from+`","to":"`+to+`","zone":"UTC"}`)
}

// settled waits until the read models show everything.
func (w *walls) settled(firms ...*firm) {
	w.t.Helper()
	for _, f := range firms {
		require.NoError(w.t, w.server.reads.Settle(w.ctx, w.engine, f.org))
		require.Equal(w.t, http.StatusOK, w.ask(theAdmin, "GET", v1+f.path("/dashboard"), "").status)
	}
}
