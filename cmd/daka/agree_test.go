package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// year is a member's days as JSON objects.
type year []map[string]any

// agree compares every member's year, day by day and field by field: `daka assess` on documents made from the files themselves, the API, and both
// formats of the export.
func agree(t *testing.T, r *rig, org, exported, in, out string) {
	t.Helper()
	numbers, assessed := assessFiles(t, r, org, in, out)
	sheet, array := sheetYears(t, exported), arrayYears(t, r, org)
	require.Len(t, sheet, len(numbers))
	require.Len(t, array, len(numbers))
	weekdays := 0
	for i, number := range numbers {
		answered := apiYear(t, r, org, number)
		require.Len(t, assessed[i], 365)
		require.Len(t, answered, 365)
		require.Len(t, sheet[number], 365)
		require.Len(t, array[number], 365)
		for d, want := range assessed[i] {
			at := fmt.Sprint(number, " on ", want["date"])
			for _, have := range []map[string]any{answered[d], array[number][d]} {
				require.Equal(t, false, have["self_decided"], at)
				delete(have, "self_decided") // who decided is no matter of assess
			}
			require.Equal(t, want, answered[d], "API: %s", at)
			require.Equal(t, want, array[number][d], "JSON export: %s", at)
			require.Equal(t, cells(t, want, sheet[number][d]), sheet[number][d], "CSV export: %s", at)
			if want["day_type"] == "workday" {
				weekdays++
			}
		}
	}
	require.Equal(t, 50*261, weekdays)
}

// assessFiles makes a document of every employee's row and gives them to `daka assess --jsonl`.
func assessFiles(t *testing.T, r *rig, org, in, out string) (numbers []string, years []year) {
	t.Helper()
	var view struct{ Through string }
	r.get("/api/v1/orgs/"+org).json(t, &view)
	var lines strings.Builder
	arrivals, departures := table(t, in), table(t, out)
	for i := range arrivals {
		numbers = append(numbers, arrivals[i][0])
		require.Equal(t, arrivals[i][0], departures[i][0])
		doc, err := json.Marshal(map[string]any{"rules": []json.RawMessage{json.RawMessage(ruleKolkata)}, "from": "2015-01-01", "to": "2015-12-31",
			"punches": append(punchesOf(t, arrivals[i], "OnDuty"), punchesOf(t, departures[i], "OffDuty")...),
			"member":  map[string]any{"joined": "2015-01-01"}, "known_at": view.Through})
		require.NoError(t, err)
		fmt.Fprintf(&lines, "%s\n", doc)
	}
	code, answers, errs := r.daka("assess", "--jsonl", r.file("documents.jsonl", lines.String()))
	require.Equal(t, exitClean, code, errs)
	for line := range strings.Lines(answers) {
		var answer struct{ Days year }
		require.NoError(t, json.Unmarshal([]byte(line), &answer), line)
		years = append(years, answer.Days)
	}
	require.Len(t, years, len(numbers))
	return numbers, years
}

// table is a wide file without its header.
func table(t *testing.T, path string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(content(t, path))).ReadAll()
	require.NoError(t, err)
	return rows[1:]
}

func punchesOf(t *testing.T, row []string, checkType string) (punches []map[string]any) {
	t.Helper()
	for _, cell := range row[1:] {
		if cell == "NA" {
			continue
		}
		at, err := time.Parse("02/01/2006 15:04 -0700", cell+" +0530")
		require.NoError(t, err)
		punches = append(punches, map[string]any{"at": at.Format(time.RFC3339), "check_type": checkType, "source_type": "IMPORT"})
	}
	return punches
}

func apiYear(t *testing.T, r *rig, org, number string) year {
	t.Helper()
	base := "/api/v1/orgs/" + org + "/members"
	var members struct{ Items []struct{ ID, Number string } }
	r.get(base+"?number="+number).json(t, &members)
	require.Len(t, members.Items, 1)
	var days struct{ Days year }
	r.get(base+"/"+members.Items[0].ID+"/days?from=2015-01-01&to=2015-12-31").json(t, &days)
	return days.Days
}

// arrayYears is the export as JSON, by number; the number itself is taken away.
func arrayYears(t *testing.T, r *rig, org string) map[string]year {
	t.Helper()
	code, exported, errs := r.daka("export", "days", "--org", org, "--from", "2015-01-01", "--to", "2015-12-31", "--format", "json")
	require.Equal(t, exitClean, code, errs)
	var days year
	require.NoError(t, json.Unmarshal([]byte(exported), &days))
	years := map[string]year{}
	for _, day := range days {
		number := fmt.Sprint(day["number"])
		delete(day, "number")
		years[number] = append(years[number], day)
	}
	return years
}

// sheetYears is the export as CSV, by number; cells are text.
func sheetYears(t *testing.T, exported string) map[string]year {
	t.Helper()
	years := map[string]year{}
	for _, row := range rows(t, exported) {
		day := map[string]any{}
		for name, cell := range row {
			day[name] = cell
		}
		years[row["number"]] = append(years[row["number"]], day)
	}
	return years
}

// cells is what a row of the sheet must hold for a day: lists are JSON inside their cells, so that row's text is taken once it says the same.
func cells(t *testing.T, day, row map[string]any) map[string]any {
	t.Helper()
	want := map[string]any{"number": row["number"]}
	for name, value := range day {
		list, isList := value.([]any)
		switch text := fmt.Sprint(row[name]); {
		case isList:
			var got []any
			require.NoError(t, json.Unmarshal([]byte(text), &got), "%s: %s", name, text)
			require.Equal(t, list, got, name)
			want[name] = text
		case value == nil:
			want[name] = ""
		default:
			want[name] = fmt.Sprint(value)
		}
	}
	return want
}
