package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

func TestStamp(t *testing.T) {
	accept := domain.PunchPolicy{OfflineMode: "accept", MaxDelayMin: 60}
	approve := domain.PunchPolicy{OfflineMode: "approve", MaxDelayMin: 60}
	user, machine := domain.PunchRecorded{SourceType: domain.SourceUser}, domain.PunchRecorded{SourceType: domain.SourceATM}
	ago := func(d time.Duration) *domain.Instant { return ptr(domain.At(now.Time().Add(-d))) }
	const skew, offline, jump = domain.FlagClockSkew, domain.FlagOfflineUnapproved, domain.FlagClockJump
	for _, x := range []struct {
		name    string
		punch   domain.PunchRecorded
		claim   domain.PunchClaim
		policy  domain.PunchPolicy
		at      domain.Instant
		flags   []domain.Flag
		bounded bool
	}{
		{"no claim", user, domain.PunchClaim{}, accept, now, nil, false},
		{"a minute old", user, domain.PunchClaim{At: ago(time.Minute)}, accept, *ago(time.Minute), nil, false},
		{"more than a minute old", user, domain.PunchClaim{At: ago(time.Minute + 1e3)}, accept, *ago(time.Minute + 1e3), []domain.Flag{skew}, false},
		{"five minutes old", user, domain.PunchClaim{At: ago(5 * time.Minute)}, accept, *ago(5 * time.Minute), []domain.Flag{skew}, false},
		{"offline by age", user, domain.PunchClaim{At: ago(5*time.Minute + 1e3)}, accept, *ago(5*time.Minute + 1e3), nil, true},
		{"offline by word", user, domain.PunchClaim{At: ago(2 * time.Minute), Offline: true}, accept, *ago(2 * time.Minute), nil, true},
		{"at the limit", user, domain.PunchClaim{At: ago(time.Hour)}, accept, *ago(time.Hour), nil, true},
		{"beyond the limit", user, domain.PunchClaim{At: ago(time.Hour + 1e3)}, accept, *ago(time.Hour + 1e3), []domain.Flag{offline}, true},
		{"without a rule", user, domain.PunchClaim{At: ago(9 * time.Hour)}, domain.PunchPolicy{}, *ago(9 * time.Hour), nil, true},
		{"to be approved", user, domain.PunchClaim{At: ago(10 * time.Minute)}, approve, *ago(10 * time.Minute), []domain.Flag{offline}, true},
		{"ahead", user, domain.PunchClaim{At: ago(-time.Minute)}, accept, now, nil, false},
		{"far ahead", user, domain.PunchClaim{At: ago(-2 * time.Minute)}, accept, now, []domain.Flag{skew}, false},
		{"offline and ahead", user, domain.PunchClaim{At: ago(-2 * time.Minute), Offline: true}, accept, now, []domain.Flag{skew}, false},
		{"clock reset", user, domain.PunchClaim{At: ptr(at("2000-01-01T00:00:00Z"))}, domain.PunchPolicy{}, at("2000-01-01T00:00:00Z"), []domain.Flag{jump}, true},
		{"a machine is believed", machine, domain.PunchClaim{At: ago(48 * time.Hour)}, approve, *ago(48 * time.Hour), nil, false},
		{"a machine is never ahead", machine, domain.PunchClaim{At: ago(-time.Hour)}, accept, now, []domain.Flag{skew}, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			p, err := x.punch.Stamp(x.claim, x.policy, now)
			require.NoError(t, err)
			require.Equal(t, x.at, p.At)
			require.Equal(t, x.flags, p.Flags)
			require.Equal(t, x.claim.At, p.ClaimedAt)
			require.Equal(t, x.bounded, p.AtLower != nil && p.AtUpper != nil)
			if x.bounded {
				require.Equal(t, [2]domain.Instant{x.at, now}, [2]domain.Instant{*p.AtLower, *p.AtUpper})
			}
		})
	}
	_, err := user.Stamp(domain.PunchClaim{At: ago(time.Minute), Offline: true}, domain.PunchPolicy{OfflineMode: "forbid"}, now)
	require.EqualError(t, err, "offline_forbidden: the rule of the group forbids punches made offline; ask for a makeup instead")
}

func TestStampDoubtsTheDevice(t *testing.T) {
	bound := domain.PunchPolicy{BoundDeviceRequired: true}
	stamp := func(p domain.PunchRecorded) domain.PunchRecorded {
		out, err := p.Stamp(domain.PunchClaim{}, bound, now)
		require.NoError(t, err)
		return out
	}
	require.Equal(t, []domain.Flag{domain.FlagUnboundDevice}, stamp(domain.PunchRecorded{SourceType: domain.SourceUser}).Flags)
	require.Equal(t, ptr(false), stamp(domain.PunchRecorded{SourceType: domain.SourceUser}).DeviceBound)
	require.Empty(t, stamp(domain.PunchRecorded{SourceType: domain.SourceUser, DeviceBound: ptr(true)}).Flags)
	require.Nil(t, stamp(domain.PunchRecorded{SourceType: domain.SourceATM}).DeviceBound)
	require.Equal(t, []domain.Flag{domain.FlagLowAccuracy}, stamp(domain.PunchRecorded{SourceType: domain.SourceATM, AccuracyM: ptr(201)}).Flags)
	require.Empty(t, stamp(domain.PunchRecorded{SourceType: domain.SourceATM, AccuracyM: ptr(200)}).Flags)
}
