package domain_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

// Ids of the tables; their text is easy to read in a failure.
var (
	org   = uuid.MustParse("00000000-0000-8000-8000-000000000001")
	anna  = uuid.MustParse("00000000-0000-8000-8000-00000000000a")
	ben   = uuid.MustParse("00000000-0000-8000-8000-00000000000b")
	red   = uuid.MustParse("00000000-0000-8000-8000-00000000000c")
	blue  = uuid.MustParse("00000000-0000-8000-8000-00000000000d")
	ask1  = uuid.MustParse("00000000-0000-8000-8000-0000000000e1")
	ask2  = uuid.MustParse("00000000-0000-8000-8000-0000000000e2")
	shot  = uuid.MustParse("00000000-0000-8000-8000-0000000000f1")
	batch = uuid.MustParse("00000000-0000-8000-8000-0000000000f2")
	now   = at("2026-03-02T02:00:00Z")
)

func at(text string) domain.Instant {
	i, err := domain.ParseInstant(text)
	if err != nil {
		panic(err)
	}
	return i
}

func ptr[T any](v T) *T { return &v }

// row is a decision: given these events, when this is asked, then these events follow, or a refusal. Neither means that nothing happens.
type row[S domain.State[S]] struct {
	name    string
	given   []domain.Event
	when    func(S) ([]domain.Event, error)
	then    []domain.Event
	refusal string
}

func decide[S domain.State[S]](t *testing.T, rows []row[S]) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			events, err := r.when(domain.Fold[S](recorded(r.given)))
			if r.refusal != "" {
				require.EqualError(t, err, r.refusal)
				require.Empty(t, events)
				return
			}
			require.NoError(t, err)
			require.Equal(t, r.then, events)
		})
	}
}

// recorded gives events revisions and ids; the first PunchRecorded is `shot`.
func recorded(events []domain.Event) []domain.Recorded {
	var out []domain.Recorded
	for i, e := range events {
		r := domain.Recorded{Revision: uint64(i), ID: uuid.NewSHA1(org, []byte{byte(i)}), Type: e.EventType(), Event: e}
		if _, ok := e.(domain.PunchRecorded); ok {
			r.ID = shot
		}
		out = append(out, r)
	}
	return out
}

func TestOrganizationDecisions(t *testing.T) {
	type S = domain.OrganizationState
	created := domain.OrganizationCreated{Name: "Acme"}
	root := domain.DepartmentAdded{Department: red, Name: "Red"}
	child := domain.DepartmentAdded{Department: blue, Name: "Blue", Parent: &red}
	decide(t, []row[S]{
		{name: "founded", when: func(s S) ([]domain.Event, error) { return s.Create(created) }, then: []domain.Event{created}},
		{name: "founded twice", given: []domain.Event{created}, when: func(s S) ([]domain.Event, error) { return s.Create(created) }, refusal: "organization_exists: the organization exists already"},
		{name: "same name", given: []domain.Event{created}, when: func(s S) ([]domain.Event, error) {
			return s.Change(domain.OrganizationChanged{Name: ptr("Acme")}, "2026-03-15")
		}},
		{name: "new name", given: []domain.Event{created}, when: func(s S) ([]domain.Event, error) {
			return s.Change(domain.OrganizationChanged{Name: ptr("Acme 2"), Industry: ptr("")}, "2026-03-15")
		}, then: []domain.Event{domain.OrganizationChanged{Name: ptr("Acme 2")}}},
		{name: "switched on", given: []domain.Event{created}, when: func(s S) ([]domain.Event, error) { return s.SwitchAttendance(true) }, then: []domain.Event{domain.AttendanceEnabled{}}},
		{name: "switched on twice", given: []domain.Event{created, domain.AttendanceEnabled{}}, when: func(s S) ([]domain.Event, error) { return s.SwitchAttendance(true) }},
		{name: "switched off", given: []domain.Event{created, domain.AttendanceEnabled{}}, when: func(s S) ([]domain.Event, error) { return s.SwitchAttendance(false) }, then: []domain.Event{domain.AttendanceDisabled{}}},
		{name: "nobody's switch", when: func(s S) ([]domain.Event, error) { return s.SwitchAttendance(true) }, refusal: "organization_not_found: there is no such organization"},
		{name: "below an unknown parent", given: []domain.Event{created}, when: func(s S) ([]domain.Event, error) { return s.AddDepartment(child) }, refusal: "department_not_found: there is no such open department"},
		{name: "below a parent", given: []domain.Event{created, root}, when: func(s S) ([]domain.Event, error) { return s.AddDepartment(child) }, then: []domain.Event{child}},
		{name: "below itself", given: []domain.Event{created, root, child}, when: func(s S) ([]domain.Event, error) {
			return s.ChangeDepartment(domain.DepartmentChanged{Department: red, Parent: &blue})
		}, refusal: "department_cycle: a department cannot move below itself; choose another parent"},
		{name: "renamed to the same", given: []domain.Event{created, root, child}, when: func(s S) ([]domain.Event, error) {
			return s.ChangeDepartment(domain.DepartmentChanged{Department: blue, Name: ptr("Blue"), Parent: &red})
		}},
		{name: "to the root", given: []domain.Event{created, root, child}, when: func(s S) ([]domain.Event, error) {
			return s.ChangeDepartment(domain.DepartmentChanged{Department: blue, Root: true})
		}, then: []domain.Event{domain.DepartmentChanged{Department: blue, Root: true}}},
		{name: "to the root from the root", given: []domain.Event{created, root, child, domain.DepartmentChanged{Department: blue, Root: true}}, when: func(s S) ([]domain.Event, error) {
			return s.ChangeDepartment(domain.DepartmentChanged{Department: blue, Root: true})
		}},
		{name: "closed once nothing is below", given: []domain.Event{created, root, child, domain.DepartmentChanged{Department: blue, Root: true}}, when: func(s S) ([]domain.Event, error) { return s.CloseDepartment(red, 0) }, then: []domain.Event{domain.DepartmentClosed{Department: red}}},
		{name: "closed with a child", given: []domain.Event{created, root, child}, when: func(s S) ([]domain.Event, error) { return s.CloseDepartment(red, 0) }, refusal: `department_not_empty: the department has the open department "Blue" below it; close that first`},
		{name: "closed", given: []domain.Event{created, root, child}, when: func(s S) ([]domain.Event, error) { return s.CloseDepartment(blue, 0) }, then: []domain.Event{domain.DepartmentClosed{Department: blue}}},
		{name: "closed twice", given: []domain.Event{created, root, domain.DepartmentClosed{Department: red}}, when: func(s S) ([]domain.Event, error) { return s.CloseDepartment(red, 0) }},
		{name: "below a closed one", given: []domain.Event{created, root, domain.DepartmentClosed{Department: red}}, when: func(s S) ([]domain.Event, error) { return s.AddDepartment(child) }, refusal: "department_not_found: there is no such open department"},
	})
}

