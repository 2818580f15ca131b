package commands_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/punchfile"
)

func (c *company) revert(r commands.ImportReport) commands.RevertReport {
	c.t.Helper()
	out, err := c.Imports.Revert(c.t.Context(), c.call(), commands.RevertImport{Import: r.ID})
	require.NoError(c.t, err)
	return out
}

// punchesAt are lines of one number on dates, morning and evening.
func punchesAt(number string, dates ...string) string {
	text := ""
	for _, date := range dates {
		text += fmt.Sprintf("%s\t%s 08:55:00\n%s\t%s 18:01:00\n", number, date, number, date)
	}
	return text
}

func (c *company) machineFile(text string) commands.ImportPunches {
	return importOf(punchfile.AttLog, "Asia/Shanghai", text)
}

// TestAWrongImportIsTakenBack is case 19: the member whom a wrong import made is no member on any date, the first day that it moved is back, and the
// right file makes the member anew.
func TestAWrongImportIsTakenBack(t *testing.T) {
	c := newCompany(t)
	c.found()
	c.imported(c.machineFile(punchesAt("7", "2026-02-20")))
	seven := domain.ProvisionedMemberID(c.org, "7", 0)
	wrong := c.imported(c.machineFile(punchesAt("31", "2026-01-03", "2026-02-03") + punchesAt("7", "2026-01-03")))
	m, _ := c.Directory.Member(c.org, seven)
	require.Equal(t, domain.Date("2026-01-03"), m.Joined)

	report := c.revert(wrong)
	require.Equal(t, domain.ImportReverted{Import: wrong.ID, Punches: 6, Members: 1, Joined: 1}, report.ImportReverted)
	gone := domain.ProvisionedMemberID(c.org, "31", 0)
	events := c.events(domain.MemberStream(c.org, gone))
	require.Equal(t, domain.MemberLeft{Left: "2026-01-02"}, events[len(events)-1])
	require.Equal(t, domain.BadgeReleased{Number: "31", Member: gone, Until: "2026-01-02"}, c.events(domain.BadgeStream(c.org, "31"))[1])
	m, _ = c.Directory.Member(c.org, seven)
	require.Equal(t, domain.Date("2026-02-20"), m.Joined, "the first day is back where it was")
	require.Empty(t, c.Directory.Holders(c.org, "31"))
	require.Len(t, c.Directory.Holders(c.org, "7"), 1, "the number was the member's before")

	right := c.imported(c.machineFile(punchesAt("31", "2026-02-02", "2026-02-03")))
	require.Equal(t, [6]int{4, 4, 0, 0, 0, 1}, tally(right), "no line of it belongs to the member who is gone")
	m, _ = c.Directory.Member(c.org, domain.ProvisionedMemberID(c.org, "31", 2))
	require.Equal(t, domain.Date("2026-02-02"), m.Joined)
	require.Empty(t, m.Left)

	again := c.imported(c.machineFile(punchesAt("31", "2026-01-03", "2026-02-03") + punchesAt("7", "2026-01-03")))
	require.Equal(t, wrong.ID, again.ID)
	m, _ = c.Directory.Member(c.org, m.ID)
	require.Equal(t, domain.Date("2026-01-03"), m.Joined, "the same files again are an import of their own, also after a reversal")
	m, _ = c.Directory.Member(c.org, seven)
	require.Equal(t, domain.Date("2026-01-03"), m.Joined)
}

