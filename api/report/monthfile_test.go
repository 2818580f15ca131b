package report

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/projections/query"
)

func TestMonthFiles(t *testing.T) {
	type row struct {
		Name string `json:"name"`
		query.Month
		query.Consequences
		Out         int            `json:"out_time"`
		Overtime    int            `json:"overtime_approve_count"`
		LeaveByType map[string]int `json:"leave_by_type"`
	}
	m := row{Name: "=cmd()", Month: query.Month{Number: "007", Month: "2026-03", MonthFigures: query.MonthFigures{LateTimes: 3}}, LeaveByType: map[string]int{"annual": 90, "old": 30}}
	f := NewMonthFile("2026-03", "csv", "")
	f.Add(m, m.LeaveByType)
	f = f.Headed(MemberHeads, []query.LeaveType{{LeaveType: "annual", Name: "年假"}, {LeaveType: "sick", Name: "病假"}})
	cells := monthCells(f.heads, m)
	leave := map[string]any{}
	for i, h := range f.heads {
		require.NotNil(t, cells[i], h[0])
		if strings.HasPrefix(h[0], leavePrefix) {
			leave[h[1]] = cells[i]
		}
	}
	require.Equal(t, map[string]any{"请假-年假(分钟)": 90, "请假-病假(分钟)": 0, "请假-old(分钟)": 30}, leave, "the types defined, and those that occur")
	var out strings.Builder
	require.NoError(t, f.writeCSV(&out, []any{"number"}))
	require.True(t, strings.HasPrefix(out.String(), "\xef\xbb\xbfnumber\n007,'=cmd(),2026-03,"), out.String())
}