func TestBadgeDecisions(t *testing.T) {
	type S = domain.BadgeState
	held := domain.BadgeAssigned{Number: "7", Member: anna, From: "2026-03-01"}
	freed := domain.BadgeReleased{Number: "7", Member: anna, Until: "2026-03-31"}
	assign := func(member domain.ID, from domain.Date) func(S) ([]domain.Event, error) {
		return func(s S) ([]domain.Event, error) { return s.Assign("7", member, from) }
	}
	pin := domain.BadgeAssigned{Number: "7", Member: anna, From: "2026-03-01", Kind: domain.BadgeMachine}
	quarter := domain.BadgeAssigned{Number: "7", Member: anna, From: "2026-04-01", Until: "2026-06-30", Kind: domain.BadgeMachine}
	give := func(e domain.BadgeAssigned) func(S) ([]domain.Event, error) {
		return func(s S) ([]domain.Event, error) { return s.Give(e) }
	}
	back := func(member domain.ID, until domain.Date) func(S) ([]domain.Event, error) {
		return func(s S) ([]domain.Event, error) { return s.TakeBack("7", member, until) }
	}
	decide(t, []row[S]{
		{name: "free", when: assign(anna, "2026-03-01"), then: []domain.Event{held}},
		{name: "held by another", given: []domain.Event{held}, when: assign(ben, "2026-05-01"), refusal: "number_taken: the number 7 belongs to another member; release it or choose another"},
		{name: "held by the same, later", given: []domain.Event{held}, when: assign(anna, "2026-03-05")},
		{name: "held by the same, earlier", given: []domain.Event{held}, when: assign(anna, "2026-02-01"), then: []domain.Event{domain.BadgeAssigned{Number: "7", Member: anna, From: "2026-02-01"}}},
		{name: "on the last day of another", given: []domain.Event{held, freed}, when: assign(ben, "2026-03-31"), refusal: "number_taken: the number 7 belonged to another member until 2026-03-31; begin after that date"},
		{name: "on the day after", given: []domain.Event{held, freed}, when: assign(ben, "2026-04-01"), then: []domain.Event{domain.BadgeAssigned{Number: "7", Member: ben, From: "2026-04-01"}}},
		{name: "back into another's days", given: []domain.Event{held, freed, domain.BadgeAssigned{Number: "7", Member: ben, From: "2026-05-01"}}, when: assign(ben, "2026-03-15"), refusal: "number_taken: the number 7 belonged to another member until 2026-03-31; begin after that date"},
		{name: "provisioned by revision", given: []domain.Event{held, freed}, when: func(s S) ([]domain.Event, error) { return s.Provision(org, "7", "2026-04-01") }, then: []domain.Event{domain.BadgeAssigned{Number: "7", Member: domain.ProvisionedMemberID(org, "7", 2), From: "2026-04-01"}}},
		{name: "released", given: []domain.Event{held}, when: func(s S) ([]domain.Event, error) { return s.Release("7", anna, "2026-03-31") }, then: []domain.Event{freed}},
		{name: "released before it began", given: []domain.Event{held}, when: func(s S) ([]domain.Event, error) { return s.Release("7", anna, "2026-01-31") }, then: []domain.Event{domain.BadgeReleased{Number: "7", Member: anna, Until: "2026-03-01"}}},
		{name: "held by the same, as a machine's", given: []domain.Event{held}, when: give(domain.BadgeAssigned{Number: "7", Member: anna, From: "2026-03-05", Kind: domain.BadgeMachine})},
		{name: "a machine's, held as the 工号, from an earlier day", given: []domain.Event{held}, when: give(domain.BadgeAssigned{Number: "7", Member: anna, From: "2026-02-01", Kind: domain.BadgeMachine}), then: []domain.Event{domain.BadgeAssigned{Number: "7", Member: anna, From: "2026-02-01"}}},
		{name: "a machine's becomes the 工号", given: []domain.Event{pin}, when: assign(anna, "2026-06-01"), then: []domain.Event{held}},
		{name: "a machine's until a day", when: give(quarter), then: []domain.Event{quarter}},
		{name: "until a day before it begins", when: give(domain.BadgeAssigned{Number: "7", Member: anna, From: "2026-03-01", Until: "2026-02-28"}), refusal: "badge_dates: the number would end on 2026-02-28, before it begins on 2026-03-01; choose a later last day"},
		{name: "before another's days", given: []domain.Event{domain.BadgeAssigned{Number: "7", Member: ben, From: "2026-07-01"}}, when: give(quarter), then: []domain.Event{quarter}},
		{name: "into another's days", given: []domain.Event{domain.BadgeAssigned{Number: "7", Member: ben, From: "2026-06-30"}}, when: give(quarter), refusal: "number_taken: the number 7 belongs to another member; release it or choose another"},
		{name: "over the own days", given: []domain.Event{quarter}, when: give(domain.BadgeAssigned{Number: "7", Member: anna, From: "2026-06-01", Kind: domain.BadgeMachine}), refusal: "badge_held: this member has the number 7 from 2026-04-01 to 2026-06-30 already; choose other dates"},
		{name: "a stretch that runs into the own days", given: []domain.Event{pin}, when: give(domain.BadgeAssigned{Number: "7", Member: anna, From: "2026-02-01", Until: "2026-03-01"}), refusal: "badge_held: this member has the number 7 from 2026-03-01 on already; choose other dates"},
		{name: "taken back", given: []domain.Event{pin}, when: back(anna, "2026-03-31"), then: []domain.Event{freed}},
		{name: "taken back earlier than was said", given: []domain.Event{quarter}, when: back(anna, "2026-05-31"), then: []domain.Event{domain.BadgeReleased{Number: "7", Member: anna, Until: "2026-05-31"}}},
		{name: "given by mistake", given: []domain.Event{pin}, when: back(anna, "2026-01-31"), then: []domain.Event{domain.BadgeReleased{Number: "7", Member: anna, Until: "2026-02-28"}}},
		{name: "the 工号 is not taken back", given: []domain.Event{held}, when: back(anna, "2026-03-31"), refusal: "badge_staff: 7 is the member's own number; change the number, or end the membership"},
		{name: "taken back from one who has it not", given: []domain.Event{pin}, when: back(ben, "2026-03-31"), refusal: "badge_not_found: this member has no such number"},
		{name: "taken back twice", given: []domain.Event{pin, freed}, when: back(anna, "2026-03-31")},
		{name: "another 工号 leaves a machine's", given: []domain.Event{pin}, when: func(s S) ([]domain.Event, error) { return s.ReleaseStaff("7", anna, "2026-03-31") }},
		{name: "another 工号 frees the one before", given: []domain.Event{held}, when: func(s S) ([]domain.Event, error) { return s.ReleaseStaff("7", anna, "2026-03-31") }, then: []domain.Event{freed}},
		{name: "released by one who has it not", given: []domain.Event{held}, when: func(s S) ([]domain.Event, error) { return s.Release("7", ben, "2026-03-31") }},
	})
}

