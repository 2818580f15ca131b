package commands_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/punchfile"
	"github.com/dakahq/daka/domain/wire"
)

// metadata is what stands beside the events of a receipt.
func (c *company) metadata(r ledger.Receipt) []domain.Metadata {
	c.t.Helper()
	raws, err := c.log.Read(c.t.Context(), r.Stream, 0, 0)
	require.NoError(c.t, err)
	var out []domain.Metadata
	for _, id := range r.Events {
		for _, raw := range raws {
			if raw.ID == id {
				m, err := wire.DecodeMetadata(raw.Metadata)
				require.NoError(c.t, err)
				out = append(out, m)
			}
		}
	}
	return out
}

// program issues a token as a member and gives the actor that it is.
func (c *company) program(issuer domain.ID, name string) domain.Actor {
	c.t.Helper()
	r, _, err := c.Tokens.Issue(c.t.Context(), as(c.call(), issuer), commands.IssueToken{Name: name, Scopes: []string{"requests:write"}})
	require.NoError(c.t, err)
	return domain.Actor{Kind: domain.ActorToken, ID: r.ID.String()}
}

func (c *company) grant(member domain.ID, roles ...domain.Role) {
	c.t.Helper()
	granted := []domain.RoleGranted{}
	for _, r := range roles {
		granted = append(granted, domain.RoleGranted{Role: r})
	}
	_, err := c.Roles.Set(c.t.Context(), c.call(), commands.SetRoles{Member: member, Roles: granted})
	require.NoError(c.t, err)
}

func acting(call ledger.Call, actor domain.Actor) ledger.Call {
	call.Actor = actor
	return call
}

// leave files a day of leave of a member.
func (c *company) leave(call ledger.Call, member domain.ID, date domain.Date) commands.JudgeRequest {
	c.t.Helper()
	r, err := c.Requests.Leave(c.t.Context(), call, commands.RequestLeave{Member: member, LeaveType: "annual", Span: commands.Span{FromDate: date, ToDate: date}})
	require.NoError(c.t, err)
	return commands.JudgeRequest{Request: r.ID}
}

const (
	ownRequest = "nobody decides about their own request; another approver must"
	filed      = "whoever files a request does not decide about it, alone or by a program; another approver must"
)

// TestAProgramActsForWhoIssuedIt: what a person may not decide, no program of theirs decides.
func TestAProgramActsForWhoIssuedIt(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	hr, other, clerk := c.hire("1", &group), c.hire("2", &group), c.hire("3", &group)
	c.grant(hr, domain.RoleHR)
	c.grant(other, domain.RoleHR)
	token := c.program(hr, "mine")
	decide := func(call ledger.Call, req commands.JudgeRequest) error {
		_, err := c.Requests.Approve(t.Context(), call, req)
		return err
	}
	own := c.leave(as(c.call(), hr), hr, "2026-03-10")
	requireRefusal(t, decide(acting(c.call(), token), own), "self_approval", ownRequest)
	requireRefusal(t, decide(as(c.call(), hr), own), "self_approval", ownRequest)
	require.NoError(t, decide(as(c.call(), other), own))
	_, err := c.Requests.Cancel(t.Context(), acting(c.call(), token), own)
	requireRefusal(t, err, "self_approval", ownRequest)

	clerks := c.leave(acting(c.call(), token), clerk, "2026-03-10")
	requireRefusal(t, decide(acting(c.call(), token), clerks), "filed_by_you", filed)
	requireRefusal(t, decide(as(c.call(), hr), clerks), "filed_by_you", filed)
	require.NoError(t, decide(acting(c.call(), c.program(other, "theirs")), clerks))
	third := c.leave(acting(c.call(), token), clerk, "2026-03-12")
	_, err = c.Requests.Withdraw(t.Context(), acting(c.call(), token), third)
	require.NoError(t, err, "who filed it takes it back")

	for name, call := range map[string]ledger.Call{"by a program": acting(c.call(), token), "by hand": as(c.call(), hr)} {
		at := domain.Date("2026-03-02").Time().Add(time.Hour)
		_, err := c.Punches.CorrectSlot(t.Context(), call, commands.CorrectSlot{Member: hr, Date: "2026-03-02", CheckType: domain.OnDuty, At: at, Reason: "forgot"})
		requireRefusal(t, err, "self_correction", "nobody corrects their own slot; another administrator must, or ask for a makeup")
		require.Error(t, err, name)
	}
}

