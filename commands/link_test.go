package commands_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
)

// tree is a company with departments: Works, Paint below it, and Sales; and a second group.
func (c *company) tree() (works, paint, sales, night domain.ID) {
	c.t.Helper()
	add := func(name string, parent *domain.ID) domain.ID {
		r, err := c.Departments.Add(c.t.Context(), c.call(), commands.AddDepartment{Name: name, Parent: parent})
		require.NoError(c.t, err)
		return r.ID
	}
	works = add("Works", nil)
	paint, sales = add("Paint", &works), add("Sales", nil)
	r, err := c.Groups.Create(c.t.Context(), c.call(), commands.CreateGroup{Name: "Night", Rule: json.RawMessage(officeRule)})
	require.NoError(c.t, err)
	return works, paint, sales, r.ID
}

func (c *company) groupOn(member domain.ID, date domain.Date) domain.ID {
	group, _ := c.Directory.GroupOf(c.org, member, date)
	return group
}

// TestGroupsFollowDepartments: who joins, moves or was there before is in the right group at once, the founder too.
func TestGroupsFollowDepartments(t *testing.T) {
	c := newCompany(t)
	office := c.found()
	works, paint, sales, night := c.tree()
	hire := func(number string, department *domain.ID) domain.ID {
		r, err := c.Members.Provision(t.Context(), c.call(), commands.ProvisionMember{Number: number, Department: department, Joined: "2026-02-01"})
		require.NoError(t, err)
		return r.ID
	}
	anna, boss := hire("1", &paint), hire("2", nil)
	require.Equal(t, domain.ID{}, c.groupOn(anna, "2026-03-02"))
	link := func(group domain.ID, department *domain.ID, from domain.Date) error {
		_, err := c.Links.Link(t.Context(), c.call(), commands.LinkGroup{Group: group, Department: department, From: from})
		return err
	}
	require.NoError(t, link(night, &works, "2026-02-10"))
	require.NoError(t, link(office, nil, "2026-01-01"))
	require.Equal(t, office, c.groupOn(anna, "2026-02-09"), "the whole organization, before the works were taken")
	require.Equal(t, night, c.groupOn(anna, "2026-02-10"), "nearest up the tree")
	require.Equal(t, office, c.groupOn(boss, "2026-03-02"), "who is in no department")
	ben := hire("3", &works)
	require.Equal(t, night, c.groupOn(ben, "2026-03-02"), "who joins")

	_, err := c.Members.Change(t.Context(), c.call(), commands.ChangeMember{Member: anna, Department: &sales, DepartmentFrom: "2026-03-10"})
	require.NoError(t, err)
	require.Equal(t, night, c.groupOn(anna, "2026-03-09"))
	require.Equal(t, office, c.groupOn(anna, "2026-03-10"), "who moves, on the day")
	_, err = c.Members.AssignGroup(t.Context(), c.call(), commands.AssignGroup{Member: ben, Group: &office, From: "2026-03-01"})
	require.NoError(t, err)
	require.Equal(t, office, c.groupOn(ben, "2026-03-02"), "a choice is stronger")
	_, err = c.Members.AssignGroup(t.Context(), c.call(), commands.AssignGroup{Member: ben, FollowDepartment: true, From: "2026-04-01"})
	require.NoError(t, err)
	require.Equal(t, night, c.groupOn(ben, "2026-04-01"), "until the member follows the department again")
	_, err = c.Departments.Change(t.Context(), c.call(), commands.ChangeDepartment{Department: sales, Parent: &works})
	require.NoError(t, err)
	require.Equal(t, night, c.groupOn(anna, "2026-03-10"), "a department that moves today")

	other := c.copy()
	require.NoError(t, other.Directory.Fresh(t.Context()))
	for _, member := range []domain.ID{anna, ben, boss} {
		mine, _ := c.Directory.Member(c.org, member)
		theirs, _ := other.Directory.Member(c.org, member)
		require.Equal(t, mine.Groups, theirs.Groups, "read from the log")
	}

	requireRefusal(t, link(office, &works, "2026-02-10"), "department_taken", "the group Night takes this department from 2026-02-10 on already; choose another day, or take it from that group first")
	requireRefusal(t, link(office, ptr(v7(testNow)), "2026-02-10"), "department_not_found", "there is no such open department")
	_, err = c.Groups.Close(t.Context(), c.call(), commands.CloseGroup{Group: night})
	requireRefusal(t, err, "group_not_empty", "the group has 2 members; move them to another group first")
	_, err = c.Links.Unlink(t.Context(), c.call(), commands.LinkGroup{Group: night, Department: &works})
	require.NoError(t, err)
	require.Equal(t, office, c.groupOn(anna, "2026-03-10"))
	_, err = c.Groups.Close(t.Context(), c.call(), commands.CloseGroup{Group: night})
	require.NoError(t, err)
	_, err = c.Links.Unlink(t.Context(), c.call(), commands.LinkGroup{Group: office, Department: &sales})
	requireRefusal(t, err, "link_not_found", "the group takes no such department")
}