func TestEveryDateOfANumberHasAHolder(t *testing.T) {
	s := domain.Fold[domain.BadgeState](recorded([]domain.Event{
		domain.BadgeAssigned{Number: "7", Member: anna, From: "2026-03-01"}, domain.BadgeReleased{Number: "7", Member: anna, Until: "2026-03-31"},
		domain.BadgeAssigned{Number: "7", Member: ben, From: "2026-05-01"},
	}))
	for date, want := range map[domain.Date]domain.ID{"2000-01-01": anna, "2026-03-01": anna, "2026-04-15": anna, "2026-05-01": ben, "2030-01-01": ben} {
		holder, ok := s.HolderOn(date)
		require.True(t, ok)
		require.Equal(t, want, holder, date)
	}
	_, ok := domain.BadgeState{}.HolderOn("2026-03-01")
	require.False(t, ok)
}

// TestAMistakenNumberIsNobodys: what was given by mistake leaves no day behind, and others' days stay.
func TestAMistakenNumberIsNobodys(t *testing.T) {
	s := domain.Fold[domain.BadgeState](recorded([]domain.Event{
		domain.BadgeAssigned{Number: "7", Member: ben, From: "2026-05-01"},
		domain.BadgeAssigned{Number: "7", Member: anna, From: "2026-02-01", Until: "2026-04-30", Kind: domain.BadgeMachine},
		domain.BadgeReleased{Number: "7", Member: ben, Until: "2026-06-30"},
		domain.BadgeReleased{Number: "7", Member: anna, Until: "2026-01-31"},
	}))
	require.Equal(t, []domain.Holding{{Member: ben, From: "2026-05-01", Until: "2026-06-30", Kind: domain.BadgeStaff}}, s.Holdings)
	holder, _ := s.HolderOn("2026-03-01")
	require.Equal(t, ben, holder)
}

