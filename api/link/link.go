// Package link serves the departments that attendance groups take.
package link

import (
	"context"

	"github.com/dakahq/daka/api/limit"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
)

// Links are the routes.
type Links struct{ Commands *commands.Links }

const path = limit.Root + "/orgs/{org}/groups/{group}/departments"

// Mount registers the routes.
func (l *Links) Mount(r *route.Router) {
	route.Command(r, route.Op("link-department", "POST", path, "groups", "Let a group take a department: whoever is in it or below belongs to the group, unless a nearer department or a chosen group holds the member"), l.link)
	route.Command(r, route.Op("unlink-department", "DELETE", path+"/{department}", "groups", "Take a department from a group"), l.unlink)
}

func (l *Links) link(ctx context.Context, in *struct {
	route.Write
	route.Org
	Group string `path:"group"`
	Body  commands.LinkGroup
}) (*route.Written, error) {
	org, group, err := ids(in.Org, in.Group)
	if err != nil {
		return nil, err
	}
	call, err := in.Call(ctx, org, group)
	if err != nil {
		return nil, err
	}
	in.Body.Group = group
	return route.Receipt(l.Commands.Link(ctx, call, in.Body))
}

// end is when a department is taken from a group.
type end struct {
	From domain.Date `json:"from,omitempty" doc:"the first day on which the group does not take it; today where it is left out"`
}

// everybody stands for the whole organization in a path.
const everybody = "all"

func (l *Links) unlink(ctx context.Context, in *struct {
	route.Write
	route.Org
	Group      string `path:"group"`
	Department string `path:"department" doc:"the department's id, or all where the group takes the whole organization"`
	Body       *end
}) (*route.Written, error) {
	org, group, err := ids(in.Org, in.Group)
	if err != nil {
		return nil, err
	}
	req := commands.LinkGroup{Group: group}
	if in.Department != everybody {
		department, err := who.ParseID(in.Department, "department_not_found", "department")
		if err != nil {
			return nil, err
		}
		req.Department = &department
	}
	if in.Body != nil {
		req.From = in.Body.From
	}
	call, err := in.Call(ctx, org, group)
	if err != nil {
		return nil, err
	}
	return route.Receipt(l.Commands.Unlink(ctx, call, req))
}

func ids(in route.Org, text string) (org, group domain.ID, err error) {
	if org, err = in.ID(); err != nil {
		return org, group, err
	}
	group, err = who.ParseID(text, "group_not_found", "group")
	return org, group, err
}
