package domain_test

import (
	"testing"

	"github.com/dakahq/daka/domain"
)

func TestJoinDecisions(t *testing.T) {
	type S = domain.MemberState
	asked := domain.JoinRequested{Member: anna, Account: ask1, Number: "7"}
	in := domain.MemberJoined{Member: anna, Account: ask1, Joined: "2026-03-02"}
	left := domain.MemberLeft{Left: "2026-03-05"}
	request := func(s S) ([]domain.Event, error) { return s.RequestJoin(asked) }
	join := func(s S) ([]domain.Event, error) { return s.Join(in, &red) }
	approve := func(s S) ([]domain.Event, error) { return s.ApproveJoin(in, nil) }
	as := func(s S) ([]domain.Event, error) { return s.ApproveJoinAs(ben) }
	reject := func(s S) ([]domain.Event, error) { return s.RejectJoin(domain.JoinRejected{}) }
	withdraw := func(account domain.ID) func(S) ([]domain.Event, error) {
		return func(s S) ([]domain.Event, error) { return s.WithdrawJoin(account) }
	}
	withdrawn := domain.JoinRejected{Withdrawn: true}
	inRed := domain.GroupAssigned{Group: red, From: "2026-03-02"}
	decide(t, []row[S]{
		{name: "asked", when: request, then: []domain.Event{asked}},
		{name: "asked twice", given: []domain.Event{asked}, when: request, refusal: "join_pending: your request to join waits for an approval already; ask an administrator of the organization"},
		{name: "asked after a rejection", given: []domain.Event{asked, domain.JoinRejected{}}, when: request, then: []domain.Event{asked}},
		{name: "asked as a member", given: []domain.Event{in}, when: request, refusal: "already_member: you are a member of this organization already; open it"},
		{name: "asked after leaving", given: []domain.Event{in, left}, when: request, then: []domain.Event{asked}},
		{name: "in by an invitation", when: join, then: []domain.Event{in, inRed}},
		{name: "in while a request waits", given: []domain.Event{asked}, when: join, then: []domain.Event{domain.JoinApproved{}, in, inRed}},
		{name: "in twice", given: []domain.Event{in}, when: join, refusal: "already_member: you are a member of this organization already; open it"},
		{name: "in again after leaving", given: []domain.Event{in, left}, when: join, refusal: "join_by_request: you were a member until 2026-03-05; ask to join without a code, so that an administrator lets you in again"},
		{name: "approved", given: []domain.Event{asked}, when: approve, then: []domain.Event{domain.JoinApproved{}, in}},
		{name: "approved without a request", when: approve, refusal: "join_request_not_found: there is no such request to join"},
		{name: "approved twice", given: []domain.Event{asked, domain.JoinApproved{}, in}, when: approve, refusal: "join_decided: this request to join was answered already; look at the list again"},
		{name: "approved after leaving", given: []domain.Event{in, left, asked}, when: approve, refusal: "join_as_needed: this person was a member until 2026-03-05; add a member with a number and approve the request as that member"},
		{name: "approved as another", given: []domain.Event{in, left, asked}, when: as, then: []domain.Event{domain.JoinApproved{As: &ben}}},
		{name: "approved as the same again", given: []domain.Event{asked, domain.JoinApproved{As: &ben}}, when: as},
		{name: "approved as another after a rejection", given: []domain.Event{asked, domain.JoinRejected{}}, when: as, refusal: "join_decided: this request to join was answered already; look at the list again"},
		{name: "rejected", given: []domain.Event{asked}, when: reject, then: []domain.Event{domain.JoinRejected{}}},
		{name: "withdrawn", given: []domain.Event{asked}, when: withdraw(ask1), then: []domain.Event{withdrawn}},
		{name: "withdrawn by another", given: []domain.Event{asked}, when: withdraw(ask2), refusal: "join_request_not_found: there is no such request to join"},
		{name: "withdrawn after the answer", given: []domain.Event{asked, domain.JoinApproved{}, in}, when: withdraw(ask1), refusal: "join_decided: this request to join was answered already; look at the list again"},
		{name: "withdrawn without a request", when: withdraw(ask1), refusal: "join_request_not_found: there is no such request to join"},
		{name: "approved after it was withdrawn", given: []domain.Event{asked, withdrawn}, when: approve, refusal: "join_decided: this request to join was answered already; look at the list again"},
		{name: "asked after it was withdrawn", given: []domain.Event{asked, withdrawn}, when: request, then: []domain.Event{asked}},
		{name: "rejected twice", given: []domain.Event{asked, domain.JoinRejected{}}, when: reject, refusal: "join_decided: this request to join was answered already; look at the list again"},
	})
	hired := domain.MemberProvisioned{Member: anna, Number: "7", Joined: "2026-03-01"}
	link := func(s S) ([]domain.Event, error) { return s.Link(ask1) }
	decide(t, []row[S]{
		{name: "linked", given: []domain.Event{hired}, when: link, then: []domain.Event{domain.MemberLinked{Account: ask1}}},
		{name: "linked twice", given: []domain.Event{hired, domain.MemberLinked{Account: ask1}}, when: link},
		{name: "linked to another", given: []domain.Event{hired, domain.MemberLinked{Account: ask2}}, when: link, refusal: "member_linked: this member has an account already; choose a member without one"},
		{name: "linked after leaving", given: []domain.Event{hired, left}, when: link, refusal: "member_left: this member left on 2026-03-05; choose a member who is there"},
		{name: "linked nobody", when: link, refusal: "member_not_found: there is no such member"},
	})
}

