package projections

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPunchBecomesADay(t *testing.T) {
	l := newTestLedger(t)
	l.found(2)
	l.run()
	l.punch(l.members[0], "2026-03-02T09:10:00")
	l.punch(l.members[0], "2026-03-02T18:30:00")
	l.settled(l.advance("2026-03-03T00:00:00Z"))
	require.Equal(t, []string{
		"2026-03-01 Rest 0", "2026-03-02 Abnormal 10", "2026-03-03 Pending 0",
		"2026-03-01 Rest 0", "2026-03-02 Absent 0", "2026-03-03 Pending 0",
	}, l.rows(`SELECT date || ' ' || status || ' ' || late_min FROM rm.days JOIN rm.members USING (org, member) ORDER BY number, date`))
	require.Equal(t, []string{"Late 1 OnDuty 10 open", "NotSigned 1 OnDuty 0 open", "NotSigned 1 OffDuty 0 open"},
		l.rows(`SELECT kind || ' ' || section || ' ' || check_type || ' ' || minutes || ' ' || state FROM rm.anomalies JOIN rm.members USING (org, member) ORDER BY number, date, ordinal`))
	require.Equal(t, []string{"2 1 1 10 0", "2 0 0 0 1"},
		l.rows(`SELECT concat_ws(' ', should_attendance_days, attendance_days, late_times, late_minute, absenteeism_days) FROM rm.months JOIN rm.members USING (org, member) ORDER BY number`))
	require.Equal(t, []string{"4"}, l.rows(`SELECT count(*)::text FROM rm.slots WHERE date = '2026-03-02'`))
}
