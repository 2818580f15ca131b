package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands/directory"
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
	// PeriodStartDay is the day on which attendance months begin by now; Periods are all that were set.
	PeriodStartDay int                     `json:"period_start_day"`
	Periods        domain.AttendanceMonths `json:"periods"`
	// Handle is the sign-in name, of number@handle; empty until an owner sets one.
	Handle string `json:"handle"`
}

// OrganizationHit is an organization in a list. People see what they may find; the administrator sees the rest, too.
type OrganizationHit struct {
	FoundOrganization
	Organization *OrganizationView `json:"organization,omitempty" doc:"all of it, for the administrator alone"`
}

func (s *organizations) mountOrganizationReads() {
	route.Handle(s.router, route.Op("organizations", "GET", v1+"/orgs", "organization", "Search organizations by name: at least 2 characters, at most 10 hits; people see name and industry alone"), s.organizations)
	route.Handle(s.router, route.Op("organization", "GET", v1+"/orgs/{org}", "organization", "One organization"), s.organization)
	route.Handle(s.router, route.Op("setup", "GET", v1+"/orgs/{org}/setup", "organization", "What is still missing before people can punch"), s.setup)
	route.Handle(s.router, route.Op("departments", "GET", v1+"/orgs/{org}/departments", "organization", "The tree of departments"), s.departments)
	route.Handle(s.router, route.Op("leave-types", "GET", v1+"/orgs/{org}/leave-types", "requests", "Leave types"), s.leaveTypes)
}

func (s *organizations) organizations(ctx context.Context, in *struct {
	read.Read
	read.Paging
	Query string `query:"query" doc:"a part of the name"`
}) (*read.ListOf[OrganizationHit], error) {
	if who.PrincipalOf(ctx).Account != nil {
		return s.foundByPeople(ctx, in.Query)
	}
	reads, err := s.reads.Up()
	if err != nil {
		return nil, err
	}
	out := &read.ListOf[OrganizationHit]{}
	if in.MinPosition != "" {
		at, stale, err := reads.Wait(ctx, in.MinPosition, projections.Scope{})
		if err != nil {
			return nil, err
		}
		out.Fresh = read.Freshness(at, stale)
	}
	page, err := reads.Organizations.List(ctx, in.Query, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out.Body = read.Viewed(page, func(o *query.Organization) OrganizationHit {
		whole := s.viewOrganization(ctx, o)
		return OrganizationHit{FoundOrganization: FoundOrganization{ID: o.ID, Name: o.Name, Industry: o.Industry}, Organization: &whole}
	})
	return out, nil
}

// foundByPeople is what a person may know of organizations where it is nobody: the name and the industry.
func (s *organizations) foundByPeople(ctx context.Context, query string) (*read.ListOf[OrganizationHit], error) {
	hits, err := s.searchOrganizations(ctx, query)
	out := &read.ListOf[OrganizationHit]{Body: read.List[OrganizationHit]{Items: []OrganizationHit{}}}
	for _, o := range hits {
		out.Body.Items = append(out.Body.Items, OrganizationHit{FoundOrganization: o})
	}
	return out, err
}

func (s *organizations) viewOrganization(ctx context.Context, o *query.Organization) OrganizationView {
	v := OrganizationView{Organization: *o, Address: s.values.Text(ctx, o.ID, o.Address), TimeZone: s.guard.ZoneOf(o.ID), Searchable: s.searchable(o.ID), Handle: s.handleOf(o.ID)}
	known, _ := s.config.Directory.Organization(o.ID)
	v.Periods = append(domain.AttendanceMonths{}, known.Months...)
	v.PeriodStartDay = v.Periods.StartDay(todayIn(s.guard, s.now, o.ID))
	if !o.Through.IsZero() {
		v.Through = &o.Through
	}
	return v
}

func (s *organizations) searchable(org domain.ID) bool {
	o, found := s.config.Directory.Organization(org)
	return found && !o.Hidden
}

func (s *organizations) handleOf(org domain.ID) string {
	o, _ := s.config.Directory.Organization(org)
	return o.Handle
}

func (s *organizations) organization(ctx context.Context, in *read.OrgRead) (*read.One[OrganizationView], error) {
	return read.Of(ctx, s.reads, *in, func(r *projections.Engine, org domain.ID) (OrganizationView, error) {
		o, err := r.Organizations.One(ctx, org)
		return s.viewOrganization(ctx, &o), read.NotFoundIfNone(err, "organization_not_found", "there is no such organization")
	})
}

func (s *organizations) departments(ctx context.Context, in *read.OrgRead) (*read.One[read.List[query.Department]], error) {
	return read.Of(ctx, s.reads, *in, func(r *projections.Engine, org domain.ID) (read.List[query.Department], error) {
		items, err := r.Organizations.Departments(ctx, org, s.guard.Today(org))
		return read.List[query.Department]{Items: items}, err
	})
}

func (s *organizations) leaveTypes(ctx context.Context, in *read.OrgRead) (*read.One[read.List[query.LeaveType]], error) {
	return read.Of(ctx, s.reads, *in, func(r *projections.Engine, org domain.ID) (read.List[query.LeaveType], error) {
		items, err := r.Organizations.LeaveTypes(ctx, org)
		return read.List[query.LeaveType]{Items: items}, err
	})
}

// searchOrganizations looks in the directory: names that begin with the words first, then those that hold them.
func (s *organizations) searchOrganizations(ctx context.Context, query string) ([]FoundOrganization, error) {
	words := strings.ToLower(strings.TrimSpace(query))
	if len([]rune(words)) < searchLetters {
		text := "write at least 2 characters of the name"
		return nil, &domain.Refusal{Code: "invalid_request", Text: "query.query: " + text, Fields: []domain.FieldProblem{{Pointer: "query.query", Text: text}}}
	}
	if err := s.enumeration.Take(who.PrincipalOf(ctx).Account); err != nil {
		return nil, err
	}
	hits := slices.DeleteFunc(s.config.Directory.Organizations(), func(o directory.Organization) bool {
		return o.Hidden || !strings.Contains(strings.ToLower(o.Name), words)
	})
	slices.SortFunc(hits, func(a, b directory.Organization) int {
		begins := func(o directory.Organization) int {
			if strings.HasPrefix(strings.ToLower(o.Name), words) {
				return 0
			}
			return 1
		}
		if order := begins(a) - begins(b); order != 0 {
			return order
		}
		return strings.Compare(a.Name+a.ID.String(), b.Name+b.ID.String())
	})
	out := make([]FoundOrganization, 0, searchHits)
	for _, o := range hits[:min(len(hits), searchHits)] {
		out = append(out, FoundOrganization{ID: o.ID, Name: o.Name, Industry: o.Industry})
	}
	return out, nil
}
