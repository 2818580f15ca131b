package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

func TestRequestDecisions(t *testing.T) {
	type S = domain.RequestState
	asked := domain.LeaveRequested{Request: ask1, Member: anna, LeaveType: "annual"}
	yes := domain.RequestApproved{Request: ask1, Member: anna}
	no := domain.RequestRejected{Request: ask1, Member: anna}
	gone := domain.RequestWithdrawn{Request: ask1, Member: anna}
	undone := domain.RequestCancelled{Request: ask1, Member: anna}
	token, boss, self := domain.Judge{}, domain.Judge{Member: ben}, domain.Judge{Member: anna}
	approve := func(j domain.Judge) func(S) ([]domain.Event, error) {
		return func(s S) ([]domain.Event, error) { return s.Approve(j, nil) }
	}
	decide(t, []row[S]{
		{name: "made", when: func(s S) ([]domain.Event, error) { return s.Make(asked) }, then: []domain.Event{asked}},
		{name: "made twice", given: []domain.Event{asked}, when: func(s S) ([]domain.Event, error) { return s.Make(asked) }, refusal: "request_exists: the request exists already"},
		{name: "unknown", when: approve(boss), refusal: "request_not_found: there is no such request"},
		{name: "approved by a token", given: []domain.Event{asked}, when: approve(token), then: []domain.Event{yes}},
		{name: "approved by another", given: []domain.Event{asked}, when: approve(boss), then: []domain.Event{yes}},
		{name: "approved by oneself", given: []domain.Event{asked}, when: approve(self), refusal: "self_approval: nobody decides about their own request; another approver must"},
		{name: "approved by oneself, alone", given: []domain.Event{asked}, when: approve(domain.Judge{Member: anna, Alone: true}), then: []domain.Event{domain.RequestApproved{Request: ask1, Member: anna, SelfApproved: true}}},
		{name: "approved by who filed it", given: []domain.Event{asked}, when: approve(domain.Judge{Member: ben, Filed: true}), refusal: "filed_by_you: whoever files a request does not decide about it, alone or by a program; another approver must"},
		{name: "approved by the program of who is alone", given: []domain.Event{asked}, when: approve(domain.Judge{Member: anna, Alone: true, Filed: true, Program: true}), refusal: "filed_by_you: whoever files a request does not decide about it, alone or by a program; another approver must"},
		{name: "withdrawn by who filed it", given: []domain.Event{asked}, when: func(s S) ([]domain.Event, error) { return s.Withdraw(domain.Judge{Member: ben, Filed: true}) }, then: []domain.Event{gone}},
		{name: "cancelled by oneself", given: []domain.Event{asked, yes}, when: func(s S) ([]domain.Event, error) { return s.Cancel(self, nil) }, refusal: "self_approval: nobody decides about their own request; another approver must"},
		{name: "cancelled by oneself, alone", given: []domain.Event{asked, yes}, when: func(s S) ([]domain.Event, error) { return s.Cancel(domain.Judge{Member: anna, Alone: true}, nil) }, then: []domain.Event{undone}},
		{name: "approved by one not named", given: []domain.Event{asked}, when: approve(domain.Judge{Member: ben, Named: []domain.ID{red}}), refusal: "not_an_approver: this organization named its approvers, and you are not one of them; ask one of them to decide"},
		{name: "approved by one named", given: []domain.Event{asked}, when: approve(domain.Judge{Member: ben, Named: []domain.ID{ben}}), then: []domain.Event{yes}},
		{name: "approved twice", given: []domain.Event{asked, yes}, when: approve(boss), refusal: "request_approved: the request is approved; only a request that is pending can be approved"},
		{name: "rejected", given: []domain.Event{asked}, when: func(s S) ([]domain.Event, error) { return s.Reject(boss, nil) }, then: []domain.Event{no}},
		{name: "rejected after approval", given: []domain.Event{asked, yes}, when: func(s S) ([]domain.Event, error) { return s.Reject(boss, nil) }, refusal: "request_approved: the request is approved; only a request that is pending can be rejected"},
		{name: "withdrawn", given: []domain.Event{asked}, when: func(s S) ([]domain.Event, error) { return s.Withdraw(self) }, then: []domain.Event{gone}},
		{name: "withdrawn by another", given: []domain.Event{asked}, when: func(s S) ([]domain.Event, error) { return s.Withdraw(boss) }, refusal: "not_your_request: only the person who made the request can withdraw it"},
		{name: "cancelled", given: []domain.Event{asked, yes}, when: func(s S) ([]domain.Event, error) { return s.Cancel(boss, nil) }, then: []domain.Event{undone}},
		{name: "cancelled twice", given: []domain.Event{asked, yes, undone}, when: func(s S) ([]domain.Event, error) { return s.Cancel(boss, nil) }, refusal: "request_cancelled: the request is cancelled; only a request that is approved can be cancelled"},
		{name: "commented after the end", given: []domain.Event{asked, no}, when: func(s S) ([]domain.Event, error) { return s.Comment(domain.Private("why?")) }, then: []domain.Event{domain.RequestCommented{Request: ask1, Member: anna, Comment: domain.Private("why?")}}},
	})
}

