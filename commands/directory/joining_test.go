package directory_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/domain"
)

func TestWhoAsksToJoinIsNoMember(t *testing.T) {
	w := newWorld(t)
	account := uuid.New()
	member := domain.JoinedMemberID(w.org, account)
	stream := domain.MemberStream(w.org, member)
	w.write(domain.OrgStream(w.org), domain.OrganizationCreated{Name: "Acme"})
	last := w.write(stream, domain.JoinRequested{Member: member, Account: account, Number: "7"})
	d := w.start(w.log)
	require.NoError(t, d.WaitFor(t.Context(), stream, last))
	_, is := d.Member(w.org, member)
	require.False(t, is)
	require.Empty(t, d.Members(w.org))
	require.Empty(t, d.Memberships(account))
	where := []directory.Membership{{Org: w.org, Member: member}}
	require.Equal(t, where, d.Joins.Of(account))
	require.Len(t, d.Joins.Pending(w.org), 1)
	require.Equal(t, "7", d.Joins.Pending(w.org)[0].Number)

	last = w.write(stream, domain.JoinRejected{}, domain.JoinRequested{Member: member, Account: account},
		domain.JoinApproved{}, domain.MemberJoined{Member: member, Account: account, Joined: "2026-03-02"})
	require.NoError(t, d.WaitFor(t.Context(), stream, last))
	require.Empty(t, d.Joins.Pending(w.org))
	require.Equal(t, where, d.Memberships(account))
	require.Equal(t, where, d.Joins.Of(account), "one place, however often it was asked")
	q, known := d.Joins.Get(w.org, member)
	require.True(t, known)
	require.Equal(t, directory.JoinApproved, q.State)
	m, is := d.Member(w.org, member)
	require.True(t, is)
	require.Equal(t, account, *m.Account)
}

func TestAProvisionedMemberIsFoundByItsAccount(t *testing.T) {
	w := newWorld(t)
	account, member := uuid.New(), uuid.New()
	stream := domain.MemberStream(w.org, member)
	w.write(domain.OrgStream(w.org), domain.OrganizationCreated{Name: "Acme"})
	last := w.write(stream, domain.MemberProvisioned{Member: member, Number: "7", Joined: "2026-03-01"}, domain.MemberLinked{Account: account})
	d := w.start(w.log)
	require.NoError(t, d.WaitFor(t.Context(), stream, last))
	require.Equal(t, []directory.Membership{{Org: w.org, Member: member}}, d.Memberships(account))
	last = w.write(stream, domain.RoleProposed{Member: member, Role: domain.RoleAuditor}, domain.RoleGranted{Role: domain.RoleManager, Group: &account})
	require.NoError(t, d.WaitFor(t.Context(), stream, last))
	m, _ := d.Member(w.org, member)
	require.NotNil(t, m.AuditorProposed)
	require.Equal(t, []domain.RoleGranted{{Role: domain.RoleManager, Group: &account}}, m.Roles)
	last = w.write(stream, domain.RoleGranted{Role: domain.RoleAuditor}, domain.RoleRevoked{Role: domain.RoleManager, Group: &account})
	require.NoError(t, d.WaitFor(t.Context(), stream, last))
	m, _ = d.Member(w.org, member)
	require.Nil(t, m.AuditorProposed)
	require.Equal(t, []domain.RoleGranted{{Role: domain.RoleAuditor}}, m.Roles)
}

