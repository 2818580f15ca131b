package report

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/query"
)

// TestAReportOfTwoSectionsOverMidnight numbers the slots, and writes times of the next date as rules do.
func TestAReportOfTwoSectionsOverMidnight(t *testing.T) {
	shift := "night"
	d := query.Day{Date: "2026-03-02", Shift: &shift, Status: "Abnormal", Anomalies: []string{"Late", "Outside"}, Slots: []byte(`[
		{"section":1,"check_type":"OnDuty","plan_at":"2026-03-02T20:00:00+08:00","punch_at":"2026-03-02T20:07:30+08:00","time_result":"Late","location_result":"Outside","minutes":7,"source_type":"USER"},
		{"section":1,"check_type":"OffDuty","plan_at":"2026-03-03T00:00:00+08:00","punch_at":"2026-03-03T00:01:00+08:00","time_result":"Normal","location_result":"Normal","minutes":0,"source_type":"USER"},
		{"section":2,"check_type":"OnDuty","plan_at":"2026-03-03T01:00:00+08:00","punch_at":"2026-03-03T00:58:00+08:00","time_result":"Normal","location_result":"Normal","minutes":0,"source_type":"USER"},
		{"section":2,"check_type":"OffDuty","plan_at":"2026-03-03T05:00:00+08:00","punch_at":null,"time_result":null,"location_result":null,"minutes":0,"source_type":null}]`)}
	got := (&Reporter{words: reportWords[problem.Chinese]}).Of(domain.ID{}, &d)
	require.Equal(t, "night", got.AttendanceClass)
	require.Equal(t, "20:00-24:00 25:00-29:00", got.PlanDetail)
	require.Equal(t, "上班1迟到7分钟，上班1位置异常", got.AttendResult)
	require.Equal(t, []string{"2026-03-02 20:07", "2026-03-03 00:01", "2026-03-03 00:58", ""},
		[]string{got.OnDutyUserCheckTime1, got.OffDutyUserCheckTime1, got.OnDutyUserCheckTime2, got.OffDutyUserCheckTime2})
	require.Equal(t, []string{"Late", "Normal", "Normal", ""},
		[]string{got.OnDutyUserCheckResult1, got.OffDutyUserCheckResult1, got.OnDutyUserCheckResult2, got.OffDutyUserCheckResult2})

	free := query.Day{Date: "2026-03-02", Status: "Abnormal", Anomalies: []string{"Short"}, Slots: []byte(`[
		{"section":1,"check_type":"OnDuty","plan_at":null,"punch_at":"2026-03-02T10:00:00+08:00","time_result":"Normal"},
		{"section":1,"check_type":"OffDuty","plan_at":null,"punch_at":"2026-03-02T15:00:00+08:00","time_result":"Normal"}]`)}
	got = (&Reporter{words: reportWords[problem.English]}).Of(domain.ID{}, &free)
	require.Equal(t, []string{"", "", "hours short"}, []string{got.AttendanceClass, got.PlanDetail, got.AttendResult})
}

// TestReportWords: both languages have the same words.
func TestReportWords(t *testing.T) {
	for word := range reportWords[problem.English] {
		_, there := reportWords[problem.Chinese][word]
		require.True(t, there, word)
	}
	require.Len(t, reportWords[problem.Chinese], len(reportWords[problem.English]))
}