func TestInvitationDecisions(t *testing.T) {
	type S = domain.InvitationState
	by := domain.Actor{Kind: domain.ActorToken, ID: "admin"}
	issued := domain.InvitationIssued{Invitation: blue, SHA256: "aa", ExpiresAt: at("2026-03-02T03:00:00Z"), Uses: 1, By: by}
	used := domain.InvitationUsed{Account: ask1, Member: anna}
	use := func(account domain.ID, when domain.Instant) func(S) ([]domain.Event, error) {
		return func(s S) ([]domain.Event, error) {
			return s.Use(domain.InvitationUsed{Account: account, Member: anna}, when)
		}
	}
	revoke := func(s S) ([]domain.Event, error) { return s.Revoke() }
	decide(t, []row[S]{
		{name: "issued", when: func(s S) ([]domain.Event, error) { return s.Issue(issued) }, then: []domain.Event{issued}},
		{name: "issued twice", given: []domain.Event{issued}, when: func(s S) ([]domain.Event, error) { return s.Issue(issued) }, refusal: "invitation_exists: the invitation exists already"},
		{name: "used", given: []domain.Event{issued}, when: use(ask1, now), then: []domain.Event{used}},
		{name: "used by the same", given: []domain.Event{issued, used}, when: use(ask1, at("2026-04-01T00:00:00Z"))},
		{name: "used up", given: []domain.Event{issued, used}, when: use(ask2, now), refusal: "invitation_used_up: this invitation was used as often as it may be; ask for a new one"},
		{name: "expired on the instant", given: []domain.Event{issued}, when: use(ask1, issued.ExpiresAt), refusal: "invitation_expired: this invitation ended at 2026-03-02T03:00:00.000000Z; ask for a new one"},
		{name: "used after its end", given: []domain.Event{issued, domain.InvitationRevoked{}}, when: use(ask1, now), refusal: "invitation_revoked: this invitation was taken back; ask for a new one"},
		{name: "used without one", when: use(ask1, now), refusal: "invitation_not_found: there is no such invitation; ask for a new link or code"},
		{name: "revoked", given: []domain.Event{issued}, when: revoke, then: []domain.Event{domain.InvitationRevoked{}}},
		{name: "revoked twice", given: []domain.Event{issued, domain.InvitationRevoked{}}, when: revoke},
		{name: "revoked nothing", when: revoke, refusal: "invitation_not_found: there is no such invitation; ask for a new link or code"},
	})
}

