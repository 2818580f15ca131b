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
	const skew, unapproved, offline, jump = domain.FlagClockSkew, domain.FlagOfflineUnapproved, domain.FlagOffline, domain.FlagClockJump
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
		{"more than a minute old", user, domain.PunchClaim{At: ago(time.Minute + 1e3)}, accept, now, []domain.Flag{skew}, false},
		{"fifteen minutes old", user, domain.PunchClaim{At: ago(15 * time.Minute)}, accept, now, []domain.Flag{skew}, false},
		{"a month old", user, domain.PunchClaim{At: ago(30 * 24 * time.Hour)}, approve, now, []domain.Flag{skew}, false},
		{"offline a moment ago", user, domain.PunchClaim{At: ago(time.Second), Offline: true}, accept, *ago(time.Second), []domain.Flag{offline}, true},
		{"offline by word", user, domain.PunchClaim{At: ago(2 * time.Minute), Offline: true}, accept, *ago(2 * time.Minute), []domain.Flag{offline}, true},
		{"offline without a time", user, domain.PunchClaim{Offline: true}, accept, now, nil, false},
		{"at the limit", user, domain.PunchClaim{At: ago(time.Hour), Offline: true}, accept, *ago(time.Hour), []domain.Flag{offline}, true},
		{"beyond the limit", user, domain.PunchClaim{At: ago(time.Hour + 1e3), Offline: true}, accept, *ago(time.Hour + 1e3), []domain.Flag{offline, unapproved}, true},
		{"without a rule", user, domain.PunchClaim{At: ago(9 * time.Hour), Offline: true}, domain.PunchPolicy{}, *ago(9 * time.Hour), []domain.Flag{offline}, true},
		{"to be approved", user, domain.PunchClaim{At: ago(10 * time.Minute), Offline: true}, approve, *ago(10 * time.Minute), []domain.Flag{offline, unapproved}, true},
		{"ahead", user, domain.PunchClaim{At: ago(-time.Minute)}, accept, now, nil, false},
		{"far ahead", user, domain.PunchClaim{At: ago(-2 * time.Minute)}, accept, now, []domain.Flag{skew}, false},
		{"offline and ahead", user, domain.PunchClaim{At: ago(-2 * time.Minute), Offline: true}, accept, now, []domain.Flag{skew, offline}, true},
		{"clock reset, offline", user, domain.PunchClaim{At: ptr(at("2000-01-01T00:00:00Z")), Offline: true}, domain.PunchPolicy{}, at("2000-01-01T00:00:00Z"), []domain.Flag{jump, offline}, true},
		{"clock reset", user, domain.PunchClaim{At: ptr(at("2000-01-01T00:00:00Z"))}, domain.PunchPolicy{}, now, []domain.Flag{skew}, false},
		{"a machine's record", machine, domain.PunchClaim{At: ago(48 * time.Hour), Recorded: true}, approve, *ago(48 * time.Hour), nil, false},
		{"a machine's record is never ahead", machine, domain.PunchClaim{At: ago(-time.Hour), Recorded: true}, accept, now, []domain.Flag{skew}, false},
		{"a machine's claim", machine, domain.PunchClaim{At: ago(2 * time.Minute)}, accept, now, []domain.Flag{skew}, false},
		{"a machine's queue", machine, domain.PunchClaim{At: ago(48 * time.Hour), Offline: true}, approve, *ago(48 * time.Hour), []domain.Flag{offline}, true},
	} {
		t.Run(x.name, func(t *testing.T) {
			p, err := x.punch.Stamp(x.claim, x.policy, domain.Arrival{Received: now, Clock: now})
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
	_, err := user.Stamp(domain.PunchClaim{At: ago(time.Minute), Offline: true}, domain.PunchPolicy{OfflineMode: "forbid"}, domain.Arrival{Received: now, Clock: now})
	require.EqualError(t, err, "offline_forbidden: the rule of the group forbids punches made offline; ask for a makeup instead")
}

func TestStampDoubtsTheDevice(t *testing.T) {
	bound := domain.PunchPolicy{BoundDeviceRequired: true}
	stamp := func(p domain.PunchRecorded) domain.PunchRecorded {
		out, err := p.Stamp(domain.PunchClaim{}, bound, domain.Arrival{Received: now, Clock: now})
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

// TestAServersClockThatWentBack: received_at is raised over the clock, which is a doubt beyond a minute.
func TestAServersClockThatWentBack(t *testing.T) {
	for back, flags := range map[time.Duration][]domain.Flag{time.Minute: nil, time.Minute + 1e3: {domain.FlagClockSkew}} {
		p, err := domain.PunchRecorded{SourceType: domain.SourceUser}.Stamp(domain.PunchClaim{}, domain.PunchPolicy{}, domain.Arrival{Received: now, Clock: domain.At(now.Time().Add(-back))})
		require.NoError(t, err)
		require.Equal(t, now, p.At)
		require.Equal(t, flags, p.Flags)
	}
}
