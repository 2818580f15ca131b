package api

import (
	"context"
	"strconv"
	"strings"

	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/domain"
)

// securityLog tells what happened around signing in and rights.
type securityLog struct {
	use       *commands.Service
	directory *directory.Directory
	router    *route.Router
}

func (s *securityLog) mountSecurity() {
	route.Handle(s.router, route.Op("security-log", "GET", v1+"/orgs/{org}/security-log", "security log", "Sign-ins of members, failures, codes, changes of roles and tokens, exports, reads of places, brakes and denied requests, the last first; nothing personal"), s.securityLog)
	route.Handle(s.router, route.Op("my-security", "GET", v1+"/me/security", "account", "The same about oneself"), s.mySecurity)
}

// SecurityView is a line of the security log.
type SecurityView struct {
	At      string     `json:"at" doc:"of the first of count"`
	Kind    string     `json:"kind" doc:"such as signed_in, sign_in_failed, stepped_up, roles_changed, token_issued, exported, places_read, braked or denied"`
	Member  *domain.ID `json:"member,omitempty" doc:"the member concerned"`
	Actor   string     `json:"actor,omitempty" doc:"kind:id of who did it; member:… in an organization's log"`
	Subject *domain.ID `json:"subject,omitempty" doc:"the member or token that it was done to"`
	Route   string     `json:"route,omitempty"`
	Role    string     `json:"role,omitempty" doc:"the role by which a request was denied"`
	Detail  string     `json:"detail,omitempty" doc:"how one signed in, what a code was for, or a refusal's code"`
	Agent   string     `json:"agent,omitempty" doc:"such as Chrome, Android"`
	Count   int        `json:"count" doc:"how many equal ones came within about a second"`
}

// securityPage reads entries from a cursor, after what this copy has not written yet.
func (s *securityLog) securityPage(ctx context.Context, p read.Paging, ask func(*identity.Store, int64, int) ([]identity.SecurityEntry, error), view func(identity.SecurityEntry) SecurityView) (*read.One[read.List[SecurityView]], error) {
	var before int64
	if p.Cursor != "" {
		var err error
		if before, err = strconv.ParseInt(p.Cursor, 10, 64); err != nil || before < 1 {
			return nil, domain.Refuse("cursor_invalid", "cursor %q was not given by this list; start again without it", p.Cursor)
		}
	}
	if err := s.use.Security.Flush(ctx); err != nil {
		return nil, err
	}
	store, err := s.use.Identity.Store()
	if err != nil {
		return nil, err
	}
	list, err := ask(store, before, p.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &read.One[read.List[SecurityView]]{Body: read.List[SecurityView]{Items: []SecurityView{}}}
	if len(list) > p.Limit {
		list = list[:p.Limit]
		out.Body.Next = strconv.FormatInt(list[p.Limit-1].ID, 10)
	}
	for _, e := range list {
		out.Body.Items = append(out.Body.Items, view(e))
	}
	return out, nil
}

func viewSecurity(e identity.SecurityEntry) SecurityView {
	return SecurityView{At: domain.At(e.At).String(), Kind: e.Kind, Actor: e.Actor, Subject: e.Subject, Route: e.Route, Role: e.Role, Detail: e.Detail, Agent: e.Agent, Count: e.Count}
}

// securityLog tells an organization of its members, whose accounts it does not know.
func (s *securityLog) securityLog(ctx context.Context, in *struct {
	route.Org
	read.Paging
}) (*read.One[read.List[SecurityView]], error) {
	org, err := in.ID()
	if err != nil {
		return nil, err
	}
	ask := func(store *identity.Store, before int64, most int) ([]identity.SecurityEntry, error) {
		return store.Security.OfOrg(ctx, org, before, most)
	}
	return s.securityPage(ctx, in.Paging, ask, func(e identity.SecurityEntry) SecurityView {
		v := viewSecurity(e)
		if e.Account != nil {
			v.Member = s.memberBehind(org, *e.Account)
			if strings.HasPrefix(v.Actor, string(domain.ActorAccount)+":") {
				v.Actor = ""
				if v.Member != nil {
					v.Actor = string(domain.ActorMember) + ":" + v.Member.String()
				}
			}
		}
		return v
	})
}

// memberBehind is who an account is in an organization, nil for nobody.
func (s *securityLog) memberBehind(org, account domain.ID) *domain.ID {
	for _, m := range s.directory.Memberships(account) {
		if m.Org == org {
			return &m.Member
		}
	}
	return nil
}

func (s *securityLog) mySecurity(ctx context.Context, in *struct{ read.Paging }) (*read.One[read.List[SecurityView]], error) {
	account, err := who.OwnAccount(ctx)
	if err != nil {
		return nil, err
	}
	ask := func(store *identity.Store, before int64, most int) ([]identity.SecurityEntry, error) {
		return store.Security.OfAccount(ctx, account, before, most)
	}
	return s.securityPage(ctx, in.Paging, ask, viewSecurity)
}
