package commands_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

func (c *company) makeup(member domain.ID, date domain.Date) (ledger.Receipt, error) {
	at := date.Time().Add(time.Hour)
	return c.Requests.Makeup(c.t.Context(), c.call(), commands.RequestMakeup{Member: member, Date: date, CheckType: domain.OnDuty, At: at, Reason: "forgot"})
}

func TestMakeupsKeepTheLimitsOfTheRule(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	member := c.hire("1", &group)
	first, err := c.makeup(member, "2026-02-10")
	require.NoError(t, err)
	for _, date := range []domain.Date{"2026-02-11", "2026-02-12"} {
		_, err := c.makeup(member, date)
		require.NoError(t, err)
	}
	_, err = c.makeup(member, "2026-02-13")
	requireRefusal(t, err, "makeup_limit", "the rule allows 3 makeups a month; 2026-02 has 3 already; ask an administrator for a correction, or cancel another makeup of that month")
	_, err = c.makeup(member, "2026-03-02")
	require.NoError(t, err, "another month has a quota of its own")
	_, err = c.makeup(member, "2026-03-03")
	requireRefusal(t, err, "makeup_in_future", "2026-03-03 has not come yet; a makeup mends a day that was")
	_, err = c.makeup(member, "2026-01-30")
	requireRefusal(t, err, "makeup_too_late", "the rule allows makeups within 30 days; 2026-01-30 is longer ago; ask an administrator for a correction")
	_, err = c.Requests.Makeup(t.Context(), c.call(), commands.RequestMakeup{Member: member, Date: "2026-03-01", Section: 2, CheckType: domain.OnDuty, At: domain.Date("2026-03-01").Time()})
	requireRefusal(t, err, "makeup_section", "by the rule, 2026-03-01 has no section 2; choose one from 1 to 1")

	_, err = c.Requests.Reject(t.Context(), c.call(), commands.JudgeRequest{Request: first.ID, Comment: "no"})
	require.NoError(t, err)
	_, err = c.makeup(member, "2026-02-13")
	require.NoError(t, err, "a rejected makeup gives its place back")
	require.Equal(t, domain.MakeupCounted{Request: first.ID, Month: "2026-02", Released: true}, c.events(domain.BalanceStream(c.org, member))[4])
}

func TestTwoMakeupsAtOnceCannotBothFit(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	member := c.hire("1", &group)
	other := c.copy()
	fitted := make(chan error, 6)
	for i := range 6 {
		s := c.Service
		if i%2 == 1 {
			s = other
		}
		go func() {
			date := domain.Date("2026-02-10").AddDays(i)
			_, err := s.Requests.Makeup(t.Context(), c.call(), commands.RequestMakeup{Member: member, Date: date, CheckType: domain.OnDuty, At: date.Time()})
			fitted <- err
		}()
	}
	ok := 0
	for range 6 {
		if err := <-fitted; err == nil {
			ok++
		} else {
			requireRefusal(t, err, "makeup_limit", "the rule allows 3 makeups a month; 2026-02 has 3 already; ask an administrator for a correction, or cancel another makeup of that month")
		}
	}
	require.Equal(t, 3, ok)
}

