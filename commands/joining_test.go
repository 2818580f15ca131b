package commands_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// by makes a call an account's.
func by(call ledger.Call, account domain.ID) ledger.Call {
	call.Actor = domain.Actor{Kind: domain.ActorAccount, ID: account.String()}
	call.Org = domain.ID{}
	return call
}

// founded makes an organization as its founder would.
func (c *company) founded(founder domain.ID) (member domain.ID) {
	c.t.Helper()
	r, err := c.Organizations.Found(c.t.Context(), by(c.call(), founder), foundAcme)
	require.NoError(c.t, err)
	c.org = r.ID
	return domain.JoinedMemberID(c.org, founder)
}

var foundAcme = commands.FoundOrganization{
	CreateOrganization: commands.CreateOrganization{Name: "Acme", Country: "cn", Address: "1 Main St"}, Department: "R&D", Member: "Li Si", Position: "director",
}

// invited issues an invitation and gives its code.
func (c *company) invited(req commands.IssueInvitation) (code string, id domain.ID) {
	c.t.Helper()
	r, err := c.Invitations.Issue(c.t.Context(), c.call(), req)
	require.NoError(c.t, err)
	code, err = c.Invitations.Code(c.t.Context(), c.org, r.ID)
	require.NoError(c.t, err)
	return code, r.ID
}

func TestAnAccountFoundsAnOrganization(t *testing.T) {
	c, founder := newCompany(t), uuid.New()
	call := by(c.call(), founder)
	r, err := c.Organizations.Found(t.Context(), call, foundAcme)
	require.NoError(t, err)
	require.False(t, r.Replay)
	c.org = r.ID
	member, department := domain.JoinedMemberID(c.org, founder), domain.ServerID("department", call.CommandID)
	require.Equal(t, []domain.Event{
		domain.OrganizationCreated{Name: "Acme", Country: "CN", Address: domain.Private("1 Main St")},
		domain.DepartmentAdded{Department: department, Name: "R&D"},
		domain.OwnerAdded{Member: member, Alone: true},
	}, c.events(domain.OrgStream(c.org)))
	require.Equal(t, []domain.Event{
		domain.MemberJoined{Member: member, Account: founder, Name: domain.Private("Li Si"), Position: "director", Department: &department, Joined: "2026-03-02"},
	}, c.events(domain.MemberStream(c.org, member)))
	again, err := c.Organizations.Found(t.Context(), call, foundAcme)
	require.NoError(t, err)
	require.True(t, again.Replay)
	again.Replay = false
	require.Equal(t, r, again)

	_, err = c.Organizations.Found(t.Context(), c.call(), foundAcme)
	requireRefusal(t, err, "account_needed", "only a person with an account can do this; sign in with one")
	nameless := foundAcme
	nameless.Member = ""
	_, err = c.Organizations.Found(t.Context(), by(c.call(), founder), nameless)
	requireRefusal(t, err, "request_invalid", "/member_name is empty; write your name")
}

func TestFoundingThatStoppedIsFinishedByARetry(t *testing.T) {
	for _, step := range []string{"OrganizationCreated", "MemberJoined"} {
		t.Run(step, func(t *testing.T) {
			c, founder := newCompany(t), uuid.New()
			call := by(c.call(), founder)
			c.stopAfter(step, func(ctx context.Context, s *commands.Service) error {
				_, err := s.Organizations.Found(ctx, call, foundAcme)
				return err
			})
			require.Zero(t, c.count()["OwnerAdded"])
			r, err := c.Organizations.Found(t.Context(), call, foundAcme)
			require.NoError(t, err)
			require.False(t, r.Replay)
			require.Equal(t, map[string]int{"OrganizationCreated": 1, "DepartmentAdded": 1, "MemberJoined": 1, "OwnerAdded": 1}, c.count())
		})
	}
}

// named writes an account with a name.
func (c *company) named(account domain.ID, name string) {
	c.t.Helper()
	call := by(c.call(), account)
	call.Subject = account
	_, err := ledger.Handle(c.t.Context(), c.Ledger, call, domain.AccountStream(account), func(st domain.AccountState, _ domain.Instant) ([]domain.Event, error) {
		return st.Register(domain.AccountRegistered{Account: account, Name: domain.Private(name), Phone: domain.Private("+8613800138000")})
	})
	require.NoError(c.t, err)
}

