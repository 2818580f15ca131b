package attendance

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// machineLog reads the punches of one id from a machine's file, as wall times of a zone; lines without a date are not this test's matter.
func machineLog(t *testing.T, name, id string, zone *time.Location) []Punch {
	t.Helper()
	file, err := os.Open(sharedFile(t, name))
	require.NoError(t, err)
	defer file.Close()
	var punches []Punch
	for lines := bufio.NewScanner(file); lines.Scan(); {
		cells := strings.Split(lines.Text(), "\t")
		if len(cells) < 2 || strings.TrimSpace(cells[0]) != id {
			continue
		}
		at, err := time.ParseInLocation(time.DateTime, cells[1], zone)
		if err == nil {
			punches = append(punches, Punch{ID: cells[1], At: at, SourceType: SourceATM})
		}
	}
	require.NotEmpty(t, punches)
	return punches
}

// told writes a day as one line that a person can check against the file.
func told(day Day) string {
	parts := []string{day.Date.String(), day.Shift, string(day.Status)}
	for _, slot := range day.Slots {
		punch := "-"
		if !slot.PunchAt.IsZero() {
			punch = slot.PunchAt.Format("02 15:04:05")
		}
		parts = append(parts, fmt.Sprintf("[%s %s %d]", punch, slot.TimeResult, slot.Minutes))
	}
	for _, unused := range day.Unused {
		parts = append(parts, fmt.Sprintf("%s %s", unused.At.Format("15:04:05"), unused.Reason))
	}
	return strings.Join(parts, " ")
}

// TestLunchGapPairsFourPunches checks ten days of one id of zk_alden, each worked out by hand from the file: out and back before 12:30 is the
// two-punch rule of rules §3.
func TestLunchGapPairsFourPunches(t *testing.T) {
	plan := mustPlan(t, `{"time_zone":"America/Chicago","effective_from":"2020-01-01","shifts":{"day":{"sections":[{"on":"08:00","off":"12:00"},{"on":"13:00","off":"17:00"}]}}}`)
	facts := factsOf(plan, machineLog(t, "zk_alden_1_attlog.dat", "2233", plan.Zone())...)
	want := map[string]string{
		"2020-08-05": "2020-08-05 day Normal [05 07:45:11 Normal 0] [05 12:04:17 Normal 0] [05 12:10:12 Normal 0] [05 17:03:40 Normal 0]",
		"2020-08-06": "2020-08-06 day Normal [06 07:54:47 Normal 0] [06 12:03:49 Normal 0] [06 12:11:52 Normal 0] [06 17:03:08 Normal 0]",
		"2020-08-10": "2020-08-10 day Normal [10 07:44:36 Normal 0] [10 12:02:39 Normal 0] [10 12:09:11 Normal 0] [10 17:00:24 Normal 0]",
		"2020-08-11": "2020-08-11 day Normal [11 07:39:43 Normal 0] [11 12:05:35 Normal 0] [11 12:14:49 Normal 0] [11 17:16:34 Normal 0]",
		"2020-08-12": "2020-08-12 day Abnormal [12 08:02:22 Late 2] [12 12:02:21 Normal 0] [12 12:08:12 Normal 0] [12 17:04:59 Normal 0]",
		"2020-08-27": "2020-08-27 day Normal [27 07:25:00 Normal 0] [27 12:23:00 Normal 0] [27 12:25:12 Normal 0] [27 17:00:21 Normal 0]",
		"2020-09-03": "2020-09-03 day Normal [03 07:56:45 Normal 0] [03 12:04:02 Normal 0] [03 12:10:21 Normal 0] [03 17:05:28 Normal 0]",
		"2020-09-04": "2020-09-04 day Normal [04 07:36:21 Normal 0] [04 12:03:04 Normal 0] [04 12:08:44 Normal 0] [04 17:04:56 Normal 0] 12:03:09 same_tap",
		"2020-09-14": "2020-09-14 day Normal [14 07:42:29 Normal 0] [14 12:02:59 Normal 0] [14 12:07:54 Normal 0] [14 17:01:01 Normal 0]",
		"2020-09-15": "2020-09-15 day Abnormal [15 07:33:23 Normal 0] [15 12:12:11 Normal 0] [15 12:18:11 Normal 0] [- NotSigned 0] 07:33:42 same_tap",
	}
	for text, line := range want {
		d := mustDate(t, text)
		require.Equal(t, line, told(Assess(facts, d, d)[0]))
	}
}

