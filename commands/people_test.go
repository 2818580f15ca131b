package commands_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
)

func TestTheLastOwnerStays(t *testing.T) {
	c := newCompany(t)
	boss := c.founded(uuid.New())
	leave := commands.EndMembership{Member: boss}
	_, err := c.Members.End(t.Context(), as(c.call(), boss), leave)
	requireRefusal(t, err, "last_owner", "this is the only owner of the organization; make another member an owner first")
	second := c.activated("2")
	_, err = c.Roles.Set(t.Context(), as(c.call(), boss), commands.SetRoles{Member: second, Owner: ptr(true)})
	require.NoError(t, err)
	_, err = c.Members.End(t.Context(), as(c.call(), second), leave)
	requireRefusal(t, err, "owner_by_two", "this member is an owner; take the ownership away first, which another owner has to confirm")
	_, err = c.Members.End(t.Context(), as(c.call(), c.hire("3", nil)), leave)
	requireRefusal(t, err, "owner_needed", "this member is an owner; only an owner can end the membership")
	call := as(c.call(), boss)
	c.stopAfter("OwnerRemoved", func(ctx context.Context, s *commands.Service) error {
		_, err := s.Members.End(ctx, call, leave)
		return err
	})
	require.Zero(t, c.count()["MemberLeft"])
	r, err := c.Members.End(t.Context(), call, leave)
	require.NoError(t, err)
	require.False(t, r.Replay)
	require.Equal(t, 1, c.count()["OwnerRemoved"])
	events := c.events(domain.MemberStream(c.org, boss))
	require.Equal(t, domain.MemberLeft{Left: "2026-03-02"}, events[len(events)-1])
}

func TestRolesOfTwoPersons(t *testing.T) {
	c := newCompany(t)
	boss := c.founded(uuid.New())
	second, third := c.activated("2"), c.activated("3")
	set := func(by domain.ID, req commands.SetRoles) {
		t.Helper()
		_, err := c.Roles.Set(t.Context(), as(c.call(), by), req)
		require.NoError(t, err)
	}
	set(boss, commands.SetRoles{Member: second, Owner: ptr(true)})
	auditor := []domain.RoleGranted{{Role: domain.RoleAuditor}}
	set(boss, commands.SetRoles{Member: third, Roles: auditor})
	m, _ := c.Directory.Member(c.org, third)
	require.NotNil(t, m.AuditorProposed)
	require.Empty(t, m.Roles)
	set(second, commands.SetRoles{Member: third, Roles: auditor})
	m, _ = c.Directory.Member(c.org, third)
	require.Equal(t, auditor, m.Roles)
	group := uuid.New()
	_, err := c.Roles.Set(t.Context(), c.call(), commands.SetRoles{Member: third, Roles: []domain.RoleGranted{{Role: domain.RoleManager, Group: &group}}})
	requireRefusal(t, err, "group_not_found", "there is no such open group")
	_, err = c.Roles.Set(t.Context(), c.call(), commands.SetRoles{Member: third, Roles: []domain.RoleGranted{{Role: domain.RoleOwner}, {Role: domain.RoleHR, Group: &group}}})
	requireRefusal(t, err, "request_invalid", "/roles must hold hr, manager, employee, auditor or device; /roles only a manager has a department or a group; leave it out of hr")
	_, err = c.Roles.Set(t.Context(), c.call(), commands.SetRoles{Member: third})
	requireRefusal(t, err, "request_invalid", "/roles is missing; name the roles that the member shall have, or owner")
}

