package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const ruleThreeShifts = `{"name":"Three shifts","kind":"rostered","time_zone":"Asia/Kolkata","effective_from":"2015-01-01","shifts":{
	"early":{"sections":[{"open_before_min":120,"close_after_min":360,"on":"06:00","off":"14:00"}]},
	"late":{"sections":[{"open_before_min":120,"close_after_min":360,"on":"14:00","off":"22:00"}]},
	"night":{"sections":[{"open_before_min":120,"close_after_min":360,"on":"22:00","off":"30:00"}]}}}`

const ruleLunch = `{"name":"Office","time_zone":"America/Chicago","effective_from":"2020-01-01","shifts":{"day":{"sections":[{"on":"08:00","off":"12:00"},{"on":"13:00","off":"17:00"}]}}}`

// nearest gives every id and date of a machine's file the shift whose start is nearest to the first punch, round the clock.
func nearest(t *testing.T, file string) map[string]map[string]string {
	t.Helper()
	starts := map[string]int{"early": 6 * 60, "late": 14 * 60, "night": 22 * 60}
	first := map[string]map[string]int{}
	for lines := bufio.NewScanner(strings.NewReader(file)); lines.Scan(); {
		cells := strings.Split(lines.Text(), "\t")
		at, err := time.Parse(time.DateTime, cells[1])
		require.NoError(t, err)
		number, date, minute := strings.TrimSpace(cells[0]), at.Format(time.DateOnly), at.Hour()*60+at.Minute()
		if first[number] == nil {
			first[number] = map[string]int{}
		}
		if known, ok := first[number][date]; !ok || minute < known {
			first[number][date] = minute
		}
	}
	roster := map[string]map[string]string{}
	for number, dates := range first {
		roster[number] = map[string]string{}
		for date, minute := range dates {
			best := 1441
			for name, start := range starts {
				if apart := min((minute-start+1440)%1440, (start-minute+1440)%1440); apart < best {
					best, roster[number][date] = apart, name
				}
			}
		}
	}
	return roster
}

// machineDay is a day with all that became of its punches.
type machineDay struct {
	Date, Status string
	Shift        *string
	Slots        []struct {
		CheckType  string     `json:"check_type"`
		PunchAt    *time.Time `json:"punch_at"`
		TimeResult string     `json:"time_result"`
		Minutes    int
	}
	Unused []struct {
		At     time.Time
		Reason string
	} `json:"unused_punches"`
}

// line writes shift, status and slots; taps and punches outside the windows follow, those between are counted.
func (d machineDay) line(zone *time.Location) string {
	parts := []string{*d.Shift, d.Status}
	for _, s := range d.Slots {
		punch := "-"
		if s.PunchAt != nil {
			punch = s.PunchAt.In(zone).Format("02 15:04:05")
		}
		parts = append(parts, fmt.Sprintf("[%s %s %d]", punch, s.TimeResult, s.Minutes))
	}
	between := 0
	for _, u := range d.Unused {
		if u.Reason == "between" {
			between++
			continue
		}
		parts = append(parts, u.At.In(zone).Format("15:04:05")+" "+u.Reason)
	}
	return strings.Join(append(parts, fmt.Sprint("between ", between)), " ")
}

// membersByNumber are the ids of everybody.
func (r *rig) membersByNumber(org string) map[string]string {
	r.t.Helper()
	all := map[string]string{}
	for cursor := ""; ; {
		var page struct {
			Items []struct{ ID, Number string }
			Next  string
		}
		r.fresh("/api/v1/orgs/"+org+"/members?limit=500&cursor="+cursor).json(r.t, &page)
		for _, m := range page.Items {
			all[m.Number] = m.ID
		}
		if cursor = page.Next; cursor == "" {
			return all
		}
	}
}

func (r *rig) machineDays(org, member, from, to string) (days []machineDay) {
	r.t.Helper()
	var answer struct{ Days []machineDay }
	r.get("/api/v1/orgs/"+org+"/members/"+member+"/days?from="+from+"&to="+to).json(r.t, &answer)
	return answer.Days
}