// TestTheOneAdministratorDecidesForThemselves, and the ledger says so; the program that filed a request never decides about it.
func TestTheOneAdministratorDecidesForThemselves(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	boss := c.hire("1", &group)
	clerk := c.hire("2", &group)
	c.grant(boss, domain.RoleHR)
	at := domain.Date("2026-03-02").Time().Add(time.Hour)
	r, err := c.Punches.CorrectSlot(t.Context(), as(c.call(), boss), commands.CorrectSlot{Member: boss, Date: "2026-03-02", CheckType: domain.OnDuty, At: at, Reason: "forgot"})
	require.NoError(t, err)
	require.True(t, c.metadata(r)[0].Self)
	r, err = c.Punches.CorrectSlot(t.Context(), as(c.call(), boss), commands.CorrectSlot{Member: clerk, Date: "2026-03-02", CheckType: domain.OnDuty, At: at, Reason: "forgot"})
	require.NoError(t, err)
	require.False(t, c.metadata(r)[0].Self, "about another")

	r, err = c.Requests.Approve(t.Context(), as(c.call(), boss), c.leave(as(c.call(), boss), boss, "2026-03-10"))
	require.NoError(t, err)
	require.True(t, c.metadata(r)[0].Self)
	token := c.program(boss, "mine")
	_, err = c.Requests.Approve(t.Context(), acting(c.call(), token), c.leave(acting(c.call(), token), boss, "2026-03-11"))
	requireRefusal(t, err, "filed_by_you", filed)

	_, err = c.Organizations.SetApprovers(t.Context(), c.call(), commands.SetApprovers{Approvers: []domain.ID{clerk}})
	require.NoError(t, err)
	_, err = c.Requests.Approve(t.Context(), as(c.call(), boss), c.leave(as(c.call(), boss), boss, "2026-03-12"))
	requireRefusal(t, err, "self_approval", ownRequest)
	_, err = c.Requests.Approve(t.Context(), as(c.call(), clerk), c.leave(as(c.call(), clerk), clerk, "2026-03-12"))
	requireRefusal(t, err, "self_approval", ownRequest)
}