// TestTwoPersonsRemoveAnOwner, and one owner who would be HR, too, is confirmed by another.
func TestTwoPersonsRemoveAnOwner(t *testing.T) {
	c := newCompany(t)
	boss := c.founded(uuid.New())
	second, third := c.activated("2"), c.activated("3")
	set := func(by domain.ID, req commands.SetRoles) {
		t.Helper()
		_, err := c.Roles.Set(t.Context(), as(c.call(), by), req)
		require.NoError(t, err)
	}
	hr := []domain.RoleGranted{{Role: domain.RoleHR}}
	set(boss, commands.SetRoles{Member: boss, Roles: hr})
	m, _ := c.Directory.Member(c.org, boss)
	require.Equal(t, []domain.RoleGranted{{Role: domain.RoleHR, Alone: true}}, m.Roles, "there is no other owner")
	set(boss, commands.SetRoles{Member: second, Owner: ptr(true)})
	set(second, commands.SetRoles{Member: second, Roles: hr})
	m, _ = c.Directory.Member(c.org, second)
	require.Empty(t, m.Roles)
	require.Equal(t, domain.RoleHR, c.Directory.Proposals(c.org)[0].Role)
	set(boss, commands.SetRoles{Member: second, Roles: hr})
	m, _ = c.Directory.Member(c.org, second)
	require.Equal(t, hr, m.Roles)
	require.Empty(t, c.Directory.Proposals(c.org))

	set(boss, commands.SetRoles{Member: third, Owner: ptr(true)})
	set(second, commands.SetRoles{Member: third, Owner: ptr(true)})
	for range 2 {
		set(boss, commands.SetRoles{Member: second, Owner: ptr(false)})
		o, _ := c.Directory.Organization(c.org)
		require.Contains(t, o.Owners, second, "by one word nobody is removed")
		require.Len(t, c.Directory.Proposals(c.org), 1)
		require.True(t, c.Directory.Proposals(c.org)[0].Removal)
	}
	set(third, commands.SetRoles{Member: second, Owner: ptr(false)})
	o, _ := c.Directory.Organization(c.org)
	require.NotContains(t, o.Owners, second)
	require.Empty(t, c.Directory.Proposals(c.org))
}

// TestOwnersAndAuditorsHaveAccounts, for HR hands out the activation codes of members who have none.
func TestOwnersAndAuditorsHaveAccounts(t *testing.T) {
	c := newCompany(t)
	boss := c.founded(uuid.New())
	clerk := c.hire("2", nil)
	const said = "this member has no account yet, and whoever gets its activation code would get the role; let the person take the membership over first"
	auditor, hr := domain.RoleGranted{Role: domain.RoleAuditor}, domain.RoleGranted{Role: domain.RoleHR}
	for _, req := range []commands.SetRoles{{Member: clerk, Owner: ptr(true)}, {Member: clerk, Roles: []domain.RoleGranted{hr, auditor}}} {
		_, err := c.Roles.Set(t.Context(), as(c.call(), boss), req)
		requireRefusal(t, err, "member_unlinked", said)
	}
	_, err := c.Roles.Set(t.Context(), as(c.call(), boss), commands.SetRoles{Member: clerk, Roles: []domain.RoleGranted{hr}, Owner: ptr(false)})
	require.NoError(t, err, "other roles wait with the membership")
	c.activate(clerk)
	_, err = c.Roles.Set(t.Context(), as(c.call(), boss), commands.SetRoles{Member: clerk, Roles: []domain.RoleGranted{hr, auditor}})
	require.NoError(t, err)
}

// activated hires somebody who then takes the membership over.
func (c *company) activated(number string) domain.ID {
	c.t.Helper()
	member := c.hire(number, nil)
	c.activate(member)
	return member
}

func (c *company) activate(member domain.ID) {
	c.t.Helper()
	code, _ := c.invited(commands.IssueInvitation{Member: &member})
	_, err := c.Joins.Request(c.t.Context(), by(c.call(), uuid.New()), commands.RequestToJoin{Code: code})
	require.NoError(c.t, err)
}

