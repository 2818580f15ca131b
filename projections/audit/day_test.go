package audit

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain/attendance"
)

// TestADayIsShownAsRulesWriteIt compares with the document of rules §6, which attendance writes.
func TestADayIsShownAsRulesWriteIt(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 500, time.FixedZone("", 8*3600))
	for n := range 3 {
		d := day{Day: attendance.Day{
			Date: attendance.NewDate(2026, 3, 2), DayType: attendance.Workday, Shift: "day", Status: attendance.Normal, RuleVersion: 2, WorkedMin: 530,
			Slots: []attendance.Slot{
				{Section: 1, CheckType: attendance.OnDuty, PlanAt: at, PunchAt: at.Add(time.Minute), TimeResult: attendance.TimeLate, LocationResult: attendance.LocationOutside, Minutes: 1, SourceType: attendance.SourceATM},
				{Section: 12, CheckType: attendance.OffDuty, PlanAt: at},
			}[:n],
			Anomalies: []attendance.Anomaly{attendance.AnomalyOutside},
			Unused:    []attendance.UnusedPunch{{At: at, Reason: "duplicate"}}[:n/2],
		}, decidedOwn: true}
		shown, err := d.shown()
		require.NoError(t, err)
		text, err := json.Marshal(shown)
		require.NoError(t, err)
		want, err := json.Marshal(d.Day)
		require.NoError(t, err)
		var own, document map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(text, &own))
		require.NoError(t, json.Unmarshal(want, &document))
		require.Equal(t, "true", string(own["self_decided"]))
		delete(own, "self_decided")
		require.Equal(t, document, own)
	}
}
