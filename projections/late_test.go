package projections

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

// farShifts begin on the date after their own and end on the one after that, with windows of a whole day: a punch counts three dates later.
const farShifts = `{"name":"Far","kind":"rostered","time_zone":"Asia/Shanghai","effective_from":"2026-01-01",
	"shifts":{"far":{"sections":[{"on":"47:00","off":"71:00","open_before_min":60,"close_after_min":1440}]},
		"day":{"sections":[{"on":"09:00","off":"18:00"}],"late_out_late_in":[{"out_after_min":60,"in_later_min":60}]}}}`

// TestFactsFarFromADateCountLiveAsRebuilt: whatever day a punch, a roster or the clock changes is assessed, however far it lies.
func TestFactsFarFromADateCountLiveAsRebuilt(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.found(1)
	m := l.members[0]
	l.write(domain.GroupStream(l.org, l.group), l.group, domain.RuleChanged{Version: 2, EffectiveFrom: "2026-01-01", Rule: []byte(farShifts)})
	far, day := "far", "day"
	plan := map[domain.Date]*string{"2026-03-05": &far, "2026-03-09": &day, "2026-03-10": &far}
	l.settled(l.write(domain.RosterStream(l.org, m, 2026, 3), m, domain.ShiftScheduled{Member: m, Shifts: plan}))
	for _, step := range []func() string{
		func() string { return l.advance("2026-03-08T16:10:00Z") }, // the Off of the 5th closes at 23:00 of the 8th
		func() string { return l.punch(m, "2026-03-08T22:50:00") }, // and takes this punch
		func() string { return l.punch(m, "2026-03-06T22:55:00") }, // On
		func() string { return l.advance("2026-03-13T22:00:00Z") },
		func() string { return l.punch(m, "2026-03-13T22:59:00") },
		func() string {
			return l.write(domain.RosterStream(l.org, m, 2026, 3), m, domain.ShiftScheduled{Member: m, Cleared: []domain.Date{"2026-03-05"}})
		},
		func() string {
			return l.write(domain.RosterStream(l.org, m, 2026, 3), m, domain.ShiftScheduled{Member: m, Shifts: map[domain.Date]*string{"2026-03-05": &far}})
		},
	} {
		l.settled(step())
		l.clean()
	}
	require.Equal(t, []string{"2026-03-08T22:50:00+08:00"}, l.rows("SELECT punch_at::text FROM (SELECT s.slot->>3 AS punch_at FROM rm.days d CROSS JOIN LATERAL json_array_elements(d.slots::json) s(slot) WHERE member = $1 AND date = '2026-03-05' AND s.slot->>1 = 'OffDuty') x", m))
}