// TestWhatARevertedImportLeaves lists who stays, and why.
func TestWhatARevertedImportLeaves(t *testing.T) {
	c := newCompany(t)
	c.found()
	first := c.imported(c.machineFile(punchesAt("1", "2026-01-05") + punchesAt("2", "2026-01-05") + punchesAt("3", "2026-01-05") + punchesAt("4", "2026-01-05")))
	id := func(number string) domain.ID { return domain.ProvisionedMemberID(c.org, number, 0) }
	c.imported(c.machineFile(punchesAt("1", "2026-02-05")))
	_, err := c.Members.Change(t.Context(), c.call(), commands.ChangeMember{Member: id("2"), Position: ptr("welder")})
	require.NoError(t, err)
	_, err = c.Roster.Schedule(t.Context(), c.call(), commands.ScheduleShifts{Entries: []commands.RosterEntry{{Member: id("3"), Shifts: map[string]*string{"2026-03-03": ptr("day")}}}})
	require.NoError(t, err)
	later := c.imported(c.machineFile(punchesAt("1", "2026-02-06") + "4\t2026-01-05 08:55:00\n"))
	require.Equal(t, 1, later.Known)

	report := c.revert(first)
	require.Equal(t, []domain.ImportKept{
		{Member: id("1"), Number: "1", What: domain.KeptMember, Reason: domain.KeptPunches},
		{Member: id("2"), Number: "2", What: domain.KeptMember, Reason: domain.KeptChanged},
		{Member: id("3"), Number: "3", What: domain.KeptMember, Reason: domain.KeptRoster},
	}, report.Kept)
	require.Equal(t, 1, report.Members)
	m, _ := c.Directory.Member(c.org, id("1"))
	require.Equal(t, domain.Date("2026-02-05"), m.Joined, "who has punched otherwise begins with these punches")
	m, _ = c.Directory.Member(c.org, id("2"))
	require.Equal(t, domain.Date("2026-01-05"), m.Joined)

	before := c.count()
	call := c.call()
	again, err := c.Imports.Revert(t.Context(), call, commands.RevertImport{Import: first.ID})
	require.NoError(t, err)
	require.Equal(t, report.ImportReverted, again.ImportReverted, "a repeat says the same")
	require.Equal(t, before, c.count(), "and writes nothing")
}

// TestAMovedMemberWithoutPunchesKeepsTheNumber: the import that had made the member is reverted, too, and the number stays with who stays.
func TestAMovedMemberWithoutPunchesKeepsTheNumber(t *testing.T) {
	c := newCompany(t)
	c.found()
	made := c.imported(c.machineFile(punchesAt("7", "2026-02-20")))
	moved := c.imported(c.machineFile(punchesAt("7", "2026-01-03")))
	kept := c.revert(made).Kept
	require.Len(t, kept, 1)
	require.Equal(t, domain.KeptPunches, kept[0].Reason)
	report := c.revert(moved)
	require.Equal(t, 1, report.Joined)
	require.Len(t, c.Directory.Holders(c.org, "7"), 1)
	seven := domain.ProvisionedMemberID(c.org, "7", 0)
	_, err := c.Imports.Revert(t.Context(), c.call(), commands.RevertImport{Import: made.ID})
	require.NoError(t, err)
	m, _ := c.Directory.Member(c.org, seven)
	require.Equal(t, domain.Date("2026-02-19"), m.Left, "nothing of the member is left, so a repeat of the first reversal takes the member back")
}

// TestAnAliasGoesWithItsImport frees a number that an import gave to a member.
func TestAnAliasGoesWithItsImport(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	c.hire("0042", &group)
	req := c.machineFile(punchesAt("42", "2026-02-05"))
	req.Aliases = map[string]string{"42": "0042"}
	r := c.imported(req)
	require.Len(t, c.Directory.Holders(c.org, "42"), 1)
	require.Equal(t, 2, c.revert(r).Punches)
	require.Empty(t, c.Directory.Holders(c.org, "42"))
	require.Equal(t, 2, c.count("timesheet")["PunchVoided"])
}

// TestAReversalThatStoppedIsDone does the rest with the next call.
func TestAReversalThatStoppedIsDone(t *testing.T) {
	c := newCompany(t)
	c.found()
	r := c.imported(c.machineFile(punchesAt("1", "2026-01-05") + punchesAt("2", "2026-01-05")))
	call := c.call()
	for _, last := range []string{"ImportReverted", "PunchVoided", "MemberLeft"} {
		c.stopAfter(last, func(ctx context.Context, s *commands.Service) error {
			_, err := s.Imports.Revert(ctx, call, commands.RevertImport{Import: r.ID})
			return err
		})
	}
	report := c.revert(r)
	require.Equal(t, 2, report.Members)
	counts := c.count()
	require.Equal(t, [4]int{4, 2, 2, 1}, [4]int{counts["PunchVoided"], counts["MemberLeft"], counts["BadgeReleased"], counts["ImportReverted"]})
}
