package api

import (
	"context"
	"time"

	"github.com/dakahq/daka/api/badge"
	"github.com/dakahq/daka/api/calendar"
	"github.com/dakahq/daka/api/limit"
	"github.com/dakahq/daka/api/link"
	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/reveal"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// organizations are founded, changed and found; setup says what one still misses.
type organizations struct {
	config      *Config
	reads       *read.Side
	guard       *who.Guard
	values      *reveal.Values
	calendar    *calendar.Calendar
	enumeration *limit.Enumeration
	router      *route.Router
	now         func() time.Time
}

func (s *organizations) mountOrganizations() {
	use := s.config.Service
	route.Command(s.router, route.Op("create-organization", "POST", v1+"/orgs", "organization", "Found an organization"), s.createOrganization)
	route.OrgCommand(s.router, route.Op("change-organization", "PATCH", v1+"/orgs/{org}", "organization", "Change name, industry, address, or the handle"), use.Organizations.Change)
	route.OrgCommand(s.router, route.Op("set-attendance", "PUT", v1+"/orgs/{org}/attendance", "organization", "Switch attendance on or off"), use.Organizations.SetAttendance)
	route.OrgCommand(s.router, route.Op("set-approvers", "PUT", v1+"/orgs/{org}/approvers", "organization", "Name who approves requests"), use.Organizations.SetApprovers)
	route.OrgCommand(s.router, route.Op("set-monitoring", "PUT", v1+"/orgs/{org}/monitoring", "organization", "Say what the daily monitoring shows"), use.Organizations.SetMonitoring)
	route.OrgCommand(s.router, route.Op("add-department", "POST", v1+"/orgs/{org}/departments", "organization", "Add a department"), use.Departments.Add)
	route.OrgCommand(s.router, route.Op("change-department", "PATCH", v1+"/orgs/{org}/departments", "organization", "Rename, move or close a department; parent null moves it to the top"),
		func(ctx context.Context, c ledger.Call, b changeDepartmentInput) (ledger.Receipt, error) {
			return use.Departments.Change(ctx, c, b.command())
		})
	route.OrgCommand(s.router, route.Op("define-leave-type", "POST", v1+"/orgs/{org}/leave-types", "requests", "Add or change a leave type"), use.Organizations.DefineLeaveType)
	s.mountOrganizationReads()
}

// changeDepartmentInput changes a department; a parent that is left out stays.
type changeDepartmentInput struct {
	Department domain.ID        `json:"department"`
	Name       *string          `json:"name,omitempty"`
	Parent     route.NullableID `json:"parent,omitempty"`
	Closed     bool             `json:"closed,omitempty"`
}

func (b changeDepartmentInput) command() commands.ChangeDepartment {
	return commands.ChangeDepartment{Department: b.Department, Name: b.Name, Parent: b.Parent.ID, Root: b.Parent.Given && b.Parent.ID == nil, Closed: b.Closed}
}

func (s *Server) mountMembers() {
	use := s.config.Service
	route.MemberCommand(s.router, route.Op("change-member", "PATCH", v1+"/orgs/{org}/members/{member}", "members", "Change a member"),
		func(ctx context.Context, c ledger.Call, member domain.ID, req commands.ChangeMember) (ledger.Receipt, error) {
			req.Member = member
			return use.Members.Change(ctx, c, req)
		})
	route.MemberCommand(s.router, route.Op("end-membership", "DELETE", v1+"/orgs/{org}/members/{member}", "members", "End a membership; history stays"),
		func(ctx context.Context, c ledger.Call, member domain.ID, req *commands.EndMembership) (ledger.Receipt, error) {
			end := commands.EndMembership{}
			if req != nil {
				end = *req
			}
			end.Member = member
			return use.Members.End(ctx, c, end)
		})
	route.MemberCommand(s.router, route.Op("assign-group", "PUT", v1+"/orgs/{org}/members/{member}/group", "members", "Put a member into a group, or let the member follow the department"),
		func(ctx context.Context, c ledger.Call, member domain.ID, req commands.AssignGroup) (ledger.Receipt, error) {
			req.Member = member
			return use.Members.AssignGroup(ctx, c, req)
		})
	route.MemberCommand(s.router, route.Op("set-roles", "PUT", v1+"/orgs/{org}/members/{member}/roles", "members", "Give a member exactly these roles"),
		func(ctx context.Context, c ledger.Call, member domain.ID, req rolesBody) (ledger.Receipt, error) {
			return use.Roles.Set(ctx, c, req.command(member))
		})
	(&badge.Badges{Reads: s.reads, Commands: use.Badges, Directory: s.config.Directory}).Mount(s.router)
	s.mountMemberReads()
}

func (s *Server) mountGroups() {
	use := s.config.Service
	route.OrgCommand(s.router, route.Op("create-group", "POST", v1+"/orgs/{org}/groups", "groups", "Make an attendance group, with its first rule"), use.Groups.Create)
	route.Command(s.router, route.Op("change-rule", "PUT", v1+"/orgs/{org}/groups/{group}/rule", "groups", "Publish a rule as the next version"), s.changeRule)
	(&link.Links{Commands: use.Links}).Mount(s.router)
	s.mountGroupReads()
}

// changeRule takes the rule document itself as the body (rules §1).
func (s *Server) changeRule(ctx context.Context, in *struct {
	route.Write
	route.Org
	Group string `path:"group"`
	Body  domain.RawRule
}) (*route.Written, error) {
	org, err := in.Org.ID()
	if err != nil {
		return nil, err
	}
	group, err := who.ParseID(in.Group, "group_not_found", "group")
	if err != nil {
		return nil, err
	}
	call, err := in.Call(ctx, org, group)
	if err != nil {
		return nil, err
	}
	return route.Receipt(s.config.Service.Groups.ChangeRule(ctx, call, commands.ChangeRule{Group: group, Rule: in.Body}))
}

func (s *Server) mountRoster() {
	route.OrgCommand(s.router, route.Op("schedule-shifts", "PUT", v1+"/orgs/{org}/roster", "roster", "Set shifts by member and date"), s.config.Service.Roster.Schedule)
	s.mountRosterReads()
}

// createOrganization founds with the person as its owner; the administrator's has no member yet.
func (s *organizations) createOrganization(ctx context.Context, in *struct {
	route.Write
	Body foundBody
}) (*route.Written, error) {
	call, err := in.Call(ctx, domain.ID{}, domain.ID{})
	if err != nil {
		return nil, err
	}
	b := in.Body
	b.NameHandle = true
	if who.PrincipalOf(ctx).Account != nil {
		return route.Receipt(s.config.Service.Organizations.Found(ctx, call, commands.FoundOrganization{
			CreateOrganization: b.CreateOrganization, Department: b.Department, Member: b.MemberName, Position: b.Position,
		}))
	}
	if b.Department+b.MemberName+b.Position != "" {
		return nil, domain.Refuse("account_needed", "department, member_name and position are the founder's; the administrator token is no person, so leave them out or sign in with an account")
	}
	return route.Receipt(s.config.Service.Organizations.Create(ctx, call, b.CreateOrganization))
}