func TestJoiningByAnInvitation(t *testing.T) {
	c := newCompany(t)
	c.founded(uuid.New())
	group := c.group()
	department := domain.ID{}
	for id := range mustOrganization(c).Departments {
		department = id
	}
	code, invitation := c.invited(commands.IssueInvitation{Uses: 2, Department: &department, Group: &group})
	require.Regexp(t, "^[0-9A-HJKMNP-TV-Z]{10}$", code)
	account := uuid.New()
	c.named(account, "Wang Fang")
	call := by(c.call(), account)
	typed := code[:5] + "-" + code[5:]
	got, err := c.Joins.Request(t.Context(), call, commands.RequestToJoin{Code: typed, Number: "42"})
	require.NoError(t, err)
	member := domain.JoinedMemberID(c.org, account)
	require.Equal(t, commands.Joined, got.State)
	require.Equal(t, c.org, got.Org)
	require.Equal(t, member, got.ID)
	require.Equal(t, []domain.Event{
		domain.MemberJoined{Member: member, Account: account, Number: "42", Name: domain.Private("Wang Fang"), Department: &department, Joined: "2026-03-02"},
		domain.GroupAssigned{Group: group, From: "2026-03-02"},
	}, c.events(domain.MemberStream(c.org, member)))
	require.Equal(t, []domain.Event{domain.InvitationUsed{Account: account, Member: member}}, c.events(domain.InvitationStream(c.org, invitation))[1:])

	again, err := c.Joins.Request(t.Context(), call, commands.RequestToJoin{Code: typed, Number: "42"})
	require.NoError(t, err)
	require.True(t, again.Replay)
	_, err = c.Joins.Request(t.Context(), by(c.call(), account), commands.RequestToJoin{Code: code})
	requireRefusal(t, err, "already_member", "you are a member of this organization already; open it")
	join := func(account domain.ID, req commands.RequestToJoin) error {
		_, err := c.Joins.Request(t.Context(), by(c.call(), account), req)
		return err
	}
	late := uuid.New()
	requireRefusal(t, join(late, commands.RequestToJoin{Code: code, Name: "Late", Number: "42"}), "number_taken", "the number 42 belongs to another member; release it or choose another")
	require.NoError(t, join(late, commands.RequestToJoin{Code: code, Name: "Late"}), "the invitation counts an account once")
	requireRefusal(t, join(uuid.New(), commands.RequestToJoin{Code: code, Name: "X"}), "invitation_used_up", "this invitation was used as often as it may be; ask for a new one")
	requireRefusal(t, join(uuid.New(), commands.RequestToJoin{Code: "AAAAAAAAAA", Name: "X"}), "invitation_not_found", "there is no such invitation; look at the code again, or ask for a new one")
	requireRefusal(t, join(uuid.New(), commands.RequestToJoin{Name: "X"}), "request_invalid", "/code name the code of an invitation, or an organization, not both")
}

// group makes an open group under the office rule.
func (c *company) group() domain.ID {
	c.t.Helper()
	g, err := c.Groups.Create(c.t.Context(), c.call(), commands.CreateGroup{Name: "Office", Rule: []byte(officeRule)})
	require.NoError(c.t, err)
	return g.ID
}

func TestInvitationsEnd(t *testing.T) {
	c := newCompany(t)
	c.founded(uuid.New())
	old, _ := c.invited(commands.IssueInvitation{ExpiresInHours: 2})
	gone, id := c.invited(commands.IssueInvitation{})
	call := c.call()
	r, err := c.Invitations.Revoke(t.Context(), call, id)
	require.NoError(t, err)
	require.Len(t, r.Events, 1)
	_, err = c.Invitations.Revoke(t.Context(), c.call(), uuid.New())
	requireRefusal(t, err, "invitation_not_found", "there is no such invitation; ask for a new link or code")
	c.set(testNow.Add(2 * time.Hour))
	_, err = c.Joins.Request(t.Context(), by(c.call(), uuid.New()), commands.RequestToJoin{Code: old, Name: "X"})
	requireRefusal(t, err, "invitation_expired", "this invitation ended at 2026-03-02T04:00:00.000000Z; ask for a new one")
	_, err = c.Joins.Request(t.Context(), by(c.call(), uuid.New()), commands.RequestToJoin{Code: gone, Name: "X"})
	requireRefusal(t, err, "invitation_revoked", "this invitation was taken back; ask for a new one")
	_, err = c.Invitations.Issue(t.Context(), c.call(), commands.IssueInvitation{ExpiresInHours: 721, Uses: -1})
	requireRefusal(t, err, "request_invalid", "/expires_in_hours must be 1 to 720; /uses must be 1 to 10000")
}

