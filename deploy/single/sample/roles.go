package sample

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/people"
	"github.com/dakahq/daka/domain"
)

// Password signs in everybody of the sample company. It protects nothing: the sample is made up and answers on this machine only.
const Password = "dawn-and-dusk-2026"

// Person is somebody of the sample company who can sign in.
type Person struct {
	Role          domain.Role
	Number, Phone string
	// department is the index of the tree that a manager leads, -1 for none.
	department int
}

// People are those who can sign in, a person for each role. No mobile number begins with 100, so that these belong to nobody.
func People() []Person {
	return []Person{
		{domain.RoleOwner, "1001", "+8610000001001", -1},
		{domain.RoleHR, "1003", "+8610000001003", -1},
		{domain.RoleManager, "1014", "+8610000001014", 1},
		{domain.RoleEmployee, "1020", "+8610000001020", -1},
		{domain.RoleAuditor, "1008", "+8610000001008", -1},
		{domain.RoleDevice, kiosk.number, "+8610000009001", -1},
	}
}

// kiosk is the tablet at the door: a member that punches for others and belongs to no attendance group.
var kiosk = member{number: "9001", name: "前台平板 Front desk tablet"}

// SignIns gives the people of the company their accounts and roles; it waits until the identity store has joined.
func SignIns(ctx context.Context, service *commands.Service, org domain.ID) error {
	f := &founder{service: service, org: org}
	for {
		if _, err := service.Identity.Store(); err == nil {
			break
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Second):
		}
	}
	if err := f.installKiosk(ctx); err != nil {
		return fmt.Errorf("install the sample's tablet: %w", err)
	}
	for _, p := range People() {
		if err := f.signIn(ctx, p); err != nil {
			return fmt.Errorf("let the sample's %s sign in: %w", p.Role, err)
		}
	}
	return nil
}

func (f *founder) installKiosk(ctx context.Context) error {
	if len(f.service.Directory.Holders(f.org, kiosk.number)) > 0 {
		return nil
	}
	r, err := f.service.Members.Provision(ctx, f.call("member-"+kiosk.number), commands.ProvisionMember{Number: kiosk.number, Name: kiosk.name, Joined: f.utcDay()})
	if err != nil {
		return err
	}
	return f.service.Directory.WaitFor(ctx, r.Stream, r.Revision)
}

// utcDay is the UTC date; the tablet has no rule whose zone would count.
func (f *founder) utcDay() domain.Date { return domain.DateOf(f.service.Ledger.Clock(), time.UTC) }

func (f *founder) signIn(ctx context.Context, p Person) error {
	holders := f.service.Directory.Holders(f.org, p.Number)
	if len(holders) == 0 {
		return errors.New("nobody has the number " + p.Number)
	}
	id := holders[0].Member
	m, _ := f.service.Directory.Member(f.org, id)
	account, err := f.service.Accounts.Enrol(ctx, f.call("account-"+p.Number), people.Enrol{Phone: p.Phone, Name: nameOf(p.Number), Password: Password, Language: "zh"})
	if err != nil {
		return err
	}
	if m.Account == nil {
		if err := f.link(ctx, p, id, account.ID); err != nil {
			return err
		}
	}
	return f.grant(ctx, p, id)
}

// link lets the account become the member, through an invitation as everybody does whom HR provisioned.
func (f *founder) link(ctx context.Context, p Person, member, account domain.ID) error {
	invited, err := f.service.Invitations.Issue(ctx, f.call("invitation-"+p.Number), commands.IssueInvitation{Member: &member})
	if err != nil {
		return err
	}
	if err := f.service.Directory.WaitFor(ctx, invited.Stream, invited.Revision); err != nil {
		return err
	}
	code, err := f.service.Invitations.Code(ctx, f.org, invited.ID)
	if err != nil {
		return err
	}
	call := f.call("join-" + p.Number)
	call.Actor = domain.Actor{Kind: domain.ActorAccount, ID: account.String()}
	joined, err := f.service.Joins.Request(ctx, call, commands.RequestToJoin{Code: code, Name: nameOf(p.Number)})
	if err != nil {
		return err
	}
	return f.service.Directory.WaitFor(ctx, joined.Stream, joined.Revision)
}

func (f *founder) grant(ctx context.Context, p Person, member domain.ID) error {
	req := commands.SetRoles{Member: member}
	switch p.Role {
	case domain.RoleEmployee:
		return nil
	case domain.RoleOwner:
		yes := true
		req.Owner = &yes
	case domain.RoleManager:
		department := f.departmentID(p.department)
		req.Roles = []domain.RoleGranted{{Role: p.Role, Department: &department}}
	default:
		req.Roles = []domain.RoleGranted{{Role: p.Role}}
	}
	_, err := f.service.Roles.Set(ctx, f.call("role-"+p.Number), req)
	return err
}

// departmentID is that of a department which the founder added.
func (f *founder) departmentID(index int) domain.ID {
	return domain.ServerID("department", f.call(fmt.Sprint("department-", index)).CommandID)
}

func nameOf(number string) string {
	for _, m := range append(members(), kiosk) {
		if m.number == number {
			return m.name
		}
	}
	return ""
}