func TestATokensSecretIsShownAgainByARetry(t *testing.T) {
	c := newCompany(t)
	c.founded(uuid.New())
	call, req := c.call(), commands.IssueToken{Name: "payroll", Scopes: []string{"members:read"}}
	r, secret, err := c.Tokens.Issue(t.Context(), call, req)
	require.NoError(t, err)
	require.Regexp(t, `^dk_[A-Za-z0-9_-]{43}$`, secret)
	_, again, err := c.Tokens.Issue(t.Context(), call, req)
	require.NoError(t, err)
	require.Equal(t, secret, again)
	org, token, found := c.Directory.Tokens.BySecret(commands.TokenHash(secret))
	require.True(t, found)
	require.Equal(t, c.org, org)
	require.Equal(t, r.ID, token.Token)
	_, err = c.Tokens.Revoke(t.Context(), c.call(), r.ID)
	require.NoError(t, err)
	_, _, found = c.Directory.Tokens.BySecret(commands.TokenHash(secret))
	require.False(t, found)
	_, _, err = c.Tokens.Issue(t.Context(), c.call(), commands.IssueToken{Name: " ", Scopes: []string{"everything"}})
	requireRefusal(t, err, "request_invalid", `/name is empty; write it; /scopes "everything" is no scope; write it like members:read or punches:write`)
}

const memberTable = "\xef\xbb\xbf工号,姓名,部门,考勤组,入职日期\n7,王芳,R&D,Office,2026/2/1\n8,Li,Nowhere,,\n7,Twice,,,\n9,Zhao,,,2026-02-30\n10,Qian,,Office,\n"

func TestImportingMembers(t *testing.T) {
	c := newCompany(t)
	c.founded(uuid.New())
	group := c.group()
	call := c.call()
	trial, err := c.Members.Import(t.Context(), call, commands.ImportMembers{CSV: []byte(memberTable), DryRun: true})
	require.NoError(t, err)
	require.Equal(t, []int{5, 2, 0, 3}, []int{trial.Lines, trial.Created, trial.Known, trial.Refused})
	require.Equal(t, 1, c.count()["MemberJoined"], "the founder alone")
	require.Zero(t, c.count()["MemberProvisioned"])

	done, err := c.Members.Import(t.Context(), call, commands.ImportMembers{CSV: []byte(memberTable)})
	require.NoError(t, err)
	require.Equal(t, 2, done.Created)
	nowhere := domain.Refuse("department_not_found", "there is no open department %q; add it first, or leave the column empty", "Nowhere")
	refused, _ := errors.AsType[*domain.Refusal](nowhere)
	require.Equal(t, commands.MemberLine{Line: 3, Number: "8", Action: "refused", Code: "department_not_found", Text: `there is no open department "Nowhere"; add it first, or leave the column empty`, Refusal: refused}, done.Items[1])
	require.Equal(t, "number_repeated", done.Items[2].Code)
	require.Equal(t, "/joined must be a date such as 2026-03-02", done.Items[3].Text)
	m, _ := c.Directory.Member(c.org, *done.Items[0].Member)
	require.Equal(t, domain.Date("2026-02-01"), m.Joined)
	require.NotNil(t, m.Departments.On(m.Joined))
	require.Equal(t, group, m.Groups[0].Group)

	again, err := c.Members.Import(t.Context(), c.call(), commands.ImportMembers{CSV: []byte(memberTable)})
	require.NoError(t, err)
	require.Equal(t, []int{0, 2}, []int{again.Created, again.Known})
	require.Equal(t, 2, c.count()["MemberProvisioned"])
}

func TestMemberTablesThatCannotBeRead(t *testing.T) {
	c := newCompany(t)
	c.founded(uuid.New())
	gb, err := simplifiedchinese.GB18030.NewEncoder().String("工号,姓名\n7,王芳\n")
	require.NoError(t, err)
	report, err := c.Members.Import(t.Context(), c.call(), commands.ImportMembers{CSV: []byte(gb)})
	require.NoError(t, err)
	require.Equal(t, 1, report.Created)
	require.Equal(t, domain.Private("王芳"), c.events(domain.MemberStream(c.org, *report.Items[0].Member))[0].(domain.MemberProvisioned).Name)
	const head = "; one line names the columns: number,name,email,phone,position,department,group,joined,left"
	for text, want := range map[string]string{
		"":                                       "no line names the columns" + head,
		"colour,size\n7,red":                     "no line names the columns" + head,
		"number\n" + strings.Repeat("7\n", 5001): "the file has more than 5000 rows; send it in parts" + head,
	} {
		_, err := c.Members.Import(t.Context(), c.call(), commands.ImportMembers{CSV: []byte(text)})
		requireRefusal(t, err, "file_invalid", want)
	}
	_, err = c.Members.Import(t.Context(), c.call(), commands.ImportMembers{CSV: []byte("工号,入职日期\n8,03/02/2026\n")})
	requireCode(t, err, "dates_ambiguous")
}