// TestDepartmentsHaveDates: a move holds from its day, a past one needs a reason, and a team is that of the date.
func TestDepartmentsHaveDates(t *testing.T) {
	c := newCompany(t)
	office := c.found()
	works, paint, sales, _ := c.tree()
	anna := c.hire("1", &office)
	move := func(to domain.ID, from domain.Date, reason string) error {
		_, err := c.Members.Change(t.Context(), c.call(), commands.ChangeMember{Member: anna, Department: &to, DepartmentFrom: from, Reason: reason})
		return err
	}
	requireRefusal(t, move(paint, "2026-02-01", ""), "department_reason", "2026-02-01 has passed, so that figures of days gone by change; write the reason, or choose 2026-03-02 or later")
	require.NoError(t, move(paint, "2026-02-01", "she was there since February"))
	require.NoError(t, move(sales, "", ""))
	require.NoError(t, move(works, "2026-05-01", ""))
	m, _ := c.Directory.Member(c.org, anna)
	require.Equal(t, domain.Postings{{}, {From: "2026-02-01", Department: &paint}, {From: "2026-03-02", Department: &sales}, {From: "2026-05-01", Department: &works}}, m.Departments)

	team := func(department domain.ID, date domain.Date) []domain.ID {
		return c.Directory.Team(c.org, []domain.ID{department}, nil, date)
	}
	require.Equal(t, []domain.ID{anna}, team(works, "2026-02-15"), "with what is below")
	require.Empty(t, team(works, "2026-03-02"))
	require.Equal(t, []domain.ID{anna}, team(sales, "2026-04-30"))
	require.Equal(t, []domain.ID{anna}, team(works, "2026-05-01"), "what was planned takes effect by itself")
	stays := c.Directory.Teams.Between(c.org, []domain.ID{works}, nil, "2026-01-15", "2026-06-30")
	require.Len(t, stays, 2)
	require.Equal(t, domain.Date("2026-02-01"), stays[0].From)
	require.Equal(t, domain.Date("2026-03-01"), stays[0].To)
	require.Equal(t, domain.Date("2026-05-01"), stays[1].From)
	require.Equal(t, domain.Date("2026-06-30"), stays[1].To)

	_, err := c.Departments.Change(t.Context(), c.call(), commands.ChangeDepartment{Department: paint, Closed: true})
	require.NoError(t, err, "nobody is in it any more")
	_, err = c.Departments.Change(t.Context(), c.call(), commands.ChangeDepartment{Department: works, Closed: true})
	requireRefusal(t, err, "department_not_empty", "the department has 1 members; move them to another department first")
	_, err = c.Members.Change(t.Context(), c.call(), commands.ChangeMember{Member: anna, DepartmentFrom: "2026-05-01"})
	requireRefusal(t, err, "request_invalid", "/department_from comes with a department; write which one")
}
