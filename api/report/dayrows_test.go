package report

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/projections/query"
)

func TestDayRows(t *testing.T) {
	d := query.MemberDay{Number: "=7", Day: query.Day{Date: "2026-03-02", Status: "Normal", Slots: []byte("[]"), Overtime: []byte("[]"), Unused: []byte("[]"), Anomalies: []string{}}}
	var csv, json strings.Builder
	r := NewDayRows(&csv, "csv", nil, nil, problem.English)
	require.NoError(t, r.Add(&d))
	require.NoError(t, r.End())
	require.Equal(t, strings.Join(dayColumns, ",")+"\n'=7,2026-03-02,,,Normal,0,,[],0,0,0,0,0,0,0,0,[],[],[]\n", csv.String())
	r = NewDayRows(&json, "json", nil, nil, problem.English)
	require.NoError(t, r.Add(&d))
	require.NoError(t, r.Add(&d))
	require.NoError(t, r.End())
	const day = `{"number":"=7","date":"2026-03-02","day_type":"","shift":null,"status":"Normal","absent_days":0,"rule_version":null,"slots":[],"worked_min":0,"present_min":0,"late_min":0,"early_min":0,"leave_min":0,"trip_min":0,"overtime_min":0,"night_min":0,"overtime":[],"unused_punches":[],"anomalies":[],"self_decided":false}`
	require.Equal(t, "[\n"+day+"\n,"+day+"\n]\n", json.String())
}
