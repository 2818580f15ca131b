package api

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/query"
)

// OrganizationView is an organization with its address opened.
type OrganizationView struct {
	query.Organization
	Address string `json:"address"`
	// Through is how far the organization's clock is known to have advanced, null before the first time.
	Through *time.Time `json:"through"`
	// TimeZone is that of the newest rule of its first group, empty without a rule.
	TimeZone string `json:"time_zone"`
	// Searchable says that people find the organization by its name.
	Searchable bool `json:"searchable"`
	// Handle is the sign-in name, of number@handle; empty until an owner sets one.
	Handle string `json:"handle"`
}

// OrganizationHit is an organization in a list. People see what they may find; the administrator sees the rest, too.
type OrganizationHit struct {
	FoundOrganization
	Organization *OrganizationView `json:"organization,omitempty" doc:"all of it, for the administrator alone"`
}

func (s *Server) mountOrganizationReads() {
	route(s, op("organizations", "GET", v1+"/orgs", "organization", "Search organizations by name: at least 2 characters, at most 10 hits; people see name and industry alone"), s.organizations)
	route(s, op("organization", "GET", v1+"/orgs/{org}", "organization", "One organization"), s.organization)
	route(s, op("setup", "GET", v1+"/orgs/{org}/setup", "organization", "What is still missing before people can punch"), s.setup)
	route(s, op("departments", "GET", v1+"/orgs/{org}/departments", "organization", "The tree of departments"), s.departments)
	route(s, op("leave-types", "GET", v1+"/orgs/{org}/leave-types", "requests", "Leave types"), s.leaveTypes)
}

func (s *Server) organizations(ctx context.Context, in *struct {
	Read
	Paging
	Query string `query:"query" doc:"a part of the name"`
}) (*listOutput[OrganizationHit], error) {
	if who.PrincipalOf(ctx).Account != nil {
		return s.foundByPeople(ctx, in.Query)
	}
	reads := s.reads.Load()
	if reads == nil {
		return nil, problem.ErrNoReads
	}
	out := &listOutput[OrganizationHit]{}
	if in.MinPosition != "" {
		at, stale, err := reads.Wait(ctx, in.MinPosition, projections.Scope{})
		if err != nil {
			return nil, err
		}
		out.Fresh = freshness(at, stale)
	}
	page, err := reads.Organizations.List(ctx, in.Query, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out.Body = viewed(page, func(o *query.Organization) OrganizationHit {
		whole := s.viewOrganization(ctx, o)
		return OrganizationHit{FoundOrganization: FoundOrganization{ID: o.ID, Name: o.Name, Industry: o.Industry}, Organization: &whole}
	})
	return out, nil
}

// foundByPeople is what a person may know of organizations where it is nobody: the name and the industry.
func (s *Server) foundByPeople(ctx context.Context, query string) (*listOutput[OrganizationHit], error) {
	hits, err := s.searchOrganizations(ctx, query)
	out := &listOutput[OrganizationHit]{Body: List[OrganizationHit]{Items: []OrganizationHit{}}}
	for _, o := range hits {
		out.Body.Items = append(out.Body.Items, OrganizationHit{FoundOrganization: o})
	}
	return out, err
}

// viewed turns a page of rows into a page of views.
func viewed[R, V any](page query.Page[R], view func(*R) V) List[V] {
	out := List[V]{Items: make([]V, len(page.Items)), Next: page.Next}
	for i := range page.Items {
		out.Items[i] = view(&page.Items[i])
	}
	return out
}

func (s *Server) viewOrganization(ctx context.Context, o *query.Organization) OrganizationView {
	v := OrganizationView{Organization: *o, Address: s.text(ctx, o.ID, o.Address), TimeZone: s.guard.ZoneOf(o.ID), Searchable: s.searchable(o.ID), Handle: s.handleOf(o.ID)}
	if !o.Through.IsZero() {
		v.Through = &o.Through
	}
	return v
}

func (s *Server) searchable(org domain.ID) bool {
	o, found := s.config.Directory.Organization(org)
	return found && !o.Hidden
}

func (s *Server) handleOf(org domain.ID) string {
	o, _ := s.config.Directory.Organization(org)
	return o.Handle
}

type one[T any] struct {
	Fresh
	Body T
}

// OrgRead is in the input of every query about an organization.
type OrgRead struct {
	Org
	Read
}

// reading answers a query about an organization; of are the days that the answer holds.
func reading[T any](ctx context.Context, s *Server, in OrgRead, query func(*Reads, domain.ID) (T, error), of ...projections.Scope) (*one[T], error) {
	org, err := in.Org.id()
	if err != nil {
		return nil, err
	}
	reads, fresh, err := s.reader(ctx, org, in.Read, of...)
	if err != nil {
		return nil, err
	}
	body, err := query(reads, org)
	return &one[T]{Fresh: fresh, Body: body}, err
}

func (s *Server) organization(ctx context.Context, in *OrgRead) (*one[OrganizationView], error) {
	return reading(ctx, s, *in, func(r *Reads, org domain.ID) (OrganizationView, error) {
		o, err := r.Organizations.One(ctx, org)
		return s.viewOrganization(ctx, &o), notFoundIfNone(err, "organization_not_found", "there is no such organization")
	})
}

func (s *Server) departments(ctx context.Context, in *OrgRead) (*one[List[query.Department]], error) {
	return reading(ctx, s, *in, func(r *Reads, org domain.ID) (List[query.Department], error) {
		items, err := r.Organizations.Departments(ctx, org)
		return List[query.Department]{Items: items}, err
	})
}

func (s *Server) leaveTypes(ctx context.Context, in *OrgRead) (*one[List[query.LeaveType]], error) {
	return reading(ctx, s, *in, func(r *Reads, org domain.ID) (List[query.LeaveType], error) {
		items, err := r.Organizations.LeaveTypes(ctx, org)
		return List[query.LeaveType]{Items: items}, err
	})
}

func optionalID(text, pointer string) (*domain.ID, error) {
	if text == "" {
		return nil, nil
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return nil, &domain.Refusal{Code: "invalid_request", Text: pointer + " is no id", Fields: []domain.FieldProblem{{Pointer: pointer, Text: "must be an id"}}}
	}
	return &id, nil
}