// nearestShift rosters every date of a log to the shift whose start lies nearest to its first punch, round the clock.
func nearestShift(punches []Punch, starts map[string]int) map[Date]RosterEntry {
	roster := map[Date]RosterEntry{}
	for _, punch := range punches { // the file is in order
		d := DateOf(punch.At)
		if _, known := roster[d]; known {
			continue
		}
		minute, best, nearest := punch.At.Hour()*60+punch.At.Minute(), "", 1441
		for name, start := range starts {
			apart := min((minute-start+1440)%1440, (start-minute+1440)%1440)
			if apart < nearest {
				best, nearest = name, apart
			}
		}
		roster[d] = RosterEntry{Shift: best}
	}
	return roster
}

// TestNightPunchesBelongToTheDayTheShiftStarts checks ten days of one id of zk_saisandeep, each worked out by hand from the file.
func TestNightPunchesBelongToTheDayTheShiftStarts(t *testing.T) {
	plan := mustPlan(t, `{"kind":"rostered","time_zone":"Asia/Kolkata","effective_from":"2015-01-01","shifts":{
		"early":{"sections":[{"open_before_min":120,"close_after_min":360,"on":"06:00","off":"14:00"}]},"late":{"sections":[{"open_before_min":120,"close_after_min":360,"on":"14:00","off":"22:00"}]},"night":{"sections":[{"open_before_min":120,"close_after_min":360,"on":"22:00","off":"30:00"}]}}}`)
	facts := factsOf(plan, machineLog(t, "zk_saisandeep_1_attlog.dat", "39", plan.Zone())...)
	facts.Roster = nearestShift(facts.Punches, map[string]int{"early": 6 * 60, "late": 14 * 60, "night": 22 * 60})
	want := []string{ // the guard of this log also punches every hour of the night: those are between
		"2015-05-05 night Normal [05 21:01:24 Normal 0] [06 06:01:49 Normal 0] 18:58:04 outside_window",
		"2015-05-06 night Normal [06 21:02:15 Normal 0] [07 07:12:00 Normal 0]",
		"2015-05-07 night Normal [07 21:05:38 Normal 0] [08 07:11:24 Normal 0] 19:04:44 outside_window",
		"2015-05-08 night Absent [- NotSigned 0] [- NotSigned 0] 19:01:14 outside_window",
		"2015-05-09 early Abnormal [09 06:56:16 Late 56] [09 19:45:53 Normal 0]",
		"2015-05-10 night Abnormal [10 22:11:09 Late 11] [11 06:50:09 Normal 0] 00:04:28 outside_window",
		"2015-05-11 night Normal [11 21:05:52 Normal 0] [12 07:12:09 Normal 0] 19:02:00 outside_window",
		"2015-05-12 night Normal [12 21:02:34 Normal 0] [13 06:43:09 Normal 0] 19:07:42 outside_window",
		"2015-05-13 night Normal [13 21:08:13 Normal 0] [14 06:49:19 Normal 0] 19:02:48 outside_window",
		"2015-05-14 night Normal [14 21:06:07 Normal 0] [15 07:03:00 Normal 0] 18:58:00 outside_window",
	}
	for i, day := range Assess(facts, mustDate(t, "2015-05-05"), mustDate(t, "2015-05-14")) {
		require.True(t, strings.HasPrefix(told(day), want[i]), "got %s\nwant %s", told(day), want[i])
	}
}
