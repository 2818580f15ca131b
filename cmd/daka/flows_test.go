package main

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// staffed is a company with one member, and the day before yesterday's date.
func staffed(t *testing.T) (r *rig, base, member, date string) {
	t.Helper()
	r = serve(t, nil).ready()
	org := r.company(`{"name":"Office","time_zone":"UTC","effective_from":"2020-01-01","week":["day","day","day","day","day","day","day"],"shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}}}`)
	base = "/orgs/" + org
	groups := struct{ Items []struct{ ID string } }{}
	require.Eventually(t, func() bool {
		r.get("/api/v1"+base+"/groups").json(t, &groups)
		return len(groups.Items) == 1
	}, waitLong, tick)
	date = time.Now().UTC().AddDate(0, 0, -2).Format(time.DateOnly)
	member, _ = r.id("POST", base+"/members", fmt.Sprintf(`{"number":"1","group":%q,"joined":%q}`, groups.Items[0].ID, date))
	for _, wall := range []string{"09:20:00", "18:30:00"} {
		_, _ = r.id("POST", base+"/punches", fmt.Sprintf(`{"number":"1","wall":"%sT%s","zone":"UTC","source_type":"ATM"}`, date, wall))
	}
	return r, base, member, date
}

// day asks for one day after a position, without its slots' details.
func (r *rig) day(base, member, date, position string) (status string, late int, results string) {
	r.t.Helper()
	var days struct {
		Days []struct {
			Status  string
			LateMin int `json:"late_min"`
			Slots   []struct {
				TimeResult *string `json:"time_result"`
				SourceType *string `json:"source_type"`
			}
		}
	}
	a := r.fresh("/api/v1" + base + "/members/" + member + "/days?from=" + date + "&to=" + date + "&min_position=" + position)
	a.json(r.t, &days)
	require.Len(r.t, days.Days, 1)
	for _, s := range days.Days[0].Slots {
		source := "-"
		if s.SourceType != nil {
			source = *s.SourceType
		}
		results += *s.TimeResult + "/" + source + " "
	}
	return days.Days[0].Status, days.Days[0].LateMin, strings.TrimSpace(results)
}

func TestMakeupAndLeaveChangeTheDay(t *testing.T) {
	r, base, member, date := staffed(t)
	makeup, at := r.id("POST", base+"/requests", fmt.Sprintf(`{"type":"makeup","member":%q,"date":%q,"check_type":"OnDuty","at":"%sT08:58:00Z","kind":"late","reason":"闸机坏了"}`, member, date, date))
	status, late, results := r.day(base, member, date, at)
	require.Equal(t, "Abnormal 20 Late/ATM", fmt.Sprint(status, " ", late, " ", strings.Fields(results)[0]), "a pending request changes nothing")
	_, at = r.id("POST", base+"/requests/"+makeup+"/approve", `{"comment":"属实"}`)
	_, late, results = r.day(base, member, date, at)
	require.Equal(t, 0, late)
	require.Equal(t, "Normal/APPROVE", strings.Fields(results)[0])

	var view struct {
		State    string
		Detail   map[string]any
		Comments []struct{ Text string }
	}
	r.get("/api/v1"+base+"/requests/"+makeup).json(t, &view)
	require.Equal(t, "approved", view.State)
	require.Equal(t, "闸机坏了", view.Detail["reason"])
	require.Equal(t, "属实", view.Comments[0].Text)

	_, at = r.id("POST", base+"/requests/"+makeup+"/cancel", "")
	_, late, _ = r.day(base, member, date, at)
	require.Equal(t, 20, late, "cancelled, the punch counts again")

	leave, _ := r.id("POST", base+"/requests", fmt.Sprintf(`{"type":"leave","member":%q,"leave_type":"annual","from_date":%q,"to_date":%q}`, member, date, date))
	_, at = r.id("POST", base+"/requests/"+leave+"/approve", "{}")
	status, _, results = r.day(base, member, date, at)
	require.Equal(t, "Leave", status, results)
	twice := r.write("POST", base+"/requests", fmt.Sprintf(`{"type":"leave","member":%q,"leave_type":"annual","from_date":%q,"to_date":%q}`, member, date, date))
	require.Contains(t, twice.body, `"code":"leave_overlaps"`)
}

func TestACorrectionAndItsHistory(t *testing.T) {
	r, base, member, date := staffed(t)
	before := time.Now().UTC()
	_, at := r.id("POST", base+"/members/"+member+"/corrections", fmt.Sprintf(`{"date":%q,"check_type":"OnDuty","at":"%sT08:55:00Z","reason":"saw her"}`, date, date))
	_, late, results := r.day(base, member, date, at)
	require.Equal(t, 0, late)
	require.Equal(t, "Normal/BOSS", strings.Fields(results)[0])
	var then struct {
		Days []struct {
			LateMin int `json:"late_min"`
		}
	}
	r.get("/api/v1"+base+"/members/"+member+"/days?from="+date+"&to="+date+"&known_at="+before.Format(time.RFC3339Nano)).json(t, &then)
	require.Equal(t, 20, then.Days[0].LateMin, "as it was known before the correction")
	code, story, errs := r.daka("replay", "--org", strings.TrimPrefix(base, "/orgs/"), "--member", "1", "--day", date)
	require.Equal(t, exitClean, code, errs)
	require.Contains(t, story, "SlotCorrected by token admin")
	require.Contains(t, story, "reason: saw her")
	require.Contains(t, story, "late_min: 20 → 0")
}