// TestUpdatingMembersFromATable: titles, semicolons and unknown columns do no harm; known people change only when asked; departments are made when asked.
func TestUpdatingMembersFromATable(t *testing.T) {
	c := newCompany(t)
	c.founded(uuid.New())
	c.group()
	const first = "花名册\n工号;姓名;部门;血型;入职日期\n7;王芳;生产/涂装;A;13/1/2026\n8;李雷;生产/装配;B;02/02/2026\n"
	read := func(text string, with func(*commands.ImportMembers)) commands.MemberImport {
		req := commands.ImportMembers{CSV: []byte(text), Departments: true}
		if with != nil {
			with(&req)
		}
		r, err := c.Members.Import(t.Context(), c.call(), req)
		require.NoError(t, err)
		return r
	}
	trial := read(first, func(r *commands.ImportMembers) { r.DryRun = true })
	require.Equal(t, []string{"生产", "生产/涂装", "生产/装配"}, trial.Departments)
	require.Equal(t, []string{"血型"}, trial.Ignored)
	require.Zero(t, c.count()["MemberProvisioned"])
	done := read(first, nil)
	require.Equal(t, []int{2, 0, 0}, []int{done.Created, done.Known, done.Refused}, "%+v", done.Items)
	m, _ := c.Directory.Member(c.org, *done.Items[0].Member)
	require.Equal(t, domain.Date("2026-01-13"), m.Joined)
	require.NotNil(t, m.Departments.On("2199-12-31"))

	const second = "Employee ID\tJob Title\tGroup\tLast Day\n7\twelder\tOffice\t2026-02-28\n9\tcook\t\t2026-03-31\n"
	require.Equal(t, 1, read(second, func(r *commands.ImportMembers) { r.DryRun = true }).Known, "without being asked nobody changes")
	updated := read(second, func(r *commands.ImportMembers) { r.Update = true })
	require.Equal(t, []int{1, 1, 0}, []int{updated.Created, updated.Updated, updated.Refused}, "%+v", updated.Items)
	m, _ = c.Directory.Member(c.org, m.ID)
	require.Equal(t, []any{"welder", domain.Date("2026-02-28"), domain.Date("2026-01-13")}, []any{m.Position, m.Left, m.Joined})
}

func TestProvisioningWithAnInvitationThatStopped(t *testing.T) {
	c := newCompany(t)
	c.founded(uuid.New())
	call, req := c.call(), commands.ProvisionMember{Number: "7", Name: "Wang", Email: "w@example.com"}
	c.stopAfter("MemberProvisioned", func(ctx context.Context, s *commands.Service) error {
		_, _, err := s.Invitations.ProvisionAndInvite(ctx, call, req)
		return err
	})
	require.Zero(t, c.count()["InvitationIssued"])
	member, invitation, err := c.Invitations.ProvisionAndInvite(t.Context(), call, req)
	require.NoError(t, err)
	require.False(t, invitation.Replay)
	i, known := c.Directory.Invitations.Get(c.org, invitation.ID)
	require.True(t, known)
	require.Equal(t, &member.ID, i.Member)
	require.Equal(t, 1, i.Uses)
	_, again, err := c.Invitations.ProvisionAndInvite(t.Context(), call, req)
	require.NoError(t, err)
	require.True(t, again.Replay)
	require.Equal(t, map[string]int{"MemberProvisioned": 1, "MemberJoined": 1, "InvitationIssued": 1}, c.count("member", "invitation"))
}
