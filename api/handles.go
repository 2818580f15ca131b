package api

import (
	"context"

	"github.com/dakahq/daka/api/limit"
	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/domain"
)

// handles says whether a sign-in name is free.
type handles struct {
	use         *commands.Service
	directory   *directory.Directory
	router      *route.Router
	enumeration *limit.Enumeration
}

func (s *handles) mountHandles() {
	route.Handle(s.router, route.Op("handle", "GET", v1+"/handles", "organization", "Propose a sign-in name for an organization that is being founded, or look whether one is free"), s.handle)
}

// HandleAnswer is a handle, and whether an organization may still claim it.
type HandleAnswer struct {
	Handle string `json:"handle"`
	Free   bool   `json:"free" doc:"no organization names it; another may claim it meanwhile"`
}

func (s *handles) handle(ctx context.Context, in *struct {
	Name   string `query:"name" maxLength:"200" doc:"propose one for this name, with a number when it is taken"`
	Handle string `query:"handle" maxLength:"32" doc:"or look whether this one is free"`
}) (*read.One[HandleAnswer], error) {
	var p domain.Problems
	switch {
	case (in.Name == "") == (in.Handle == ""):
		p.Add("query.name", "must be given, or handle; give one of the two")
	case in.Handle != "":
		p.Handle("query.handle", in.Handle)
	}
	err := p.Err()
	if err == nil {
		err = s.enumeration.Take(who.PrincipalOf(ctx).Account)
	}
	if err != nil {
		return nil, err
	}
	out := HandleAnswer{Handle: in.Handle}
	if in.Name != "" {
		out.Handle = s.use.Handles.Propose(in.Name)
	}
	_, taken := s.directory.OrganizationByHandle(out.Handle)
	out.Free = !taken
	return &read.One[HandleAnswer]{Body: out}, nil
}