// TestThreeShiftsOfAMachine imports a 24-hour operation and rosters it through the API: night punches belong to the day the shift starts. Ten days of
// one id are worked out by hand; of everybody, each punch is in exactly one place.
func TestThreeShiftsOfAMachine(t *testing.T) {
	if testing.Short() {
		t.Skip("imports 5,567 punches")
	}
	log := shared(t, "zk_saisandeep_1_attlog.dat")
	r := serve(t, nil).ready()
	org := r.company(ruleThreeShifts)
	code, said, errs := r.daka("import", "punches", log, "--org", org, "--format", "attlog", "--zone", "Asia/Kolkata", "--create-members")
	require.Equal(t, exitClean, code, said+errs)
	require.Eventually(t, func() bool { return len(r.membersByNumber(org)) == 135 }, waitLong, tick, "an import's people show a moment after it")
	members, roster := r.membersByNumber(org), nearest(t, content(t, log))
	var entries []string
	for number, shifts := range roster {
		text, err := json.Marshal(shifts)
		require.NoError(t, err)
		entries = append(entries, fmt.Sprintf(`{"member":%q,"shifts":%s}`, members[number], text))
	}
	r.id("PUT", "/orgs/"+org+"/roster", `{"entries":[`+strings.Join(entries, ",")+`]}`)
	code, said, errs = r.daka("diff", "--org", org)
	require.Equal(t, exitClean, code, said+errs)
	zone, err := time.LoadLocation("Asia/Kolkata")
	require.NoError(t, err)
	byHand := []string{ // the guard of this file also punches every hour of the night: those are between
		"night Normal [05 21:01:24 Normal 0] [06 06:01:49 Normal 0] 18:58:04 outside_window between 9",
		"night Normal [06 21:02:15 Normal 0] [07 07:12:00 Normal 0] between 8",
		"night Normal [07 21:05:38 Normal 0] [08 07:11:24 Normal 0] 19:04:44 outside_window 07:11:10 same_tap between 9",
		"night Absent [- NotSigned 0] [- NotSigned 0] 19:01:14 outside_window between 0",
		"early Abnormal [09 06:56:16 Late 56] [09 19:45:53 Normal 0]",
		"night Abnormal [10 22:11:09 Late 11] [11 06:50:09 Normal 0]",
		"night Normal [11 21:05:52 Normal 0] [12 07:12:09 Normal 0] 19:02:00 outside_window between 10",
		"night Normal [12 21:02:34 Normal 0] [13 06:43:09 Normal 0] 19:07:42 outside_window between 9",
		"night Normal [13 21:08:13 Normal 0] [14 06:49:19 Normal 0] 19:02:48 outside_window between 10",
		"night Normal [14 21:06:07 Normal 0] [15 07:03:00 Normal 0] 18:58:00 outside_window between 9",
	}
	for i, day := range r.machineDays(org, members["39"], "2015-05-05", "2015-05-14") {
		require.True(t, strings.HasPrefix(day.line(zone), byHand[i]), "%s: got %s\nwant %s", day.Date, day.line(zone), byHand[i])
	}
	nights, placed := 0, 0
	for _, member := range members {
		for _, day := range r.machineDays(org, member, "2015-05-01", "2015-06-05") {
			placed += len(day.Unused)
			for _, s := range day.Slots {
				if s.PunchAt == nil {
					continue
				}
				placed++
				on := s.PunchAt.In(zone).Format(time.DateOnly)
				if day.Shift != nil && *day.Shift == "night" && s.CheckType == "OffDuty" && on > day.Date {
					nights++
				}
			}
		}
	}
	require.Equal(t, 5567, placed, "slots and unused punches are all the punches")
	require.Positive(t, nights)
}

// TestLunchGapOfAMachine imports a machine of about four punches a day: ten days of one id, out and back before 12:30, are worked out by hand.
func TestLunchGapOfAMachine(t *testing.T) {
	if testing.Short() {
		t.Skip("imports 24,162 punches")
	}
	log := shared(t, "zk_alden_1_attlog.dat")
	r := serve(t, nil).ready()
	org := r.company(ruleLunch)
	code, said, errs := r.daka("import", "punches", log, "--org", org, "--format", "attlog", "--zone", "America/Chicago", "--create-members")
	require.Equal(t, exitClean, code, said+errs)
	code, _, errs = r.daka("export", "days", "--org", org, "--from", "2020-08-05", "--to", "2020-08-05") // waits until the days are settled
	require.Equal(t, exitClean, code, errs)
	zone, err := time.LoadLocation("America/Chicago")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return r.membersByNumber(org)["2233"] != "" }, waitLong, tick)
	member := r.membersByNumber(org)["2233"]
	for date, want := range map[string]string{
		"2020-08-05": "day Normal [05 07:45:11 Normal 0] [05 12:04:17 Normal 0] [05 12:10:12 Normal 0] [05 17:03:40 Normal 0] between 0",
		"2020-08-06": "day Normal [06 07:54:47 Normal 0] [06 12:03:49 Normal 0] [06 12:11:52 Normal 0] [06 17:03:08 Normal 0] between 0",
		"2020-08-10": "day Normal [10 07:44:36 Normal 0] [10 12:02:39 Normal 0] [10 12:09:11 Normal 0] [10 17:00:24 Normal 0] between 0",
		"2020-08-11": "day Normal [11 07:39:43 Normal 0] [11 12:05:35 Normal 0] [11 12:14:49 Normal 0] [11 17:16:34 Normal 0] between 0",
		"2020-08-12": "day Abnormal [12 08:02:22 Late 2] [12 12:02:21 Normal 0] [12 12:08:12 Normal 0] [12 17:04:59 Normal 0] between 0",
		"2020-08-27": "day Normal [27 07:25:00 Normal 0] [27 12:23:00 Normal 0] [27 12:25:12 Normal 0] [27 17:00:21 Normal 0] between 0",
		"2020-09-03": "day Normal [03 07:56:45 Normal 0] [03 12:04:02 Normal 0] [03 12:10:21 Normal 0] [03 17:05:28 Normal 0] between 0",
		"2020-09-04": "day Normal [04 07:36:21 Normal 0] [04 12:03:04 Normal 0] [04 12:08:44 Normal 0] [04 17:04:56 Normal 0] 12:03:09 same_tap between 0",
		"2020-09-14": "day Normal [14 07:42:29 Normal 0] [14 12:02:59 Normal 0] [14 12:07:54 Normal 0] [14 17:01:01 Normal 0] between 0",
		"2020-09-15": "day Abnormal [15 07:33:23 Normal 0] [15 12:12:11 Normal 0] [15 12:18:11 Normal 0] [- NotSigned 0] 07:33:42 same_tap between 0",
	} {
		days := r.machineDays(org, member, date, date)
		require.Len(t, days, 1)
		require.Equal(t, want, days[0].line(zone), date)
	}
}