func TestRightsOfTwoPersons(t *testing.T) {
	type S = domain.MemberState
	none := domain.Actor{} // who wrote the given events
	other := domain.Actor{Kind: domain.ActorMember, ID: ben.String()}
	hired := domain.MemberProvisioned{Member: anna, Number: "7", Joined: "2026-03-01"}
	proposed := domain.RoleProposed{Member: anna, Role: domain.RoleAuditor}
	auditor, granted := []domain.RoleGranted{{Role: domain.RoleAuditor}}, domain.RoleGranted{Role: domain.RoleAuditor}
	ask := func(by domain.Actor, alone bool, roles ...domain.RoleGranted) func(S) ([]domain.Event, error) {
		return func(s S) ([]domain.Event, error) {
			return s.SetRoles(domain.RoleChange{Roles: roles, By: by, Alone: alone})
		}
	}
	decide(t, []row[S]{
		{name: "first word", given: []domain.Event{hired}, when: ask(none, false, auditor...), then: []domain.Event{proposed}},
		{name: "the same person again", given: []domain.Event{hired, proposed}, when: ask(none, false, auditor...)},
		{name: "second person", given: []domain.Event{hired, proposed}, when: ask(other, false, auditor...), then: []domain.Event{granted}},
		{name: "alone", given: []domain.Event{hired}, when: ask(none, true, auditor...), then: []domain.Event{domain.RoleGranted{Role: domain.RoleAuditor, Alone: true}}},
		{name: "taken back before", given: []domain.Event{hired, proposed}, when: ask(other, false), then: []domain.Event{domain.RoleRevoked{Role: domain.RoleAuditor}}},
		{name: "proposed anew after that", given: []domain.Event{hired, proposed, domain.RoleRevoked{Role: domain.RoleAuditor}}, when: ask(other, false, auditor...), then: []domain.Event{proposed}},
		{name: "a manager of two", given: []domain.Event{hired, domain.RoleGranted{Role: domain.RoleManager, Department: &red}}, when: ask(none, false, domain.RoleGranted{Role: domain.RoleManager, Group: &blue}),
			then: []domain.Event{domain.RoleGranted{Role: domain.RoleManager, Group: &blue}, domain.RoleRevoked{Role: domain.RoleManager, Department: &red}}},
	})
	hr, self, waits := domain.RoleGranted{Role: domain.RoleHR}, domain.Actor{Kind: domain.ActorMember, ID: anna.String()}, domain.RoleProposed{Member: anna, Role: domain.RoleHR}
	decide(t, []row[S]{
		{name: "HR for oneself", given: []domain.Event{hired}, when: ask(self, false, hr), then: []domain.Event{waits}},
		{name: "HR for oneself, alone", given: []domain.Event{hired}, when: ask(self, true, hr), then: []domain.Event{domain.RoleGranted{Role: domain.RoleHR, Alone: true}}},
		{name: "HR for oneself, confirmed", given: []domain.Event{hired, waits}, when: ask(other, false, hr), then: []domain.Event{hr}},
		{name: "HR for oneself, refused", given: []domain.Event{hired, waits}, when: ask(other, false), then: []domain.Event{domain.RoleRevoked{Role: domain.RoleHR}}},
		{name: "HR for another", given: []domain.Event{hired}, when: ask(other, false, hr), then: []domain.Event{hr}},
		{name: "an auditor's word is not HR's", given: []domain.Event{hired, waits}, when: ask(none, false, hr, granted), then: []domain.Event{hr, proposed}},
	})
	type O = domain.OrganizationState
	created, first, second := domain.OrganizationCreated{Name: "Acme"}, domain.OwnerAdded{Member: anna, Alone: true}, domain.OwnerAdded{Member: ben}
	owner := domain.RoleProposed{Member: ask1, Role: domain.RoleOwner}
	add := func(by domain.Actor) func(O) ([]domain.Event, error) {
		return func(s O) ([]domain.Event, error) { return s.AddOwner(ask1, by) }
	}
	remove := func(m domain.ID, by domain.Actor) func(O) ([]domain.Event, error) {
		return func(s O) ([]domain.Event, error) { return s.RemoveOwner(m, by) }
	}
	removal := domain.OwnerRemovalProposed{Member: anna}
	decide(t, []row[O]{
		{name: "one owner is enough alone", given: []domain.Event{created, first}, when: add(none), then: []domain.Event{domain.OwnerAdded{Member: ask1, Alone: true}}},
		{name: "of two, the first proposes", given: []domain.Event{created, first, second}, when: add(none), then: []domain.Event{owner}},
		{name: "of two, the same again", given: []domain.Event{created, first, second, owner}, when: add(none)},
		{name: "of two, the other confirms", given: []domain.Event{created, first, second, owner}, when: add(other), then: []domain.Event{domain.OwnerAdded{Member: ask1}}},
		{name: "the last owner stays", given: []domain.Event{created, first}, when: remove(anna, self), refusal: "last_owner: this is the only owner of the organization; make another member an owner first"},
		{name: "one of two goes", given: []domain.Event{created, first, second}, when: remove(anna, self), then: []domain.Event{domain.OwnerRemoved{Member: anna}}},
		{name: "another's removal is proposed", given: []domain.Event{created, first, second}, when: remove(anna, other), then: []domain.Event{removal}},
		{name: "by the same again", given: []domain.Event{created, first, second, removal}, when: remove(anna, none)},
		{name: "another confirms it", given: []domain.Event{created, first, second, removal}, when: remove(anna, other), then: []domain.Event{domain.OwnerRemoved{Member: anna}}},
		{name: "or the owner goes", given: []domain.Event{created, first, second, removal}, when: remove(anna, self), then: []domain.Event{domain.OwnerRemoved{Member: anna}}},
		{name: "or takes it back", given: []domain.Event{created, first, second, removal}, when: func(s O) ([]domain.Event, error) { return s.AddOwner(anna, other) }, then: []domain.Event{domain.OwnerAdded{Member: anna}}},
		{name: "proposed anew after that", given: []domain.Event{created, first, second, removal, domain.OwnerAdded{Member: anna}}, when: remove(anna, other), then: []domain.Event{removal}},
		{name: "a proposal is taken back", given: []domain.Event{created, first, second, owner}, when: remove(ask1, other), then: []domain.Event{domain.OwnerRemoved{Member: ask1}}},
		{name: "nobody goes", given: []domain.Event{created, first}, when: remove(ben, none)},
		{name: "a department with people", given: []domain.Event{created, domain.DepartmentAdded{Department: red, Name: "Red"}}, when: func(s O) ([]domain.Event, error) { return s.CloseDepartment(red, 2) },
			refusal: "department_not_empty: the department has 2 members; move them to another department first"},
	})
}