func TestMemberDecisions(t *testing.T) {
	type S = domain.MemberState
	hired := domain.MemberProvisioned{Member: anna, Number: "7", Joined: "2026-03-01"}
	inRed := domain.GroupAssigned{Group: red, From: "2026-03-01"}
	why := domain.Private("was never told")
	move := func(department domain.ID, from domain.Date, reason *domain.Sealed[string]) func(S) ([]domain.Event, error) {
		return func(s S) ([]domain.Event, error) {
			return s.Change(domain.MemberChanged{Department: &department, DepartmentFrom: from, Reason: reason}, "2026-03-02")
		}
	}
	decide(t, []row[S]{
		{name: "provisioned", when: func(s S) ([]domain.Event, error) { return s.Provision(hired, nil) }, then: []domain.Event{hired}},
		{name: "provisioned into a group", when: func(s S) ([]domain.Event, error) { return s.Provision(hired, &red) }, then: []domain.Event{hired, inRed}},
		{name: "provisioned twice", given: []domain.Event{hired}, when: func(s S) ([]domain.Event, error) { return s.Provision(hired, &red) }},
		{name: "moves today", given: []domain.Event{hired}, when: move(blue, "", nil), then: []domain.Event{domain.MemberChanged{Department: &blue, DepartmentFrom: "2026-03-02"}}},
		{name: "moves later", given: []domain.Event{hired}, when: move(blue, "2026-05-01", nil), then: []domain.Event{domain.MemberChanged{Department: &blue, DepartmentFrom: "2026-05-01"}}},
		{name: "moved in the past", given: []domain.Event{hired}, when: move(blue, "2026-03-01", nil), refusal: "department_reason: 2026-03-01 has passed, so that figures of days gone by change; write the reason, or choose 2026-03-02 or later"},
		{name: "moved in the past, with a reason", given: []domain.Event{hired}, when: move(blue, "2026-03-01", why), then: []domain.Event{domain.MemberChanged{Department: &blue, DepartmentFrom: "2026-03-01", Reason: why}}},
		{name: "moves to where they are", given: []domain.Event{hired, domain.MemberChanged{Department: &blue, DepartmentFrom: "2026-02-01"}}, when: move(blue, "", nil)},
		{name: "a planned move is taken back", given: []domain.Event{hired, domain.MemberChanged{Department: &blue, DepartmentFrom: "2026-02-01"}, domain.MemberChanged{Department: &red, DepartmentFrom: "2026-05-01"}}, when: move(blue, "2026-05-01", nil), then: []domain.Event{domain.MemberChanged{Department: &blue, DepartmentFrom: "2026-05-01"}}},
		{name: "moves after the end", given: []domain.Event{hired, domain.MemberLeft{Left: "2026-04-30"}}, when: move(blue, "2026-05-01", nil), refusal: "department_after_left: the member left on 2026-04-30; the first day in the department must not be later"},
		{name: "an old event holds from the beginning", given: []domain.Event{hired, domain.MemberChanged{Department: &red, DepartmentFrom: "2026-02-01"}, domain.MemberChanged{Department: &blue}}, when: move(blue, "2020-01-01", nil)},
		{name: "follows the department", given: []domain.Event{hired, inRed}, when: func(s S) ([]domain.Event, error) {
			return s.AssignGroup(domain.GroupAssigned{From: "2026-04-01", Follows: true})
		}, then: []domain.Event{domain.GroupAssigned{Group: red, From: "2026-04-01", Follows: true}}},
		{name: "follows it anyway", given: []domain.Event{hired}, when: func(s S) ([]domain.Event, error) {
			return s.AssignGroup(domain.GroupAssigned{From: "2026-04-01", Follows: true})
		}},
		{name: "nobody changes", when: func(s S) ([]domain.Event, error) { return s.Change(domain.MemberChanged{}, "2026-03-02") }, refusal: "member_not_found: there is no such member"},
		{name: "changed to the same", given: []domain.Event{hired}, when: func(s S) ([]domain.Event, error) {
			return s.Change(domain.MemberChanged{Number: ptr("7"), Position: ptr(""), Joined: ptr(domain.Date("2026-03-01"))}, "2026-03-02")
		}},
		{name: "joined after left", given: []domain.Event{hired, domain.MemberLeft{Left: "2026-03-31"}}, when: func(s S) ([]domain.Event, error) {
			return s.Change(domain.MemberChanged{Joined: ptr(domain.Date("2026-04-01"))}, "2026-03-02")
		}, refusal: "joined_after_left: the member left on 2026-03-31; joined must not be later"},
		{name: "left", given: []domain.Event{hired}, when: func(s S) ([]domain.Event, error) { return s.Leave("2026-03-01") }, then: []domain.Event{domain.MemberLeft{Left: "2026-03-01"}}},
		{name: "left before joined", given: []domain.Event{hired}, when: func(s S) ([]domain.Event, error) { return s.Leave("2026-02-28") }, refusal: "left_before_joined: the member joined on 2026-03-01; the last day must not be earlier"},
		{name: "left twice", given: []domain.Event{hired, domain.MemberLeft{Left: "2026-03-31"}}, when: func(s S) ([]domain.Event, error) { return s.Leave("2026-03-31") }},
		{name: "assigned again", given: []domain.Event{hired, inRed}, when: func(s S) ([]domain.Event, error) { return s.AssignGroup(inRed) }},
		{name: "assigned elsewhere on the day", given: []domain.Event{hired, inRed}, when: func(s S) ([]domain.Event, error) {
			return s.AssignGroup(domain.GroupAssigned{Group: blue, From: "2026-03-01"})
		}, then: []domain.Event{domain.GroupAssigned{Group: blue, From: "2026-03-01"}}},
		{name: "back again on the day", given: []domain.Event{hired, inRed, domain.GroupAssigned{Group: blue, From: "2026-03-01"}}, when: func(s S) ([]domain.Event, error) { return s.AssignGroup(inRed) }, then: []domain.Event{inRed}},
		{name: "extended back with the group", given: []domain.Event{hired, inRed}, when: func(s S) ([]domain.Event, error) { return s.ExtendBack("2026-02-01") }, then: []domain.Event{domain.MemberChanged{Joined: ptr(domain.Date("2026-02-01"))}, domain.GroupAssigned{Group: red, From: "2026-02-01"}}},
		{name: "extended back, group came later", given: []domain.Event{hired, domain.GroupAssigned{Group: red, From: "2026-03-10"}}, when: func(s S) ([]domain.Event, error) { return s.ExtendBack("2026-02-01") }, then: []domain.Event{domain.MemberChanged{Joined: ptr(domain.Date("2026-02-01"))}}},
		{name: "extended to a later day", given: []domain.Event{hired, inRed}, when: func(s S) ([]domain.Event, error) { return s.ExtendBack("2026-03-02") }},
		{name: "roles", given: []domain.Event{hired, domain.RoleGranted{Role: domain.RoleHR}}, when: func(s S) ([]domain.Event, error) {
			return s.SetRoles(domain.RoleChange{Roles: []domain.RoleGranted{{Role: domain.RoleEmployee}, {Role: domain.RoleEmployee}}})
		}, then: []domain.Event{domain.RoleGranted{Role: domain.RoleEmployee}, domain.RoleRevoked{Role: domain.RoleHR}}},
	})
}

