package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/deploy/single/sample"
)

const (
	waitLong = time.Minute
	tick     = 20 * time.Millisecond
)

// TestKaggle imports real punches and expects the known answer, from the export, from the API and from assess.
func TestKaggle(t *testing.T) {
	if testing.Short() {
		t.Skip("imports 23,648 punches")
	}
	in, out := shared(t, "kaggle50_in_time.csv"), shared(t, "kaggle50_out_time.csv")
	r := serve(t, nil).ready()
	org := r.company(ruleKolkata)
	args := []string{"--org", org, "--format", "wide-csv", "--zone", "Asia/Kolkata", "--create-members"}
	code, said, errs := r.daka(append([]string{"import", "punches", in, out}, args...)...)
	require.Equal(t, exitClean, code, errs)
	require.Contains(t, said, "23648 lines, 23648 punches written, 0 already known, 0 duplicates, 0 refused, 0 warnings, 50 members created")
	code, exported, errs := r.daka("export", "days", "--org", org, "--from", "2015-01-01", "--to", "2015-12-31")
	require.Equal(t, exitClean, code, errs)
	require.Equal(t, known{5673, 76095, 8012, 508283, 1226, 333820680}, answer(t, exported))

	events := ledgerSize(t, r, org)
	renamed := []string{r.file("jan.csv", content(t, in)), r.file("feb.csv", content(t, out))}
	code, _, errs = r.daka(append(append([]string{"import", "punches"}, renamed...), args...)...)
	require.Equal(t, exitClean, code, errs)
	require.Equal(t, events, ledgerSize(t, r, org), "a second import, also of renamed files, adds nothing")

	agree(t, r, org, exported, in, out)
	code, said, errs = r.daka("diff", "--org", org)
	require.Equal(t, exitClean, code, said+errs)
	permitAndBack(t, r, org, exported)
}

// permitAndBack permits 15 minutes from the first day on, and takes it back: each time every day is judged by the new version, live as in a replay,
// and the end is the beginning.
func permitAndBack(t *testing.T, r *rig, org, first string) {
	t.Helper()
	var groups struct{ Items []struct{ ID string } }
	r.get("/api/v1/orgs/"+org+"/groups").json(t, &groups)
	rule := "/orgs/" + org + "/groups/" + groups.Items[0].ID + "/rule"
	lateDays, lateMin := lateBeyond(t, 15)
	for version, change := range []struct {
		rule string
		want known
	}{
		2: {strings.Replace(ruleKolkata, `{"sections"`, `{"permit_late_min":15,"sections"`, 1), known{lateDays, lateMin, 8012, 508283, 1226, 333820680}},
		3: {ruleKolkata, known{5673, 76095, 8012, 508283, 1226, 333820680}},
	} {
		if change.rule == "" {
			continue
		}
		r.id("PUT", rule, change.rule)
		code, exported, errs := r.daka("export", "days", "--org", org, "--from", "2015-01-01", "--to", "2015-12-31")
		require.Equal(t, exitClean, code, errs)
		require.Equal(t, change.want, answer(t, exported))
		workdays := 0
		for _, row := range rows(t, exported) {
			require.Equal(t, strconv.Itoa(version), row["rule_version"], row["date"])
			if row["day_type"] == "workday" {
				workdays++
			}
		}
		require.Equal(t, 50*261, workdays)
		code, said, errs := r.daka("diff", "--org", org)
		require.Equal(t, exitClean, code, said+errs)
		if version == 3 {
			require.Equal(t, first, version3.ReplaceAllString(exported, "$1,1,"), "but for the version, the first answer again")
		}
	}
}

// version3 is the version of the rule in a row of the export, after number, date, day type, shift, status and days absent.
var version3 = regexp.MustCompile(`(?m)^([^,]*,[^,]*,[^,]*,[^,]*,[^,]*,[^,]*),3,`)

// lateBeyond counts, from the file itself, the days that begin more than permit minutes after 10:00, and their minutes after 10:00.
func lateBeyond(t *testing.T, permit int) (days, minutes int) {
	t.Helper()
	table, err := csv.NewReader(strings.NewReader(content(t, shared(t, "kaggle50_in_time.csv")))).ReadAll()
	require.NoError(t, err)
	for _, row := range table[1:] {
		for _, cell := range row[1:] {
			at, err := time.Parse("02/01/2006 15:04", cell)
			if err != nil { // NA
				continue
			}
			if late := at.Hour()*60 + at.Minute() - 600; late > permit {
				days, minutes = days+1, minutes+late
			}
		}
	}
	return days, minutes
}

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}

