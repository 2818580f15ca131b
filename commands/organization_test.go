package commands_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

func TestFoundingTwiceWithOneIDFoundsOneCompany(t *testing.T) {
	c := newCompany(t)
	call := c.call()
	first, err := c.Organizations.Create(t.Context(), call, commands.CreateOrganization{Name: "Acme", Address: "1 Main St"})
	require.NoError(t, err)
	second, err := c.Organizations.Create(t.Context(), call, commands.CreateOrganization{Name: "Acme", Address: "1 Main St"})
	require.NoError(t, err)
	require.Equal(t, domain.ServerID("org", call.CommandID), first.ID)
	require.True(t, second.Replay)
	second.Replay = false
	require.Equal(t, first, second)
	require.Equal(t, []domain.Event{domain.OrganizationCreated{Name: "Acme", Address: domain.Private("1 Main St")}}, c.events(first.Stream))

	call.Body = []byte(`{"name":"Other"}`)
	_, err = c.Organizations.Create(t.Context(), call, commands.CreateOrganization{Name: "Other"})
	requireRefusal(t, err, "command_id_reused", "the command id "+call.CommandID.String()+" was used for another request; make a new id")
}

func TestClientIDsAreJudgedOnFirstSightOnly(t *testing.T) {
	c := newCompany(t)
	c.found()
	call := c.call()
	_, err := c.Organizations.SetAttendance(t.Context(), call, commands.SetAttendance{Enabled: false})
	require.NoError(t, err)
	c.set(testNow.AddDate(0, 0, 60))
	again, err := c.Organizations.SetAttendance(t.Context(), call, commands.SetAttendance{Enabled: false})
	require.NoError(t, err, "an id that was seen is answered however old it is")
	require.True(t, again.Replay)

	call.CommandID = v7(testNow)
	_, err = c.Organizations.SetAttendance(t.Context(), call, commands.SetAttendance{Enabled: true})
	requireRefusal(t, err, "command_id_time", "the Idempotency-Key is 60 days old; make a new one and keep claimed_at (the server's time is 2026-05-01T02:00:00.000000Z)")
	call.CommandID = v7(c.clock().Add(25 * time.Hour))
	_, err = c.Organizations.SetAttendance(t.Context(), call, commands.SetAttendance{Enabled: true})
	requireRefusal(t, err, "command_id_time", "the Idempotency-Key is more than 24 hours ahead; set the clock and make a new one (the server's time is 2026-05-01T02:00:00.000000Z)")
}

func TestUnknownOrganizationsAreNotFound(t *testing.T) {
	c := newCompany(t)
	c.org = v7(testNow)
	_, err := c.Organizations.SetAttendance(t.Context(), c.call(), commands.SetAttendance{Enabled: true})
	requireRefusal(t, err, "organization_not_found", "there is no such organization")
	_, err = c.Members.Provision(t.Context(), c.call(), commands.ProvisionMember{Number: "1"})
	requireRefusal(t, err, "organization_not_found", "there is no such organization")
}

func TestRulesAreVersionedFacts(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	stream := domain.GroupStream(c.org, group)
	change := func(rule string) ledger.Receipt {
		r, err := c.Groups.ChangeRule(t.Context(), c.call(), commands.ChangeRule{Group: group, Rule: json.RawMessage(rule)})
		require.NoError(t, err)
		return r
	}
	require.Empty(t, change(officeRule).Events, "the same document changes nothing")
	require.Len(t, change(`{"time_zone":"Asia/Shanghai","effective_from":"2026-02-01","holidays":"CN","shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}}}`).Events, 1)
	events := c.events(stream)
	require.Len(t, events, 3)
	require.Equal(t, 2, events[2].(domain.RuleChanged).Version)
	require.Equal(t, domain.Date("2026-02-01"), events[2].(domain.RuleChanged).EffectiveFrom)
	years := c.events(domain.CalendarStream(c.org))
	require.Len(t, years, 3, "a rule with CN holidays brings the shipped years into the ledger")
	require.Len(t, change(officeRule).Events, 1, "back again is a new version")

	_, err := c.Groups.ChangeRule(t.Context(), c.call(), commands.ChangeRule{Group: group, Rule: json.RawMessage(`{"time_zone":"Mars/Olympus"}`)})
	var refusal *domain.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, "rule_invalid", refusal.Code)
	require.NotEmpty(t, refusal.Fields)
	_, err = c.Groups.ChangeRule(t.Context(), c.call(), commands.ChangeRule{Group: v7(testNow), Rule: json.RawMessage(officeRule)})
	requireRefusal(t, err, "group_not_found", "there is no such open group")
}