func TestGroupDecisions(t *testing.T) {
	type S = domain.GroupState
	made := domain.GroupCreated{Group: red, Name: "Red"}
	rule := domain.RawRule(`{"a":1}`)
	first := domain.RuleChanged{Version: 1, EffectiveFrom: "2026-03-01", Rule: rule}
	link := func(department *domain.ID, from domain.Date) func(S) ([]domain.Event, error) {
		return func(s S) ([]domain.Event, error) {
			return s.Link(domain.GroupLinked{Department: department, From: from})
		}
	}
	unlink := func(department *domain.ID, from domain.Date) func(S) ([]domain.Event, error) {
		return func(s S) ([]domain.Event, error) {
			return s.Unlink(domain.GroupUnlinked{Department: department, From: from})
		}
	}
	decide(t, []row[S]{
		{name: "created with a rule", when: func(s S) ([]domain.Event, error) { return s.Create(made, rule, "2026-03-01") }, then: []domain.Event{made, first}},
		{name: "rule of nobody", when: func(s S) ([]domain.Event, error) { return s.ChangeRule(rule, "2026-03-01") }, refusal: "group_not_found: there is no such open group"},
		{name: "same document", given: []domain.Event{made, first}, when: func(s S) ([]domain.Event, error) {
			return s.ChangeRule(domain.RawRule(`{ "a": 1 }`), "2026-03-01")
		}},
		{name: "same document from another day", given: []domain.Event{made, first}, when: func(s S) ([]domain.Event, error) { return s.ChangeRule(rule, "2026-03-02") }, then: []domain.Event{domain.RuleChanged{Version: 2, EffectiveFrom: "2026-03-02", Rule: rule}}},
		{name: "closed with members", given: []domain.Event{made}, when: func(s S) ([]domain.Event, error) { return s.Close(3, "2026-03-02") }, refusal: "group_not_empty: the group has 3 members; move them to another group first"},
		{name: "takes a department", given: []domain.Event{made}, when: link(&red, "2026-03-10"), then: []domain.Event{domain.GroupLinked{Department: &red, From: "2026-03-10"}}},
		{name: "takes everybody", given: []domain.Event{made}, when: link(nil, "2026-03-10"), then: []domain.Event{domain.GroupLinked{From: "2026-03-10"}}},
		{name: "takes it twice", given: []domain.Event{made, domain.GroupLinked{Department: &red, From: "2026-03-01"}}, when: link(&red, "2026-03-10")},
		{name: "takes it earlier", given: []domain.Event{made, domain.GroupLinked{Department: &red, From: "2026-03-10"}}, when: link(&red, "2026-03-01"), then: []domain.Event{domain.GroupLinked{Department: &red, From: "2026-03-01"}}},
		{name: "gives it back", given: []domain.Event{made, domain.GroupLinked{Department: &red, From: "2026-03-01"}}, when: unlink(&red, "2026-03-10"), then: []domain.Event{domain.GroupUnlinked{Department: &red, From: "2026-03-10"}}},
		{name: "gives back what was planned", given: []domain.Event{made, domain.GroupLinked{Department: &red, From: "2026-05-01"}}, when: unlink(&red, "2026-03-10"), then: []domain.Event{domain.GroupUnlinked{Department: &red, From: "2026-03-10"}}},
		{name: "gives it back twice", given: []domain.Event{made, domain.GroupLinked{Department: &red, From: "2026-03-01"}, domain.GroupUnlinked{Department: &red, From: "2026-03-05"}}, when: unlink(&red, "2026-03-10")},
		{name: "gives back another", given: []domain.Event{made, domain.GroupLinked{From: "2026-03-01"}}, when: unlink(&red, "2026-03-10"), refusal: "link_not_found: the group takes no such department"},
		{name: "closed while it takes a department", given: []domain.Event{made, domain.GroupLinked{Department: &red, From: "2026-05-01"}}, when: func(s S) ([]domain.Event, error) { return s.Close(0, "2026-03-02") }, refusal: "group_linked: the group takes departments; take them from it first, so that nobody who joins comes into a group that is closed"},
		{name: "closed after that", given: []domain.Event{made, domain.GroupLinked{Department: &red, From: "2026-01-01"}, domain.GroupUnlinked{Department: &red, From: "2026-03-01"}}, when: func(s S) ([]domain.Event, error) { return s.Close(0, "2026-03-02") }, then: []domain.Event{domain.GroupClosed{}}},
		{name: "closed", given: []domain.Event{made}, when: func(s S) ([]domain.Event, error) { return s.Close(0, "2026-03-02") }, then: []domain.Event{domain.GroupClosed{}}},
		{name: "rule of a closed group", given: []domain.Event{made, domain.GroupClosed{}}, when: func(s S) ([]domain.Event, error) { return s.ChangeRule(rule, "2026-03-01") }, refusal: "group_not_found: there is no such open group"},
	})
}