func TestJoiningThatStoppedIsFinishedByARetry(t *testing.T) {
	c := newCompany(t)
	c.founded(uuid.New())
	code, _ := c.invited(commands.IssueInvitation{Uses: 1})
	account := uuid.New()
	call, req := by(c.call(), account), commands.RequestToJoin{Code: code, Name: "Wang", Number: "7"}
	for _, step := range []string{"InvitationUsed", "BadgeAssigned"} {
		c.stopAfter(step, func(ctx context.Context, s *commands.Service) error {
			_, err := s.Joins.Request(ctx, call, req)
			return err
		})
	}
	require.Equal(t, 1, c.count()["MemberJoined"], "only the founder")
	r, err := c.Joins.Request(t.Context(), call, req)
	require.NoError(t, err)
	require.False(t, r.Replay, "a hit in the invitation alone is no replay")
	require.Equal(t, map[string]int{"InvitationIssued": 1, "InvitationUsed": 1, "BadgeAssigned": 1, "MemberJoined": 2}, c.count("invitation", "badge", "member"))
}

func TestAskingToJoin(t *testing.T) {
	c := newCompany(t)
	c.founded(uuid.New())
	org, account := c.org, uuid.New()
	member := domain.JoinedMemberID(org, account)
	call := by(c.call(), account)
	req := commands.RequestToJoin{Org: &org, Name: "Wang Fang", Number: "7", Message: "new here"}
	got, err := c.Joins.Request(t.Context(), call, req)
	require.NoError(t, err)
	require.Equal(t, commands.Waiting, got.State)
	require.Equal(t, []domain.Event{
		domain.JoinRequested{Member: member, Account: account, Name: domain.Private("Wang Fang"), Number: "7", Message: domain.Private("new here")},
	}, c.events(domain.MemberStream(org, member)))
	_, err = c.Joins.Request(t.Context(), by(c.call(), account), req)
	requireRefusal(t, err, "join_pending", "your request to join waits for an approval already; ask an administrator of the organization")
	_, err = c.Members.Change(t.Context(), c.call(), commands.ChangeMember{Member: member, Position: ptr("x")})
	requireRefusal(t, err, "member_not_found", "there is no such member")

	_, err = c.Joins.Reject(t.Context(), c.call(), commands.RejectJoin{Request: member, Reason: "who are you?"})
	require.NoError(t, err)
	_, err = c.Joins.Reject(t.Context(), c.call(), commands.RejectJoin{Request: member})
	requireRefusal(t, err, "join_decided", "this request to join was answered already; look at the list again")
	words, err := c.Joins.Words(t.Context(), org, member)
	require.NoError(t, err)
	require.Equal(t, commands.JoinAnswered{Message: "new here", Reason: "who are you?"}, words)

	_, err = c.Joins.Request(t.Context(), by(c.call(), account), req)
	require.NoError(t, err, "after a rejection one may ask again")
	approve := c.call()
	r, err := c.Joins.Approve(t.Context(), approve, commands.ApproveJoin{Request: member, Position: "engineer"})
	require.NoError(t, err)
	require.Equal(t, member, r.ID)
	require.Equal(t, []domain.Event{
		domain.JoinApproved{},
		domain.MemberJoined{Member: member, Account: account, Number: "7", Name: domain.Private("Wang Fang"), Position: "engineer", Joined: "2026-03-02"},
	}, c.events(domain.MemberStream(org, member))[3:])
	again, err := c.Joins.Approve(t.Context(), approve, commands.ApproveJoin{Request: member, Position: "engineer"})
	require.NoError(t, err)
	require.True(t, again.Replay)
	_, err = c.Joins.Approve(t.Context(), c.call(), commands.ApproveJoin{Request: uuid.New()})
	requireRefusal(t, err, "join_request_not_found", "there is no such request to join")

	hidden := false
	_, err = c.Organizations.Change(t.Context(), c.call(), commands.ChangeOrganization{Searchable: &hidden})
	require.NoError(t, err)
	_, err = c.Joins.Request(t.Context(), by(c.call(), uuid.New()), req)
	requireRefusal(t, err, "organization_not_found", "there is no such organization")
}

func TestAnApprovalThatStoppedIsFinishedByARetry(t *testing.T) {
	c := newCompany(t)
	c.founded(uuid.New())
	org, account := c.org, uuid.New()
	member := domain.JoinedMemberID(org, account)
	_, err := c.Joins.Request(t.Context(), by(c.call(), account), commands.RequestToJoin{Org: &org, Name: "Wang", Number: "7"})
	require.NoError(t, err)
	call, req := c.call(), commands.ApproveJoin{Request: member, Number: ptr("8")}
	c.stopAfter("BadgeAssigned", func(ctx context.Context, s *commands.Service) error {
		_, err := s.Joins.Approve(ctx, call, req)
		return err
	})
	require.Zero(t, c.count()["JoinApproved"])
	r, err := c.Joins.Approve(t.Context(), call, req)
	require.NoError(t, err)
	require.False(t, r.Replay)
	require.Equal(t, map[string]int{"BadgeAssigned": 1, "JoinRequested": 1, "JoinApproved": 1, "MemberJoined": 2}, c.count("badge", "member"))
	_, err = c.Joins.Approve(t.Context(), c.call(), commands.ApproveJoin{Request: member, Number: ptr("9")})
	requireRefusal(t, err, "join_decided", "this request to join was answered already; look at the list again")
	require.Equal(t, 1, c.count()["BadgeAssigned"], "a late approval reserves no number")
}

