package directory_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

func TestWhatHoldsForAMemberAtAnInstant(t *testing.T) {
	w := newWorld(t)
	member, loose, early, late := uuid.New(), uuid.New(), uuid.New(), uuid.New()
	w.write(domain.OrgStream(w.org), domain.OrganizationCreated{Name: "Acme"}, domain.AttendanceEnabled{})
	w.write(domain.GroupStream(w.org, early), domain.GroupCreated{Group: early, Name: "Early"}, version(1, rule("2026-01-01", "Asia/Shanghai")))
	w.write(domain.GroupStream(w.org, late), domain.GroupCreated{Group: late, Name: "Late"},
		version(1, rule("2026-01-01", "America/New_York")), version(2, rule("2026-03-02", "America/New_York")))
	w.write(domain.MemberStream(w.org, member), domain.MemberProvisioned{Member: member, Number: "1", Joined: "2026-01-10"},
		domain.GroupAssigned{Group: early, From: "2026-02-01"}, domain.GroupAssigned{Group: late, From: "2026-03-01"},
		domain.MemberLeft{Left: "2026-03-05"})
	w.write(domain.MemberStream(w.org, loose), domain.MemberProvisioned{Member: loose, Number: "2", Joined: "2026-01-10"})
	d := w.start(w.log)

	for _, c := range []struct {
		at      string
		member  domain.ID
		group   *domain.ID
		version int
		zone    string
	}{
		{"2026-01-20T12:00:00Z", member, nil, 0, "Asia/Shanghai"},    // before any group: the zone of the organization's first rule
		{"2026-01-31T15:59:59Z", member, nil, 0, "Asia/Shanghai"},    // 23:59 of the day before in Shanghai
		{"2026-01-31T16:00:00Z", member, &early, 1, "Asia/Shanghai"}, // midnight of the first day in the rule's own zone
		{"2026-03-02T04:59:59Z", member, &late, 1, "America/New_York"},
		{"2026-03-02T05:00:00Z", member, &late, 2, "America/New_York"},
		{"2026-03-02T05:00:00Z", loose, nil, 0, "Asia/Shanghai"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		require.NoError(t, err)
		s := d.Standing(w.org, c.member, at)
		require.True(t, s.Known, c.at)
		require.True(t, s.Organization.Attendance, c.at)
		require.Equal(t, c.member, s.Member.ID, c.at)
		require.Equal(t, c.group, s.Group, c.at)
		require.Equal(t, c.version, s.Version, c.at)
		require.Equal(t, c.version == 0, s.Plan == nil, c.at)
		require.Equal(t, c.zone, s.Zone.String(), c.at)
	}

	group, plan, v := d.Rules.On(w.org, member, "2026-03-02")
	require.Equal(t, &late, group)
	require.NotNil(t, plan)
	require.Equal(t, 2, v)
	_, plan, _ = d.Rules.On(w.org, member, "2025-12-31")
	require.Nil(t, plan)

	nobody := d.Standing(w.org, uuid.New(), time.Now())
	require.False(t, nobody.Known)
	require.Equal(t, "Asia/Shanghai", nobody.Zone.String())
	require.Equal(t, time.UTC, d.Standing(uuid.New(), member, time.Now()).Zone)

	m, _ := d.Member(w.org, member)
	m.LeftAt = domain.At(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	require.False(t, d.Ended(w.org, m, time.Date(2026, 3, 6, 4, 59, 0, 0, time.UTC)), "23:59 of the last day in New York")
	require.True(t, d.Ended(w.org, m, time.Date(2026, 3, 6, 5, 0, 0, 0, time.UTC)))
}