func TestClockDecisions(t *testing.T) {
	type S = domain.ClockState
	before := domain.ClockAdvanced{Through: at("2026-03-02T01:00:00Z")}
	advance := func(through string) func(S) ([]domain.Event, error) {
		return func(s S) ([]domain.Event, error) { return s.Advance(at(through), now) }
	}
	decide(t, []row[S]{
		{name: "first", when: advance("2026-03-02T01:00:00Z"), then: []domain.Event{before}},
		{name: "never back", given: []domain.Event{before}, when: advance("2026-03-02T00:55:00Z")},
		{name: "on the grid", when: advance("2026-03-02T01:01:00Z"), refusal: "clock_off_grid: through must be a multiple of 5 minutes; 2026-03-02T01:01:00.000000Z is not"},
		{name: "not ahead", when: advance("2026-03-02T02:05:00Z"), refusal: "clock_in_future: through 2026-03-02T02:05:00.000000Z is after the server's time 2026-03-02T02:00:00.000000Z"},
	})
	require.Equal(t, at("2026-03-02T01:55:00Z"), domain.FloorClock(at("2026-03-02T01:59:59.999999Z")))
}

func TestImportDecisions(t *testing.T) {
	type S = domain.ImportState
	started := domain.ImportStarted{Import: batch, Format: "csv", Zone: "UTC"}
	waiting := domain.ImportFinished{Import: batch, Lines: 2, Refused: 1, Issues: []domain.LineIssue{{Code: domain.CodeUnknownNumber}}}
	done := domain.ImportFinished{Import: batch, Lines: 2, Punches: 2}
	back := domain.ImportReverted{Import: batch, Punches: 2}
	decide(t, []row[S]{
		{name: "started", when: func(s S) ([]domain.Event, error) { return s.Start(started) }, then: []domain.Event{started}},
		{name: "resumed", given: []domain.Event{started}, when: func(s S) ([]domain.Event, error) { return s.Start(started) }},
		{name: "finished", given: []domain.Event{started}, when: func(s S) ([]domain.Event, error) { return s.Finish(done) }, then: []domain.Event{done}},
		{name: "finished twice", given: []domain.Event{started, done}, when: func(s S) ([]domain.Event, error) { return s.Finish(waiting) }},
		{name: "finished later", given: []domain.Event{started, waiting}, when: func(s S) ([]domain.Event, error) { return s.Finish(done) }, then: []domain.Event{done}},
		{name: "still waiting", given: []domain.Event{started, waiting}, when: func(s S) ([]domain.Event, error) { return s.Finish(waiting) }},
		{name: "reverted while running", given: []domain.Event{started}, when: func(s S) ([]domain.Event, error) { return s.Revert(back) }, refusal: "import_running: the import has not finished; repeat it first, then revert it"},
		{name: "reverted", given: []domain.Event{started, done}, when: func(s S) ([]domain.Event, error) { return s.Revert(back) }, then: []domain.Event{back}},
		{name: "reverted twice", given: []domain.Event{started, done, back}, when: func(s S) ([]domain.Event, error) { return s.Revert(back) }},
		{name: "brought back", given: []domain.Event{started, done, back}, when: func(s S) ([]domain.Event, error) { return s.Finish(done) }, then: []domain.Event{done}},
		{name: "unknown", when: func(s S) ([]domain.Event, error) { return s.Revert(back) }, refusal: "import_not_found: there is no such import"},
	})
}

