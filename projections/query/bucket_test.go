package query

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/deploy/single/postgres/postgrestest"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/projections/tables"
)

// TestBucketsAddUp makes the days of 500 companies: whatever they are, each expected member is in one bucket.
func TestBucketsAddUp(t *testing.T) {
	chance := rand.New(rand.NewPCG(19, 500))
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	statuses := []attendance.Status{attendance.Normal, attendance.Abnormal, attendance.Absent, attendance.HalfDay, attendance.OnLeave, attendance.OnTrip, attendance.Pending, attendance.Rest, attendance.Unscheduled}
	var companies, marks []int
	var slots []string
	expected := map[int]int{}
	for company := range 500 {
		for range chance.IntN(60) {
			d := attendance.Day{DayType: attendance.Workday, Status: statuses[chance.IntN(len(statuses))]}
			on := attendance.Slot{Section: 1, CheckType: attendance.OnDuty, PlanAt: now.Add(time.Duration(chance.IntN(5)-2) * time.Hour)}
			punched := chance.IntN(2) == 0
			if punched && chance.IntN(4) > 0 {
				on.PunchAt = on.PlanAt
				if chance.IntN(3) == 0 {
					on.Minutes, d.LateMin = 5, 5
				}
			}
			if chance.IntN(3) == 0 {
				d.Anomalies = append(d.Anomalies, attendance.AnomalyNotSigned)
			}
			if chance.IntN(9) > 0 {
				d.Slots = []attendance.Slot{on, {Section: 1, CheckType: attendance.OffDuty, PlanAt: now.Add(8 * time.Hour)}}
			}
			if m := tables.MarksOf(&d, punched); m&tables.MarkExpected != 0 {
				companies, marks, slots = append(companies, company), append(marks, m), append(slots, string(tables.AppendSlots(nil, d.Slots)))
				expected[company]++
			}
		}
	}
	conn, err := pgx.Connect(t.Context(), postgrestest.Database(t))
	require.NoError(t, err)
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), `SELECT company, `+bucketOf("$4::timestamptz")+` FROM unnest($1::int[], $2::int[], $3::text[]) d(company, marks, slots)`, companies, marks, slots, now)
	require.NoError(t, err)
	found := map[int]int{}
	var company int
	var bucket string
	_, err = pgx.ForEachRow(rows, []any{&company, &bucket}, func() error {
		require.Contains(t, BucketNames, bucket)
		found[company]++
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, expected, found)
}

// TestEachIsInTheFirstBucketThatFits: the same plan, what is known of it differs.
func TestEachIsInTheFirstBucketThatFits(t *testing.T) {
	nine := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	on := attendance.Slot{Section: 1, CheckType: attendance.OnDuty, PlanAt: nine}
	in := on
	in.PunchAt = nine
	late := in
	late.Minutes = 12
	conn, err := pgx.Connect(t.Context(), postgrestest.Database(t))
	require.NoError(t, err)
	defer conn.Close(t.Context())
	for name, c := range map[string]struct {
		day     attendance.Day
		slot    attendance.Slot
		punched bool
		now     time.Time
		want    string
	}{
		"before its time":     {attendance.Day{Status: attendance.Pending}, on, false, nine.Add(-time.Minute), "ahead"},
		"after its time":      {attendance.Day{Status: attendance.Pending}, on, false, nine.Add(time.Minute), "missing"},
		"came in on time":     {attendance.Day{Status: attendance.Pending}, in, true, nine.Add(time.Minute), "on_time"},
		"came in late":        {attendance.Day{Status: attendance.Abnormal, LateMin: 12}, late, true, nine.Add(time.Hour), "late"},
		"forgot to punch out": {attendance.Day{Status: attendance.Abnormal, Anomalies: []attendance.Anomaly{attendance.AnomalyNotSigned}}, in, true, nine.Add(20 * time.Hour), "on_time"},
		"late by absenteeism": {attendance.Day{Status: attendance.Absent}, late, true, nine.Add(20 * time.Hour), "late"},
		"absent":              {attendance.Day{Status: attendance.Absent}, on, false, nine.Add(20 * time.Hour), "missing"},
		"on leave":            {attendance.Day{Status: attendance.OnLeave}, on, false, nine.Add(time.Hour), "leave"},
		"on a trip":           {attendance.Day{Status: attendance.OnTrip}, on, false, nine.Add(time.Hour), "trip"},
	} {
		c.day.DayType, c.day.Slots = attendance.Workday, []attendance.Slot{c.slot}
		var bucket string
		require.NoError(t, conn.QueryRow(t.Context(), `SELECT `+bucketOf("$3::timestamptz")+` FROM (SELECT $1::int AS marks, $2::text AS slots) d`,
			tables.MarksOf(&c.day, c.punched), string(tables.AppendSlots(nil, c.day.Slots)), c.now).Scan(&bucket), name)
		require.Equal(t, c.want, bucket, name)
	}
}