func TestARetroactiveRule(t *testing.T) {
	r, base, member, date := staffed(t)
	var groups struct{ Items []struct{ ID string } }
	r.get("/api/v1"+base+"/groups").json(t, &groups)
	lenient := `{"name":"Office","time_zone":"UTC","effective_from":"2020-01-01","week":["day","day","day","day","day","day","day"],"shifts":{"day":{"permit_late_min":30,"sections":[{"on":"09:00","off":"18:00"}]}}}`
	_, at := r.id("PUT", base+"/groups/"+groups.Items[0].ID+"/rule", lenient)
	_, late, _ := r.day(base, member, date, at)
	require.Equal(t, 0, late)
	wrong := r.write("PUT", base+"/groups/"+groups.Items[0].ID+"/rule", strings.Replace(lenient, `"09:00"`, `"19:00"`, 1))
	require.Equal(t, 422, wrong.status)
	require.Contains(t, wrong.body, `"code":"rule_invalid"`)
	require.Contains(t, wrong.body, "18:00 is not after on 19:00; write a later time, 24:00 and more for the dates after it, up to 71:59")
	var rules struct{ Items []struct{ Version int } }
	r.get("/api/v1"+base+"/groups/"+groups.Items[0].ID+"/rules").json(t, &rules)
	require.Len(t, rules.Items, 2)
}

func TestABatchAnswersItemByItem(t *testing.T) {
	r, base, _, date := staffed(t)
	body := fmt.Sprintf(`{"punches":[{"number":"1","wall":"%sT11:00:00","zone":"UTC","source_type":"ATM"},{"number":"1","wall":"%sT12:00:00","zone":"UTC"},{"number":"9","wall":"%sT12:00:00","zone":"UTC"}]}`, date, date, date)
	for try, want := range [][]int{{201, 201, 404}, {200, 200, 404}} { // the second has another key, but its items are the same facts
		a := r.write("POST", base+"/punches/batch", body)
		require.Equal(t, want[0], a.status, a.body)
		var batch struct {
			Items []struct {
				Status  int
				Problem *struct{ Code string }
			}
		}
		a.json(t, &batch)
		require.Equal(t, want, []int{batch.Items[0].Status, batch.Items[1].Status, batch.Items[2].Status}, try)
		require.Equal(t, "member_not_found", batch.Items[2].Problem.Code)
	}
}

func TestRevertingAnImport(t *testing.T) {
	r, base, _, _ := staffed(t)
	org := strings.TrimPrefix(base, "/orgs/")
	date := time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	file := r.file("a.csv", "number,at\n1,"+date+" 09:00\n1,"+date+" 18:00\n1,"+date+" 18:00\n2,"+date+" 18:00\n1,soon\n")
	code, said, errs := r.daka("import", "punches", file, "--org", org, "--format", "csv", "--zone", "UTC")
	require.Equal(t, exitFound, code, errs)
	require.Contains(t, said, "5 lines, 2 punches written, 0 already known, 1 duplicates, 2 refused, 0 warnings, 0 members created")
	require.Contains(t, errs, `a.csv: line 5: refused`)
	require.Contains(t, errs, `a.csv: line 6: refused time: "soon" is not a time such as 2026-03-02 08:55:00`)
	imp := strings.TrimSuffix(strings.Fields(said)[1], ":")
	r.id("POST", base+"/imports/"+imp+"/revert", "")
	var list struct{ Items []struct{ State string } }
	require.Eventually(t, func() bool {
		r.get("/api/v1"+base+"/imports").json(t, &list)
		return len(list.Items) == 1 && list.Items[0].State == "reverted"
	}, waitLong, tick)
	bad := r.file("b.csv", "name,when\n")
	code, _, errs = r.daka("import", "punches", bad, "--org", org, "--format", "csv", "--zone", "UTC")
	require.Equal(t, exitFault, code)
	require.Contains(t, errs, `the server refused (422 file_invalid): file 1: the header needs the columns number and at (or date and time); it has "name, when"; where columns have other names, a mapping says which they are: number=NAME,at=NAME`)
}

func TestLiveTellsOfAPunch(t *testing.T) {
	r, base, _, _ := staffed(t)
	req, err := http.NewRequestWithContext(t.Context(), "GET", r.base+"/api/v1"+base+"/live", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+r.token)
	res, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	lines := make(chan string, 100)
	go func() {
		in := bufio.NewScanner(res.Body)
		for in.Scan() {
			lines <- in.Text()
		}
		close(lines)
	}()
	require.Equal(t, ": welcome", <-lines)
	r.id("POST", base+"/punches", `{"number":"1"}`)
	deadline := time.After(waitLong)
	for {
		select {
		case line := <-lines:
			if line == "event: change" {
				return
			}
		case <-deadline:
			t.Fatal("no change was told")
		}
	}
}

func TestMonthsAsFiles(t *testing.T) {
	r, base, _, date := staffed(t)
	csv := r.send(ask{"GET", "/api/v1" + base + "/months/" + date[:7] + ".csv", "", map[string]string{"Accept-Language": "zh"}})
	require.Equal(t, 200, csv.status, csv.body)
	require.True(t, strings.HasPrefix(csv.body, "\xef\xbb\xbf工号,姓名,月份,应出勤天数"), csv.body)
	xlsx := r.get("/api/v1" + base + "/months/" + date[:7] + ".xlsx")
	require.True(t, strings.HasPrefix(xlsx.body, "PK"))
	require.Equal(t, 404, r.get("/api/v1"+base+"/months/"+date[:7]+".pdf").status)
}