func TestTimesheetDecisions(t *testing.T) {
	type S = domain.TimesheetState
	punch := domain.PunchRecorded{Member: anna, At: now}
	no := domain.PunchReviewed{Punch: shot, Review: "rejected"}
	void, back := domain.PunchVoided{Punch: shot, Import: batch}, domain.PunchRestored{Punch: shot, Import: batch}
	placed := domain.PunchPlaced{Punch: shot, PlaceID: "hq", DistanceM: ptr(3), Group: &red, RuleVersion: 2}
	decide(t, []row[S]{
		{name: "review of nothing", when: func(s S) ([]domain.Event, error) { return s.Review(no) }, refusal: "punch_not_found: there is no such punch"},
		{name: "reviewed", given: []domain.Event{punch}, when: func(s S) ([]domain.Event, error) { return s.Review(no) }, then: []domain.Event{no}},
		{name: "reviewed twice", given: []domain.Event{punch, no}, when: func(s S) ([]domain.Event, error) { return s.Review(no) }},
		{name: "voided", given: []domain.Event{punch}, when: func(s S) ([]domain.Event, error) { return s.Void(void) }, then: []domain.Event{void}},
		{name: "voided twice", given: []domain.Event{punch, void}, when: func(s S) ([]domain.Event, error) { return s.Void(void) }},
		{name: "restored", given: []domain.Event{punch, void}, when: func(s S) ([]domain.Event, error) { return s.Restore(back) }, then: []domain.Event{back}},
		{name: "restored twice", given: []domain.Event{punch, void, back}, when: func(s S) ([]domain.Event, error) { return s.Restore(back) }},
		{name: "placed", given: []domain.Event{punch}, when: func(s S) ([]domain.Event, error) { return s.Place(placed) }, then: []domain.Event{placed}},
		{name: "placed the same", given: []domain.Event{punch, placed}, when: func(s S) ([]domain.Event, error) {
			same := placed
			same.DistanceM = ptr(3)
			return s.Place(same)
		}},
	})
}