// TestOwnLinesAreDoubted: HR's own punches as a machine's or a file's, in a batch or by a program, are written and flagged; what everybody
// makes with a phone is not.
func TestOwnLinesAreDoubted(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	hr, other := c.hire("1", &group), c.hire("2", &group)
	c.grant(hr, domain.RoleHR)
	c.grant(other, domain.RoleHR)
	flags := func(r ledger.Receipt) []domain.Flag {
		events := c.events(r.Stream)
		return events[r.Revision].(domain.PunchRecorded).Flags
	}
	one := func(call ledger.Call, req commands.RecordPunch) []domain.Flag {
		t.Helper()
		r, err := c.Punches.Record(t.Context(), call, req)
		require.NoError(t, err)
		return flags(r)
	}
	written := []domain.Flag{domain.FlagSelfWritten}
	machine := commands.RecordPunch{Number: "1", Wall: "2026-03-02T08:55:00", Zone: "Asia/Shanghai"}
	require.Equal(t, written, one(as(c.call(), hr), machine))
	require.Equal(t, written, one(as(c.call(), hr), commands.RecordPunch{Member: &hr, SourceType: domain.SourceATM}))
	require.Equal(t, written, one(acting(c.call(), c.program(hr, "mine")), commands.RecordPunch{Member: &hr}))
	require.Empty(t, one(as(c.call(), hr), commands.RecordPunch{Member: &hr}))
	require.Empty(t, one(as(c.call(), hr), commands.RecordPunch{Number: "2", Wall: "2026-03-02T08:55:00", Zone: "Asia/Shanghai"}))
	require.Empty(t, one(c.call(), commands.RecordPunch{Member: &hr, SourceType: domain.SourceATM}))

	outcomes, err := c.Punches.RecordAll(t.Context(), as(c.call(), hr), commands.RecordPunches{Punches: []commands.RecordPunch{
		{Number: "1", Wall: "2026-03-02T09:55:00", Zone: "Asia/Shanghai"}, {Number: "2", Wall: "2026-03-02T09:55:00", Zone: "Asia/Shanghai"}}})
	require.NoError(t, err)
	require.Equal(t, written, flags(outcomes[0].Receipt))
	require.Empty(t, flags(outcomes[1].Receipt))

	r, err := c.Imports.Run(t.Context(), as(c.call(), hr), importOf(punchfile.AttLog, "Asia/Shanghai", "  1\t2026-01-05 08:55:00\t1\t0\t0\t0\n  2\t2026-01-05 08:56:00\t1\t0\t0\t0\n"))
	require.NoError(t, err)
	require.Equal(t, 2, r.Punches)
	line := func(member domain.ID) domain.PunchRecorded {
		return c.events(domain.TimesheetStream(c.org, member, "202601"))[0].(domain.PunchRecorded)
	}
	require.Equal(t, written, line(hr).Flags)
	require.Empty(t, line(other).Flags)

	_, err = c.Imports.Revert(t.Context(), as(c.call(), hr), commands.RevertImport{Import: r.ID})
	requireRefusal(t, err, "self_void", "this import holds punches of your own; another administrator reverts it")
	c.grant(other)
	back, err := c.Imports.Revert(t.Context(), as(c.call(), hr), commands.RevertImport{Import: r.ID})
	require.NoError(t, err)
	require.True(t, c.metadata(back.Receipt)[0].Self)
	self := map[bool]int{}
	for _, m := range []domain.ID{hr, other} {
		raws, err := c.log.Read(t.Context(), domain.TimesheetStream(c.org, m, "202601"), 1, 0)
		require.NoError(t, err)
		meta, err := wire.DecodeMetadata(raws[0].Metadata)
		require.NoError(t, err)
		require.Equal(t, "PunchVoided", raws[0].Type)
		self[meta.Self]++
	}
	require.Equal(t, map[bool]int{true: 1, false: 1}, self, "only one's own punch is dealt with for oneself")
}

// TestReviewsOfOwnPunches need another person, also by a program.
func TestReviewsOfOwnPunches(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	hr, other := c.hire("1", &group), c.hire("2", &group)
	c.grant(hr, domain.RoleHR)
	c.grant(other, domain.RoleHR)
	r, err := c.Punches.Record(t.Context(), as(c.call(), hr), commands.RecordPunch{Member: &hr, SourceType: domain.SourceATM})
	require.NoError(t, err)
	review := commands.ReviewPunch{Member: hr, Punch: r.ID, Stream: r.Stream, Review: "approved"}
	for _, call := range []ledger.Call{as(c.call(), hr), acting(c.call(), c.program(hr, "mine"))} {
		_, err = c.Punches.Review(t.Context(), call, review)
		requireRefusal(t, err, "self_review", "nobody reviews their own punch; the manager or HR does")
	}
	seen, err := c.Punches.Review(t.Context(), as(c.call(), other), review)
	require.NoError(t, err)
	require.False(t, c.metadata(seen)[0].Self)
	c.grant(other)
	review.Review = "rejected"
	seen, err = c.Punches.Review(t.Context(), as(c.call(), hr), review)
	require.NoError(t, err)
	require.True(t, c.metadata(seen)[0].Self)
	_, err = c.Punches.Review(t.Context(), acting(c.call(), domain.Actor{Kind: domain.ActorToken, ID: uuid.NewString()}), review)
	require.NoError(t, err, "nothing to change")
}