func TestBalanceDecisions(t *testing.T) {
	type S = domain.BalanceState
	limits := domain.MakeupLimits{PerMonth: 1, WithinDays: 5, Kinds: []string{"missing"}}
	counted := domain.MakeupCounted{Request: ask1, Month: "2026-03"}
	back := domain.MakeupCounted{Request: ask1, Month: "2026-03", Released: true}
	claim := func(request domain.ID, date, today domain.Date, kind string) func(S) ([]domain.Event, error) {
		return func(s S) ([]domain.Event, error) {
			return s.ClaimMakeup(domain.MakeupClaim{Request: request, Date: date, Month: string(date[:7]), Today: today, Kind: kind, Limits: limits})
		}
	}
	section := func(wanted, known int) func(S) ([]domain.Event, error) {
		return func(s S) ([]domain.Event, error) {
			return s.ClaimMakeup(domain.MakeupClaim{Request: ask1, Date: "2026-03-02", Month: "2026-03", Today: "2026-03-07", Kind: "missing", Limits: limits, Section: wanted, Sections: known})
		}
	}
	leave := func(request domain.ID, from, until string) domain.LeaveReserved {
		return domain.LeaveReserved{Request: request, LeaveType: "annual", From: at(from), Until: at(until)}
	}
	monday := leave(ask1, "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z")
	tuesday := leave(ask2, "2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z")
	noon := leave(ask2, "2026-03-02T12:00:00Z", "2026-03-04T00:00:00Z")
	decide(t, []row[S]{
		{name: "counted", when: claim(ask1, "2026-03-02", "2026-03-07", "missing"), then: []domain.Event{counted}},
		{name: "counted once", given: []domain.Event{counted}, when: claim(ask1, "2026-03-02", "2026-03-07", "missing")},
		{name: "a day too late", when: claim(ask1, "2026-03-01", "2026-03-07", "missing"), refusal: "makeup_too_late: the rule allows makeups within 5 days; 2026-03-01 is longer ago; ask an administrator for a correction"},
		{name: "a day too early", when: claim(ask1, "2026-03-08", "2026-03-07", "missing"), refusal: "makeup_in_future: 2026-03-08 has not come yet; a makeup mends a day that was"},
		{name: "another kind", when: claim(ask1, "2026-03-02", "2026-03-07", "late"), refusal: `makeup_kind: the rule allows no makeup of kind "late"; choose one of missing, or ask an administrator for a correction`},
		{name: "the last section", when: section(2, 2), then: []domain.Event{counted}},
		{name: "a section too many", when: section(3, 2), refusal: "makeup_section: by the rule, 2026-03-02 has no section 3; choose one from 1 to 2"},
		{name: "a section of a day without a known rule", when: section(3, 0), then: []domain.Event{counted}},
		{name: "full", given: []domain.Event{counted}, when: claim(ask2, "2026-03-03", "2026-03-07", "missing"), refusal: "makeup_limit: the rule allows 1 makeups a month; 2026-03 has 1 already; ask an administrator for a correction, or cancel another makeup of that month"},
		{name: "given back", given: []domain.Event{counted, back}, when: claim(ask2, "2026-03-03", "2026-03-07", "missing"), then: []domain.Event{domain.MakeupCounted{Request: ask2, Month: "2026-03"}}},
		{name: "released", given: []domain.Event{counted}, when: func(s S) ([]domain.Event, error) { return s.Release(ask1) }, then: []domain.Event{back}},
		{name: "released twice", given: []domain.Event{counted, back}, when: func(s S) ([]domain.Event, error) { return s.Release(ask1) }},
		{name: "reserved", when: func(s S) ([]domain.Event, error) { return s.ReserveLeave(monday) }, then: []domain.Event{monday}},
		{name: "reserved once", given: []domain.Event{monday}, when: func(s S) ([]domain.Event, error) { return s.ReserveLeave(monday) }},
		{name: "next to it", given: []domain.Event{monday}, when: func(s S) ([]domain.Event, error) { return s.ReserveLeave(tuesday) }, then: []domain.Event{tuesday}},
		{name: "over it", given: []domain.Event{monday}, when: func(s S) ([]domain.Event, error) { return s.ReserveLeave(noon) }, refusal: "leave_overlaps: another leave is asked for or approved from 2026-03-02T00:00:00.000000Z to 2026-03-03T00:00:00.000000Z; withdraw or cancel it, or choose another time"},
		{name: "freed", given: []domain.Event{monday}, when: func(s S) ([]domain.Event, error) { return s.Release(ask1) }, then: []domain.Event{domain.LeaveReleased{Request: ask1}}},
		{name: "over a freed one", given: []domain.Event{monday, domain.LeaveReleased{Request: ask1}}, when: func(s S) ([]domain.Event, error) { return s.ReserveLeave(noon) }, then: []domain.Event{noon}},
	})
}