// known is the answer for the wide file under fixed 10:00-18:00.
type known struct{ lateDays, lateMin, earlyDays, earlyMin, absent, presentSeconds int }

func answer(t *testing.T, exported string) (k known) {
	t.Helper()
	for _, row := range rows(t, exported) {
		n := func(column string) int { v, err := strconv.Atoi(row[column]); require.NoError(t, err); return v }
		if n("late_min") > 0 {
			k.lateDays++
		}
		if n("early_min") > 0 {
			k.earlyDays++
		}
		if row["status"] == "Absent" {
			k.absent++
		}
		k.lateMin += n("late_min")
		k.earlyMin += n("early_min")
		k.presentSeconds += 60 * n("present_min")
	}
	return k
}

func rows(t *testing.T, exported string) (out []map[string]string) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(exported)).ReadAll()
	require.NoError(t, err)
	require.Equal(t, "number,date,day_type,shift,status,absent_days,rule_version,slots,worked_min,present_min,late_min,early_min,leave_min,trip_min,overtime_min,night_min,overtime,unused_punches,anomalies",
		strings.Join(all[0], ","))
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = cells[i]
		}
		out = append(out, row)
	}
	return out
}

func ledgerSize(t *testing.T, r *rig, org string) int {
	t.Helper()
	var status struct {
		Ledgers []struct {
			Org  string
			Size int
		}
	}
	r.get("/api/v1/admin/projections").json(t, &status)
	for _, l := range status.Ledgers {
		if l.Org == org {
			return l.Size
		}
	}
	return 0
}

// TestMachineLog imports a real machine's export: the broken line and every clock jump are named.
func TestMachineLog(t *testing.T) {
	if testing.Short() {
		t.Skip("imports 14,359 punches")
	}
	log := shared(t, "zk_thrawn_1_attlog.dat")
	r := serve(t, nil).ready()
	org := r.company(ruleKolkata)
	code, said, errs := r.daka("import", "punches", log, "--org", org, "--format", "attlog", "--zone", "America/New_York", "--create-members")
	require.Equal(t, exitFound, code, errs)
	require.Contains(t, said, "14360 lines, 14359 punches written, 0 already known, 0 duplicates, 1 refused, 89 warnings, 11 members created")
	require.Contains(t, errs, `line 7175: refused time: "1990-00--8 -16:-29:-40" is not a time such as 2026-03-02 08:55:00`)
	require.Equal(t, 89, strings.Count(errs, "warning clock_jump"))
}

