package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
)

// daysOf gives the status of each day of a number that the server has, by date.
func daysOf(r *rig, org, number, from, to string) map[string]string {
	r.t.Helper()
	code, said, errs := r.daka("export", "days", "--org", org, "--from", from, "--to", to)
	require.Equal(r.t, exitClean, code, errs)
	out := map[string]string{}
	for _, row := range rows(r.t, said) {
		if row["number"] == number {
			out[row["date"]] = row["status"]
		}
	}
	return out
}

// TestAWrongImportAndTheRightOne walks through case 19 on the terminal: a dry run, the wrong file, its reversal, the right file, and the right file again.
func TestAWrongImportAndTheRightOne(t *testing.T) {
	r := serve(t, nil).ready()
	org := r.company(ruleKolkata)
	wrong := r.file("wrong.csv", "number,at\n31,2026-02-03 09:55\n31,2026-02-03 18:05\n31,2026-02-12 09:55\n31,2026-02-12 18:05\n")
	right := r.file("right.csv", "number,at\n31,2026-03-02 09:55\n31,2026-03-02 18:05\n31,2026-03-12 09:55\n31,2026-03-12 18:05\n")
	run := func(file string, more ...string) string {
		code, said, errs := r.daka(append([]string{"import", "punches", file, "--org", org, "--zone", "Asia/Kolkata", "--create-members"}, more...)...)
		require.Equal(t, exitClean, code, errs)
		return said + errs
	}
	said := run(wrong, "--dry-run")
	require.Contains(t, said, "dry run, nothing was written: 4 lines, 4 punches would be written")
	require.Contains(t, said, "members that would be made: 31")
	require.Empty(t, daysOf(r, org, "31", "2026-02-01", "2026-03-31"))

	said = run(wrong)
	imp := strings.TrimSuffix(strings.Fields(said)[1], ":")
	require.Equal(t, "Normal", daysOf(r, org, "31", "2026-02-01", "2026-03-31")["2026-02-03"])
	code, undone, errs := r.daka("import", "revert", imp, "--org", org)
	require.Equal(t, exitClean, code, errs)
	require.Contains(t, undone, "4 punches taken back, 1 members taken back, 0 first days put back, 0 stay")
	require.Empty(t, daysOf(r, org, "31", "2026-02-01", "2026-03-31"), "nobody expects who was made by mistake")

	require.Contains(t, run(right), "4 punches written, 0 already known")
	days := daysOf(r, org, "31", "2026-02-01", "2026-03-31")
	require.Equal(t, "Normal", days["2026-03-02"])
	require.Equal(t, "Absent", days["2026-03-03"])
	require.Equal(t, "Normal", days["2026-03-12"])
	require.NotContains(t, days, "2026-02-27")
	require.Contains(t, run(right), ": 0 new: these punches came with import ")
}

// TestDoubtedPunchesFillNothingUntilReviewed: a punch in doubt counts once its import was reviewed, and the review is one command.
func TestDoubtedPunchesFillNothingUntilReviewed(t *testing.T) {
	r := serve(t, nil).ready()
	org := r.company(ruleKolkata)
	file := r.file("m.dat", "1\t2026-03-02 09:55:00\t1\t0\n1\t2026-03-02 18:05:00\t1\t0\n1\t2026-01-06 09:50:00\t1\t0\n1\t2026-01-06 18:06:00\t1\t0\n1\t2026-03-03 09:55:00\t1\t0\n1\t2026-03-03 18:05:00\t1\t0\n2\t2026-03-03 18:07:00\t1\t0\n")
	early := r.file("e.dat", "1\t2026-01-05 09:55:00\t1\t0\n1\t2026-01-05 18:05:00\t1\t0\n")
	for _, f := range []string{early, file} {
		code, said, errs := r.daka("import", "punches", f, "--org", org, "--zone", "Asia/Kolkata", "--create-members")
		require.Equal(t, exitClean, code, errs)
		if f == file {
			require.Contains(t, said, "2 in doubt")
			require.Equal(t, "Absent", daysOf(r, org, "1", "2026-01-01", "2026-03-31")["2026-01-06"])
			imp := strings.TrimSuffix(strings.Fields(said)[1], ":")
			var one commands.ImportSummary
			r.get("/api/v1/orgs/"+org+"/imports/"+imp).json(t, &one)
			require.Equal(t, 2, one.Finished.Doubted)
			code, said, errs = r.daka("import", "review", imp, "approved", "--org", org, "--reason", "the clock was right")
			require.Equal(t, exitClean, code, errs)
			require.Contains(t, said, "2 doubted punches approved")
			require.Equal(t, "Normal", daysOf(r, org, "1", "2026-01-01", "2026-03-31")["2026-01-06"])
		}
	}
}

// TestAnImportIsFollowed: who follows hears of every stage, and at last the report, with the look-alike that waits for an answer.
func TestAnImportIsFollowed(t *testing.T) {
	r := serve(t, nil).ready()
	org := r.company(ruleKolkata)
	first := r.file("a.csv", "number,at\n0042,2026-03-02 09:55\n")
	code, _, errs := r.daka("import", "punches", first, "--org", org, "--zone", "Asia/Kolkata", "--create-members")
	require.Equal(t, exitClean, code, errs)
	second := r.file("b.csv", "number,at\n42,2026-03-02 18:05\n")
	code, said, errs := r.daka("import", "punches", second, "--org", org, "--zone", "Asia/Kolkata", "--create-members", "--dry-run")
	require.Equal(t, exitFound, code, "lines wait for an answer")
	require.Contains(t, errs, "1 lines wait: the number 42 looks like 0042; say whose it is: --alias 42=0042")
	require.Contains(t, said, "0 punches would be written")
	code, said, errs = r.daka("import", "punches", second, "--org", org, "--zone", "Asia/Kolkata", "--create-members", "--alias", "42=0042")
	require.Equal(t, exitClean, code, errs)
	require.Contains(t, said, "1 punches written")
	require.Equal(t, "Normal", daysOf(r, org, "0042", "2026-03-01", "2026-03-03")["2026-03-02"])
	var answer map[string]any
	a := r.get("/api/v1/orgs/" + org + "/imports/" + "00000000-0000-8000-8000-000000000000")
	require.Equal(t, 404, a.status)
	require.NoError(t, json.Unmarshal([]byte(a.body), &answer))
	require.Equal(t, "import_not_found", answer["code"])
}

// TestMembersFromATableOnTheTerminal: a table of people with a dry run, departments, and a change of who is known.
func TestMembersFromATableOnTheTerminal(t *testing.T) {
	r := serve(t, nil).ready()
	org := r.company(ruleKolkata)
	file := r.file("people.csv", "工号;姓名;部门;入职日期\n7;王芳;生产/涂装;2026/2/1\n8;李雷;;2026-02-30\n")
	code, said, errs := r.daka("import", "members", file, "--org", org, "--departments", "--dry-run")
	require.Equal(t, exitFound, code, errs)
	require.Contains(t, said, "dry run, nothing was written: 2 lines, 1 members would be created, 0 would be updated, 0 already known, 1 refused")
	require.Contains(t, errs, "department 生产/涂装 would be made")
	require.Contains(t, errs, "line 3: refused")
	_, said, _ = r.daka("import", "members", file, "--org", org, "--departments")
	require.Contains(t, said, "1 members created")
	_, said, _ = r.daka("import", "members", r.file("b.csv", "number,position\n7,welder\n"), "--org", org, "--update")
	require.Contains(t, said, "0 members created, 1 updated")
}