func TestSpansAreWholeLocalDays(t *testing.T) {
	from, until, err := domain.Span{FromDate: "2026-03-08", ToDate: "2026-03-08", Zone: "America/New_York"}.Bounds()
	require.NoError(t, err)
	require.Equal(t, 23*time.Hour, until.Time().Sub(from.Time()), "the day the clocks go forward has 23 hours")
	_, _, err = domain.Span{From: &now, To: &now, Zone: "UTC"}.Bounds()
	require.EqualError(t, err, "span_invalid: /span/to must be after from")
}

func TestWallClocks(t *testing.T) {
	for _, x := range []struct{ zone, wall, want string }{
		{"Asia/Shanghai", "2026-03-02T09:06:00", "2026-03-02T01:06:00.000000Z"},
		{"America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:00:00.000000Z"}, // in the gap: the first instant after it
		{"America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00.000000Z"}, // twice: the earlier
		{"America/New_York", "2026-11-01T02:00:00", "2026-11-01T07:00:00.000000Z"},
		{"Africa/Cairo", "2026-04-24T00:00:00", "2026-04-23T22:00:00.000000Z"},        // no 00:00 that day
		{"Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T10:00:00.000000Z"},        // a date that never was
		{"Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00.000000Z"}, // half an hour
		{"UTC", "1970-01-01T00:00:00", "1970-01-01T00:00:00.000000Z"},
	} {
		zone, err := domain.Zone(x.zone)
		require.NoError(t, err)
		wall, err := time.Parse(domain.WallLayout, x.wall)
		require.NoError(t, err)
		require.Equal(t, x.want, domain.WallInstant(wall, zone).String(), "%s %s", x.zone, x.wall)
	}
	for _, bad := range []string{"", "Local", "Mars/Olympus"} {
		_, err := domain.Zone(bad)
		require.ErrorContains(t, err, "is no time zone; name one such as Asia/Shanghai")
	}
}