// TestSample: the sample company is marked and whole, and founding it again adds nothing but what happened since.
func TestSample(t *testing.T) {
	if testing.Short() {
		t.Skip("founds the sample company twice")
	}
	r := serve(t, nil).ready()
	log := slog.New(slog.DiscardHandler)
	org, err := sample.Found(t.Context(), r.m.service, log)
	require.NoError(t, err)
	head, _, err := r.m.eventlog.Head(t.Context())
	require.NoError(t, err)
	again, err := sample.Found(t.Context(), r.m.service, log)
	require.NoError(t, err)
	require.Equal(t, org, again)
	after, _, err := r.m.eventlog.Head(t.Context())
	require.NoError(t, err)
	if time.Now().In(time.FixedZone("", 8*3600)).Hour() < 8 { // nobody of the sample punches then
		require.Equal(t, head.Position, after.Position)
	}
	require.LessOrEqual(t, after.Position.Commit, head.Position.Commit+100)
	code, days, errs := r.daka("export", "days", "--org", org.String(), "--from", time.Now().AddDate(0, 0, -100).Format(time.DateOnly), "--to", time.Now().AddDate(0, 0, 1).Format(time.DateOnly))
	require.Equal(t, exitClean, code, errs)
	statuses, shifts, overMidnight := map[string]int{}, map[string]int{}, 0
	for _, row := range rows(t, days) {
		statuses[row["status"]]++
		shifts[row["shift"]]++
		if row["shift"] == "night" && strings.Contains(row["slots"], `"check_type":"OffDuty","plan_at":"`+nextDate(t, row["date"])+`T06:00:00+08:00","punch_at":"`+nextDate(t, row["date"])) {
			overMidnight++
		}
	}
	for _, status := range []string{"Normal", "Abnormal", "Absent", "Leave", "Trip", "Rest"} {
		require.NotZero(t, statuses[status], "%s in %v", status, statuses)
	}
	for shift, least := range map[string]int{"day": 2000, "early": 200, "late": 200, "night": 200} {
		require.Greater(t, shifts[shift], least, "%s in %v", shift, shifts)
	}
	require.Greater(t, overMidnight, 150, "night shifts end with a punch on the next date")
	kinds := map[string]int{}
	var groups struct {
		Items []struct {
			ID      string
			Members int
		}
	}
	r.get("/api/v1/orgs/"+org.String()+"/groups").json(t, &groups)
	for _, g := range groups.Items {
		var rules struct {
			Items []struct{ Rule struct{ Kind string } }
		}
		r.get("/api/v1/orgs/"+org.String()+"/groups/"+g.ID+"/rules").json(t, &rules)
		kinds[rules.Items[0].Rule.Kind] += g.Members
	}
	require.Equal(t, map[string]int{"fixed": 42, "rostered": 12, "free": 6}, kinds)
	var view struct{ Sample bool }
	r.get("/api/v1/orgs/"+org.String()).json(t, &view)
	require.True(t, view.Sample)
	var members struct{ Items []struct{ Name string } }
	r.get("/api/v1/orgs/"+org.String()+"/members").json(t, &members)
	require.Len(t, members.Items, 60)
	require.Equal(t, "王伟", members.Items[0].Name)
	require.NoError(t, sample.SignIns(t.Context(), r.m.service, org))
	require.NoError(t, sample.SignIns(t.Context(), r.m.service, org)) // every start does it
	for _, p := range sample.People() {
		require.Contains(t, r.rolesAfterSignIn(p.Phone, sample.Password), string(p.Role))
	}
}

// rolesAfterSignIn signs a person in and gives the roles in the only organization.
func (r *rig) rolesAfterSignIn(login, password string) []string {
	r.t.Helper()
	a := r.send(ask{method: "POST", path: "/api/v1/auth/login", body: fmt.Sprintf(`{"login":%q,"password":%q}`, login, password), header: map[string]string{"Authorization": ""}})
	require.Less(r.t, a.status, 300, a.body)
	var cookie string
	for _, set := range a.header.Values("Set-Cookie") {
		if strings.HasPrefix(set, "daka_session=") {
			cookie, _, _ = strings.Cut(set, ";")
		}
	}
	var me struct {
		Memberships []struct{ Roles []string }
	}
	r.send(ask{method: "GET", path: "/api/v1/me", header: map[string]string{"Authorization": "", "Cookie": cookie}}).json(r.t, &me)
	require.Len(r.t, me.Memberships, 1)
	return me.Memberships[0].Roles
}

func nextDate(t *testing.T, date string) string {
	t.Helper()
	d, err := time.Parse(time.DateOnly, date)
	require.NoError(t, err)
	return d.AddDate(0, 0, 1).Format(time.DateOnly)
}

// TestReference: every flag and variable of the server is in the README, with its help.
func TestReference(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for flag, command := range everyFlag(t) {
		if flag.Name == "help" {
			continue
		}
		require.Contains(t, string(readme), "`--"+flag.Name, "%s", command)
		for _, env := range flag.Envs {
			require.Contains(t, string(readme), "`"+env+"`", "%s", command)
		}
	}
}

// everyFlag gives the flags of all commands, each with its command's path.
func everyFlag(t *testing.T) map[*kong.Flag]string {
	t.Helper()
	exited := -1
	parser, err := newParser(world{ctx: t.Context(), stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}, &exited)
	require.NoError(t, err)
	flags := map[*kong.Flag]string{}
	for _, command := range parser.Model.Leaves(true) {
		for _, flag := range command.Flags {
			flags[flag] = command.FullPath()
		}
	}
	require.NotEmpty(t, flags)
	return flags
}
