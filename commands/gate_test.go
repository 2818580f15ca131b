package commands_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/punchfile"
)

const cleanRule = `{"name":"Office","time_zone":"Asia/Shanghai","effective_from":"2026-01-01","shifts":{"dé":{"sections":[{"on":"09:00","off":"18:00"}]}},"special_days":{"2026-10-01":null}}`

// refusedFor requires a refusal that names a field.
func refusedFor(t *testing.T, err error, code, pointer string) {
	t.Helper()
	var refusal *domain.Refusal
	require.ErrorAs(t, err, &refusal, pointer)
	require.Equal(t, code, refusal.Code, refusal.Text)
	var named []string
	for _, f := range refusal.Fields {
		named = append(named, f.Pointer)
	}
	require.Contains(t, named, pointer, refusal.Text)
}

func TestCommandsRefuseWhatNoCommandWrites(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	member := c.hire("1", &group)
	late := domain.DateOf(testNow.AddDate(10, 0, 1), time.UTC)
	rule := func(from, to string) json.RawMessage { return json.RawMessage(strings.Replace(cleanRule, from, to, 1)) }
	for name, x := range map[string]struct {
		run           func() error
		code, pointer string
	}{
		"position": {func() error {
			_, err := c.Members.Provision(t.Context(), c.call(), commands.ProvisionMember{Number: "9", Position: "a\x00b"})
			return err
		}, domain.CodeText, "/position"},
		"ancient": {func() error {
			_, err := c.Members.Provision(t.Context(), c.call(), commands.ProvisionMember{Number: "9", Joined: "0001-01-01"})
			return err
		}, domain.CodeDate, "/joined"},
		"eleven years ahead": {func() error {
			_, err := c.Members.Change(t.Context(), c.call(), commands.ChangeMember{Member: member, Joined: &late})
			return err
		}, domain.CodeDate, "/joined"},
		"shift": {func() error {
			_, err := c.Roster.Schedule(t.Context(), c.call(), commands.ScheduleShifts{Entries: []commands.RosterEntry{
				{Member: member, Shifts: map[string]*string{"2026-04-01": ptr("a\u202eb")}}}})
			return err
		}, domain.CodeText, "/entries/0/shifts/2026-04-01"},
		"holiday": {func() error {
			_, err := c.Calendar.Declare(t.Context(), c.call(), commands.DeclareDays{Holidays: map[string]*string{"1969-01-01": ptr("Old")}})
			return err
		}, domain.CodeDate, "/holidays/1969-01-01"},
		"span": {func() error {
			_, err := c.Requests.Trip(t.Context(), c.call(), commands.RequestTrip{Member: member, Span: commands.Span{FromDate: late, ToDate: late, Zone: "UTC"}})
			return err
		}, domain.CodeDate, "/span/from_date"},
		"rule's text": {func() error {
			_, err := c.Groups.ChangeRule(t.Context(), c.call(), commands.ChangeRule{Group: group, Rule: rule(`"Office"`, `"a\ud800"`)})
			return err
		}, domain.CodeText, "/name"},
		"rule's shift": {func() error {
			_, err := c.Groups.Create(t.Context(), c.call(), commands.CreateGroup{Name: "x", Rule: rule("dé", `d\u0000`)})
			return err
		}, domain.CodeText, "/rule/shifts/d\x00"},
		"rule's date": {func() error {
			_, err := c.Groups.ChangeRule(t.Context(), c.call(), commands.ChangeRule{Group: group, Rule: rule("2026-01-01", "0001-01-01")})
			return err
		}, domain.CodeDate, "/effective_from"},
		"rule's special day": {func() error {
			_, err := c.Groups.ChangeRule(t.Context(), c.call(), commands.ChangeRule{Group: group, Rule: rule("2026-10-01", "2199-10-01")})
			return err
		}, domain.CodeDate, "/special_days/2199-10-01"},
		"machine": {func() error {
			req := importOf(punchfile.AttLog, "Asia/Shanghai", attlog)
			req.Machine = "a\x00b"
			_, err := c.Imports.Run(t.Context(), c.call(), req)
			return err
		}, domain.CodeText, "/machine"},
	} {
		before := c.count()
		refusedFor(t, x.run(), x.code, x.pointer)
		require.Equal(t, before, c.count(), "%s: nothing is written", name)
	}
}

func TestARuleIsStoredInOneForm(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	r, err := c.Groups.ChangeRule(t.Context(), c.call(), commands.ChangeRule{Group: group, Rule: json.RawMessage(strings.ReplaceAll(cleanRule, "dé", "de\u0301"))})
	require.NoError(t, err)
	events := c.events(r.Stream)
	require.Contains(t, string(events[len(events)-1].(domain.RuleChanged).Rule), `"dé"`)
	member := c.hire("1", &group)
	_, err = c.Roster.Schedule(t.Context(), c.call(), commands.ScheduleShifts{Entries: []commands.RosterEntry{
		{Member: member, Shifts: map[string]*string{"2026-04-01": ptr("de\u0301")}}}})
	require.NoError(t, err, "a roster names the shift, however it is written")
}

func TestLinesOfFilesThatNoCommandWrites(t *testing.T) {
	c := newCompany(t)
	c.found()
	r := c.imported(importOf(punchfile.CSV, "Asia/Shanghai", "number,at,state\n1,2026-02-02 09:00:00,in\n2,2026-02-02 09:00:00,a\u202eb\n3,0001-02-02 09:00:00,in\n4,2200-01-01 00:00:00,in\n1,2199-12-31 23:59:59,in\n"))
	require.Equal(t, [6]int{5, 2, 0, 0, 3, 1}, tally(r), "a punch beyond today is a doubt, one that the ledger cannot hold is refused")
	lines := map[int]string{}
	for _, issue := range r.Issues {
		lines[issue.From] = issue.Code
	}
	require.Equal(t, map[int]string{3: "text", 4: "time", 5: "time", 6: "clock_jump"}, lines)
}

// TestTheLastGateStandsBeforeTheLedger takes a use case that forgot to check.
func TestTheLastGateStandsBeforeTheLedger(t *testing.T) {
	c := newCompany(t)
	c.found()
	call := c.call()
	call.Subject = c.org
	_, err := ledger.Handle(t.Context(), c.Ledger, call, domain.OrgStream(c.org), func(domain.OrganizationState, domain.Instant) ([]domain.Event, error) {
		return []domain.Event{domain.OrganizationChanged{Industry: ptr("a\x00b")}}, nil
	})
	refusedFor(t, err, domain.CodeText, "/industry")
}