func TestARequestGoesItsWay(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	member, boss := c.hire("1", &group), c.hire("2", &group)
	call := c.call()
	req := commands.RequestLeave{Member: member, LeaveType: "annual", Span: commands.Span{FromDate: "2026-03-10", ToDate: "2026-03-11"}, Reason: "family"}
	r, err := c.Requests.Leave(t.Context(), call, req)
	require.NoError(t, err)
	again, err := c.Requests.Leave(t.Context(), call, req)
	require.NoError(t, err)
	require.True(t, again.Replay)
	require.Equal(t, r.ID, again.ID)
	require.Equal(t, []domain.Event{domain.LeaveReserved{
		Request: r.ID, LeaveType: "annual", From: domain.At(time.Date(2026, 3, 9, 16, 0, 0, 0, time.UTC)), Until: domain.At(time.Date(2026, 3, 11, 16, 0, 0, 0, time.UTC)),
	}}, c.events(domain.BalanceStream(c.org, member)))

	judge := commands.JudgeRequest{Request: r.ID}
	_, err = c.Requests.Approve(t.Context(), as(c.call(), member), judge)
	requireRefusal(t, err, "self_approval", "nobody decides about their own request; another approver must")
	_, err = c.Requests.Cancel(t.Context(), c.call(), judge)
	requireRefusal(t, err, "request_pending", "the request is pending; only a request that is approved can be cancelled")
	_, err = c.Requests.Comment(t.Context(), c.call(), commands.JudgeRequest{Request: r.ID, Comment: "please hurry"})
	require.NoError(t, err)
	_, err = c.Requests.Approve(t.Context(), as(c.call(), boss), judge)
	require.NoError(t, err)
	_, err = c.Requests.Withdraw(t.Context(), as(c.call(), member), judge)
	requireRefusal(t, err, "request_approved", "the request is approved; only a request that is pending can be withdrawn")

	at := time.Date(2026, 3, 11, 1, 0, 0, 0, time.UTC)
	overlap := commands.RequestLeave{Member: member, LeaveType: "sick", Span: commands.Span{From: &at, To: ptr(at.Add(time.Hour))}}
	_, err = c.Requests.Leave(t.Context(), c.call(), overlap)
	requireRefusal(t, err, "leave_overlaps", "another leave is asked for or approved from 2026-03-09T16:00:00.000000Z to 2026-03-11T16:00:00.000000Z; withdraw or cancel it, or choose another time")
	_, err = c.Requests.Cancel(t.Context(), c.call(), commands.JudgeRequest{Request: r.ID, Comment: "project"})
	require.NoError(t, err)
	_, err = c.Requests.Leave(t.Context(), c.call(), overlap)
	require.NoError(t, err)
	require.Len(t, c.events(domain.RequestStream(c.org, r.ID)), 4)
	_, err = c.Requests.Approve(t.Context(), c.call(), commands.JudgeRequest{Request: v7(testNow)})
	requireRefusal(t, err, "request_not_found", "there is no such request")
}

func TestOnePersonMayApproveForThemselves(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	member := c.hire("1", &group)
	from := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	r, err := c.Requests.Overtime(t.Context(), c.call(), commands.RequestTrip{Member: member, Span: commands.Span{From: &from, To: ptr(from.Add(2 * time.Hour))}})
	require.NoError(t, err)
	done, err := c.Requests.Approve(t.Context(), as(c.call(), member), commands.JudgeRequest{Request: r.ID})
	require.NoError(t, err)
	require.Equal(t, domain.RequestApproved{Request: r.ID, Member: member, SelfApproved: true}, c.events(done.Stream)[done.Revision])
}

func TestBadSpansAreNamed(t *testing.T) {
	c := newCompany(t)
	member := c.hire("1", ptr(c.found()))
	for _, x := range []struct {
		span       commands.Span
		code, text string
	}{
		{commands.Span{}, "span_invalid", "/span/from must be an instant, or a whole day by its date; give one of the two"},
		{commands.Span{FromDate: "2026-03-10", ToDate: "2026-03-09"}, "span_invalid", "/span/to must be after from"},
		{commands.Span{FromDate: "2026-02-30", ToDate: "2026-03-09"}, "span_invalid", "/span/from must be a date such as 2026-03-02"},
		{commands.Span{FromDate: "2026-03-10", ToDate: "2028-03-09"}, "span_invalid", "/span/to must be at most 366 days after from"},
		{commands.Span{FromDate: "2026-03-10", ToDate: "2026-03-11", Zone: "Nowhere"}, "request_invalid", `/zone "Nowhere" is no time zone; name one such as Asia/Shanghai`},
	} {
		_, err := c.Requests.Trip(t.Context(), c.call(), commands.RequestTrip{Member: member, Span: x.span})
		requireRefusal(t, err, x.code, x.text)
	}
}