func TestMembersKeepTheirNumber(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	call := c.call()
	req := commands.ProvisionMember{Number: " 0042 ", Name: "王芳", Phone: "+8613800000000", Group: &group, Joined: "2026-02-01"}
	r, err := c.Members.Provision(t.Context(), call, req)
	require.NoError(t, err)
	require.Equal(t, domain.ProvisionedMemberID(c.org, "0042", 0), r.ID)
	again, err := c.Members.Provision(t.Context(), call, req)
	require.NoError(t, err)
	require.True(t, again.Replay)
	require.Equal(t, r.ID, again.ID)
	require.Equal(t, []domain.Event{
		domain.MemberProvisioned{Member: r.ID, Number: "0042", Name: domain.Private("王芳"), Phone: domain.Private("+8613800000000"), Joined: "2026-02-01"},
		domain.GroupAssigned{Group: group, From: "2026-02-01"},
	}, c.events(r.Stream))

	_, err = c.Members.Provision(t.Context(), c.call(), commands.ProvisionMember{Number: "0042", Joined: "2026-02-01"})
	requireRefusal(t, err, "number_taken", "the number 0042 belongs to another member; release it or choose another")
	_, err = c.Members.Provision(t.Context(), c.call(), commands.ProvisionMember{Number: "  ", Joined: "2 March"})
	requireRefusal(t, err, "request_invalid", "/number the number is empty; give 1 to 64 characters; /joined must be a date such as 2026-03-02")
}

func TestANumberChangesHands(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	old := c.hire("7", &group)
	_, err := c.Members.End(t.Context(), c.call(), commands.EndMembership{Member: old, Left: "2026-02-10"})
	require.NoError(t, err)
	_, err = c.Members.Provision(t.Context(), c.call(), commands.ProvisionMember{Number: "7", Joined: "2026-02-10"})
	requireRefusal(t, err, "number_taken", "the number 7 belonged to another member until 2026-02-10; begin after that date")
	r, err := c.Members.Provision(t.Context(), c.call(), commands.ProvisionMember{Number: "7", Joined: "2026-02-11"})
	require.NoError(t, err)
	require.NotEqual(t, old, r.ID)

	punch := func(at string) domain.ID {
		when, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		return c.punched(commands.RecordPunch{Number: "7", ClaimedAt: &when, Offline: true}).Member
	}
	require.Equal(t, old, punch("2026-02-10T23:00:00+08:00"), "a punch by number goes to the holder on its date")
	require.Equal(t, r.ID, punch("2026-02-11T00:30:00+08:00"))

	changed, err := c.Members.Change(t.Context(), c.call(), commands.ChangeMember{Member: r.ID, Number: ptr("8"), NumberFrom: "2026-03-01", Name: ptr("New Name")})
	require.NoError(t, err)
	require.Equal(t, r.ID, changed.ID, "a member's id never changes with the number")
	require.Equal(t, []domain.Event{
		domain.BadgeAssigned{Number: "7", Member: old, From: "2026-01-01"},
		domain.BadgeReleased{Number: "7", Member: old, Until: "2026-02-10"},
		domain.BadgeAssigned{Number: "7", Member: r.ID, From: "2026-02-11"},
		domain.BadgeReleased{Number: "7", Member: r.ID, Until: "2026-02-28"},
	}, c.events(domain.BadgeStream(c.org, "7")))
}

func TestWhatOneCopyWritesTheOtherKnows(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	member := c.hire("1", &group)
	other := c.copy()
	r, err := other.Punches.Record(t.Context(), c.call(), commands.RecordPunch{Member: &member})
	require.NoError(t, err)
	require.Equal(t, r.Events, []domain.ID{r.ID}, "a punch's receipt names the punch")
}
