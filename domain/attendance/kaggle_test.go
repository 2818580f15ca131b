package attendance

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"
)

// sharedFile finds a data file that is not part of the repository: in DAKA_SHARED, or in a folder "shared" beside it.
func sharedFile(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("DAKA_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	path := filepath.Join(root, "data", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("real punches are not here (%s); set DAKA_SHARED to the folder that holds data/", path)
	}
	return path
}

// wideTable reads a wide file: a row per employee, a column per date, "DD/MM/YYYY HH:MM" or NA.
func wideTable(t *testing.T, name string) [][]string {
	t.Helper()
	file, err := os.Open(sharedFile(t, name))
	require.NoError(t, err)
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	return rows
}

func TestKaggle50KnownAnswer(t *testing.T) {
	in, out := wideTable(t, "kaggle50_in_time.csv"), wideTable(t, "kaggle50_out_time.csv")
	plan := mustPlan(t, `{"time_zone":"Asia/Kolkata","effective_from":"2015-01-01","shifts":{"day":{"sections":[{"on":"10:00","off":"18:00"}]}}}`)
	from, to := mustDate(t, "2015-01-01"), mustDate(t, "2015-12-31")
	var all []Day
	punches := 0
	for row := 1; row < len(in); row++ {
		facts := Facts{Assignments: []Assignment{{Plans: []*Plan{plan}}}}
		for _, cells := range [][]string{in[row][1:], out[row][1:]} {
			for _, cell := range cells {
				if cell == "NA" {
					continue
				}
				at, err := time.ParseInLocation("02/01/2006 15:04", cell, plan.Zone())
				require.NoError(t, err)
				facts.Punches = append(facts.Punches, Punch{At: at, SourceType: SourceImport})
			}
		}
		punches += len(facts.Punches)
		all = append(all, Assess(facts, from, to)...)
	}
	late, early, missing := 0, 0, 0
	for _, day := range all {
		if day.LateMin > 0 {
			late++
		}
		if day.EarlyMin > 0 {
			early++
		}
		if day.Status == Absent {
			missing++
		}
		require.Empty(t, day.Unused, fmt.Sprint(day.Date))
	}
	sums := Totals(all)
	require.Equal(t, 23648, punches)
	require.Equal(t, 5673, late, "late days")
	require.Equal(t, 76095, sums.LateMin)
	require.Equal(t, 8012, early, "early days")
	require.Equal(t, 508283, sums.EarlyMin)
	require.Equal(t, 1226, missing, "weekdays without a punch")
	require.Equal(t, 333820680, sums.PresentMin*60, "seconds between first and last punch")
}