func TestRosterAndCalendarDecisions(t *testing.T) {
	planned := domain.ShiftScheduled{Member: anna, Shifts: map[domain.Date]*string{"2026-03-02": ptr("day"), "2026-03-03": nil}}
	decide(t, []row[domain.RosterState]{
		{name: "planned", when: func(s domain.RosterState) ([]domain.Event, error) { return s.Schedule(planned) }, then: []domain.Event{planned}},
		{name: "planned twice", given: []domain.Event{planned}, when: func(s domain.RosterState) ([]domain.Event, error) { return s.Schedule(planned) }},
		{name: "only what differs", given: []domain.Event{planned}, when: func(s domain.RosterState) ([]domain.Event, error) {
			return s.Schedule(domain.ShiftScheduled{Member: anna, Shifts: map[domain.Date]*string{"2026-03-02": ptr("day"), "2026-03-03": ptr("day")}, Cleared: []domain.Date{"2026-03-09"}})
		}, then: []domain.Event{domain.ShiftScheduled{Member: anna, Shifts: map[domain.Date]*string{"2026-03-03": ptr("day")}}}},
	})
	year := domain.CalendarYearLoaded{Country: "CN", Year: 2026, Holidays: map[domain.Date]string{"2026-10-01": "国庆节"}, Source: "x"}
	other := year
	other.Holidays, other.SHA256 = map[domain.Date]string{"2026-10-02": "国庆节"}, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	decide(t, []row[domain.CalendarState]{
		{name: "year", when: func(s domain.CalendarState) ([]domain.Event, error) { return s.LoadYear(year) }, then: []domain.Event{year}},
		{name: "year twice", given: []domain.Event{year}, when: func(s domain.CalendarState) ([]domain.Event, error) { return s.LoadYear(year) }},
		{name: "other days replace it", given: []domain.Event{year}, when: func(s domain.CalendarState) ([]domain.Event, error) { return s.LoadYear(other) }, then: []domain.Event{other}},
		{name: "and the first again", given: []domain.Event{year, other}, when: func(s domain.CalendarState) ([]domain.Event, error) { return s.LoadYear(year) }, then: []domain.Event{year}},
		{name: "in order of date", when: func(s domain.CalendarState) ([]domain.Event, error) {
			return s.Declare(domain.Days{Workdays: map[domain.Date]*string{"2026-03-07": ptr("day")}, Holidays: map[domain.Date]*string{"2026-03-05": ptr("B"), "2026-03-04": ptr("A"), "2026-03-06": nil}})
		}, then: []domain.Event{domain.HolidayDeclared{Date: "2026-03-04", Name: "A"}, domain.HolidayDeclared{Date: "2026-03-05", Name: "B"}, domain.WorkdayDeclared{Date: "2026-03-07", Shift: "day"}}},
	})
}

func TestCommandIDs(t *testing.T) {
	made := func(at time.Time) domain.ID {
		id := uuid.Must(uuid.NewV7())
		for i := range 6 {
			id[i] = byte(at.UnixMilli() >> (40 - 8*i))
		}
		return id
	}
	server := now.Time()
	require.NoError(t, domain.CheckCommandTime(made(server.Add(-domain.CommandBehind)), now))
	require.NoError(t, domain.CheckCommandTime(made(server.Add(domain.CommandAhead)), now))
	require.ErrorContains(t, domain.CheckCommandTime(made(server.Add(-domain.CommandBehind-time.Millisecond)), now), "command_id_time")
	require.ErrorContains(t, domain.CheckCommandTime(made(server.Add(domain.CommandAhead+time.Millisecond)), now), "command_id_time")
	require.ErrorContains(t, domain.CheckCommandTime(uuid.New(), now), "command_id_invalid")
	month, err := domain.CommandMonth(made(time.Date(2026, 3, 1, 7, 59, 0, 0, time.FixedZone("", 8*3600))))
	require.NoError(t, err)
	require.Equal(t, "202602", month, "the UTC month of the id")
	require.Equal(t, "202603", domain.WallMonth("2026-03-01T00:00:00"))
}

func TestNumbers(t *testing.T) {
	for in, want := range map[string]string{" 0042\t": "0042", "e\u0301": "é", "工号 7": "工号 7"} {
		n, err := domain.Number(in)
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	long := make([]byte, 65)
	for i := range long {
		long[i] = '1'
	}
	for in, want := range map[string]string{
		"":           "number_invalid: the number is empty; give 1 to 64 characters",
		"a\x00b":     "number_invalid: the number holds the control character U+0000; leave it out",
		"\xff":       "number_invalid: the number is not valid UTF-8; send it as UTF-8",
		string(long): "number_invalid: the number has 65 characters; give at most 64",
	} {
		_, err := domain.Number(in)
		require.EqualError(t, err, want)
	}
}