func TestTokenDecisions(t *testing.T) {
	type S = domain.OrganizationState
	created, token := domain.OrganizationCreated{Name: "Acme"}, domain.TokenIssued{Token: red, Name: "payroll", Scopes: []string{"members:read"}, SHA256: "aa"}
	issue := func(s S) ([]domain.Event, error) { return s.IssueToken(token) }
	revoke := func(s S) ([]domain.Event, error) { return s.RevokeToken(red) }
	gone := domain.TokenRevoked{Token: red}
	decide(t, []row[S]{
		{name: "issued", given: []domain.Event{created}, when: issue, then: []domain.Event{token}},
		{name: "same name", given: []domain.Event{created, token}, when: issue, refusal: `token_name_taken: a token named "payroll" works already; choose another name or revoke that one`},
		{name: "same name of one that was revoked", given: []domain.Event{created, token, gone}, when: issue, then: []domain.Event{token}},
		{name: "nowhere", when: issue, refusal: "organization_not_found: there is no such organization"},
		{name: "revoked", given: []domain.Event{created, token}, when: revoke, then: []domain.Event{gone}},
		{name: "revoked twice", given: []domain.Event{created, token, gone}, when: revoke},
		{name: "revoked nothing", given: []domain.Event{created}, when: revoke, refusal: "token_not_found: there is no such token"},
	})
}