// TestRolesOverAllOrganizations: each membership that lasts adds its roles, and the day of leaving is over when it is over everywhere.
func TestRolesOverAllOrganizations(t *testing.T) {
	w := newWorld(t)
	account, other, elsewhere := uuid.New(), uuid.New(), uuid.New()
	here, there := uuid.New(), uuid.New()
	joined := func(m, account domain.ID) domain.Event {
		return domain.MemberJoined{Member: m, Account: account, Joined: "2026-03-01"}
	}
	w.write(domain.OrgStream(w.org), domain.OrganizationCreated{Name: "Acme"}, domain.OwnerAdded{Member: here})
	w.write(domain.OrgStream(elsewhere), domain.OrganizationCreated{Name: "Other"}, domain.OwnerAdded{Member: uuid.New()})
	w.write(domain.MemberStream(w.org, here), joined(here, account))
	stream := domain.MemberStream(elsewhere, there)
	last := w.write(stream, joined(there, account), domain.RoleGranted{Role: domain.RoleManager})
	d := w.start(w.log)
	roles := func(account domain.ID, at string) []domain.Role {
		instant, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		list, sure := d.RolesOf(account, instant)
		require.True(t, sure)
		return list
	}
	require.NoError(t, d.WaitFor(t.Context(), stream, last))
	require.ElementsMatch(t, []domain.Role{domain.RoleOwner, domain.RoleManager}, roles(account, "2026-03-02T00:00:00Z"))
	require.Empty(t, roles(other, "2026-03-02T00:00:00Z"))
	last = w.write(stream, domain.RoleRevoked{Role: domain.RoleManager}, domain.RoleGranted{Role: domain.RoleHR}, domain.MemberLeft{Left: "9999-03-03"})
	require.NoError(t, d.WaitFor(t.Context(), stream, last))
	require.ElementsMatch(t, []domain.Role{domain.RoleOwner, domain.RoleHR}, roles(account, "9999-03-04T11:59:59Z"))
	require.Equal(t, []domain.Role{domain.RoleOwner}, roles(account, "9999-03-04T12:00:00Z"))

	_, sure := directory.New(w.log, slog.New(slog.DiscardHandler)).RolesOf(account, time.Time{})
	require.False(t, sure, "a directory that has not read the log knows nobody's roles")
}

func TestSecretsAreFoundByTheirHash(t *testing.T) {
	w := newWorld(t)
	token, invitation, account := uuid.New(), uuid.New(), uuid.New()
	by := domain.Actor{Kind: domain.ActorToken, ID: "admin"}
	at := func(d time.Duration) domain.Instant { return domain.At(time.Now().Add(d)) }
	soon := at(time.Hour)
	org, invited := domain.OrgStream(w.org), domain.InvitationStream(w.org, invitation)
	w.write(org, domain.OrganizationCreated{Name: "Acme"}, domain.TokenIssued{Token: token, Name: "payroll", Scopes: []string{"members:read"}, SHA256: "aa", ExpiresAt: &soon, By: by})
	last := w.write(invited, domain.InvitationIssued{Invitation: invitation, SHA256: "bb", ExpiresAt: soon, Uses: 2, By: by}, domain.InvitationUsed{Account: account, Member: token})
	d := w.start(w.log)
	require.NoError(t, d.WaitFor(t.Context(), invited, last))
	at1, have, found := d.Tokens.BySecret("aa")
	require.True(t, found)
	require.Equal(t, w.org, at1)
	require.Equal(t, "payroll", have.Name)
	require.False(t, have.Expired(time.Now()))
	require.True(t, have.Expired(time.Now().Add(2*time.Hour)))
	_, _, found = d.Tokens.BySecret("bb")
	require.False(t, found, "an invitation is no token")
	at2, i, found := d.Invitations.ByCode("bb")
	require.True(t, found)
	require.Equal(t, w.org, at2)
	require.Equal(t, map[domain.ID]domain.ID{account: token}, i.Used)
	require.True(t, i.Open(time.Now()))
	require.False(t, i.Open(time.Now().Add(2*time.Hour)))

	last = w.write(org, domain.TokenRevoked{Token: token})
	require.NoError(t, d.WaitFor(t.Context(), org, last))
	_, _, found = d.Tokens.BySecret("aa")
	require.False(t, found)
	require.True(t, d.Tokens.All(w.org)[0].Revoked)
	last = w.write(invited, domain.InvitationRevoked{})
	require.NoError(t, d.WaitFor(t.Context(), invited, last))
	i, _ = d.Invitations.Get(w.org, invitation)
	require.False(t, i.Open(time.Now()))
}