func TestApprovingAsAProvisionedMember(t *testing.T) {
	c := newCompany(t)
	c.founded(uuid.New())
	org, account := c.org, uuid.New()
	asked := domain.JoinedMemberID(org, account)
	known := c.hire("7", nil)
	_, err := c.Joins.Request(t.Context(), by(c.call(), account), commands.RequestToJoin{Org: &org, Name: "Wang", Number: "7"})
	require.NoError(t, err)
	_, err = c.Joins.Approve(t.Context(), c.call(), commands.ApproveJoin{Request: asked})
	requireRefusal(t, err, "number_taken", "the number 7 belongs to another member; release it or choose another")
	call, req := c.call(), commands.ApproveJoin{Request: asked, As: &known}
	c.stopAfter("MemberLinked", func(ctx context.Context, s *commands.Service) error {
		_, err := s.Joins.Approve(ctx, call, req)
		return err
	})
	require.Zero(t, c.count()["JoinApproved"])
	r, err := c.Joins.Approve(t.Context(), call, req)
	require.NoError(t, err)
	require.Equal(t, known, r.ID)
	require.Equal(t, domain.MemberLinked{Account: account}, c.events(domain.MemberStream(org, known))[1])
	require.Equal(t, domain.JoinApproved{As: &known}, c.events(domain.MemberStream(org, asked))[1])
	require.Equal(t, map[string]int{"MemberLinked": 1, "JoinApproved": 1, "JoinRequested": 1, "MemberProvisioned": 1, "MemberJoined": 1}, c.count("member"))

	other := uuid.New()
	_, err = c.Joins.Request(t.Context(), by(c.call(), other), commands.RequestToJoin{Org: &org, Name: "Other"})
	require.NoError(t, err)
	_, err = c.Joins.Approve(t.Context(), c.call(), commands.ApproveJoin{Request: domain.JoinedMemberID(org, other), As: &known})
	requireRefusal(t, err, "member_linked", "this member has an account already; choose a member without one")
	_, err = c.Joins.Request(t.Context(), by(c.call(), account), commands.RequestToJoin{Org: &org, Name: "Wang"})
	requireRefusal(t, err, "already_member", "you are a member of this organization already; open it")
}

func TestActivation(t *testing.T) {
	c := newCompany(t)
	c.founded(uuid.New())
	account, known := uuid.New(), c.hire("7", nil)
	code, _ := c.invited(commands.IssueInvitation{Member: &known})
	call, req := by(c.call(), account), commands.RequestToJoin{Code: code}
	c.stopAfter("InvitationUsed", func(ctx context.Context, s *commands.Service) error {
		_, err := s.Joins.Request(ctx, call, req)
		return err
	})
	r, err := c.Joins.Request(t.Context(), call, req)
	require.NoError(t, err)
	require.False(t, r.Replay)
	require.Equal(t, known, r.ID)
	require.Equal(t, commands.Joined, r.State)
	require.Equal(t, domain.MemberLinked{Account: account}, c.events(domain.MemberStream(c.org, known))[1])
	_, err = c.Joins.Request(t.Context(), by(c.call(), uuid.New()), req)
	requireRefusal(t, err, "invitation_used_up", "this invitation was used as often as it may be; ask for a new one")
	_, err = c.Invitations.Issue(t.Context(), c.call(), commands.IssueInvitation{Member: &known})
	requireRefusal(t, err, "member_linked", "this member has an account already; choose a member without one")
	other := c.hire("8", nil)
	second, _ := c.invited(commands.IssueInvitation{Member: &other})
	_, err = c.Joins.Request(t.Context(), by(c.call(), account), commands.RequestToJoin{Code: second})
	requireRefusal(t, err, "already_member", "you are a member of this organization already; open it")
	_, err = c.Invitations.Issue(t.Context(), c.call(), commands.IssueInvitation{Member: &other, Approval: true})
	requireRefusal(t, err, "request_invalid", "/member has a department and a group already and needs no approval; name the member alone")
}

func mustOrganization(c *company) (o struct{ Departments map[domain.ID]string }) {
	c.t.Helper()
	have, ok := c.Directory.Organization(c.org)
	require.True(c.t, ok)
	o.Departments = map[domain.ID]string{}
	for id, d := range have.Departments {
		o.Departments[id] = d.Name
	}
	return o
}
