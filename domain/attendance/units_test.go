package attendance

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const officeRule = `{"name":"Head office","time_zone":"Asia/Shanghai","effective_from":"2026-01-01",
	"shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}},
	"places":[{"id":"hq","name":"HQ","lat":31.2304,"lng":121.4737,"radius_m":300},{"id":"annex","lat":31.24,"lng":121.48,"radius_m":100}],
	"networks":[{"ssid":"office","bssid":"aa:bb:cc:00:11:22"},{"id":"vpn","cidr":"203.0.113.0/24"}],"photo_required":true}`

func TestJudge(t *testing.T) {
	plan := mustPlan(t, officeRule)
	number := func(v float64) *float64 { return &v }
	place, network, metres, inside := Judge(plan, number(31.2304), number(121.4737), "", "", "")
	require.Equal(t, []any{"hq", "", 0, true}, []any{place, network, *metres, inside})

	place, network, metres, inside = Judge(plan, number(31.2404), number(121.4737), "", "", "203.0.113.9")
	require.Equal(t, []any{"", "vpn", true}, []any{place, network, inside})
	require.Equal(t, 601, *metres, "to the annex, the nearest: 599 m east and 44 m south")

	place, network, metres, inside = Judge(plan, nil, nil, "office", "AA:BB:CC:00:11:22", "")
	require.Equal(t, []any{"", "network-1", true}, []any{place, network, inside})
	require.Nil(t, metres)

	_, _, _, inside = Judge(plan, nil, nil, "", "", "not an address")
	require.False(t, inside)
	_, _, metres, inside = Judge(mustPlan(t, `{"time_zone":"UTC","effective_from":"2026-01-01","shifts":{"d":{"sections":[{"on":"09:00","off":"18:00"}]}}}`), number(0), number(0), "", "", "")
	require.True(t, inside, "no places and no networks")
	require.Nil(t, metres)
}

func TestHaversine(t *testing.T) {
	require.InDelta(t, 150.6, haversine(24, 72, 24.001, 72.001), 0.1, "attendance §c.3 G1")
	require.InDelta(t, 1506, haversine(24, 72, 24.01, 72.01), 0.5, "attendance §c.3 G2")
	require.InDelta(t, 20015087, haversine(0, 0, 0, 180), 1, "half the way round: π·R")
}

func TestGCJ02RoundTrip(t *testing.T) {
	for _, point := range [][2]float64{{31.2304, 121.4737}, {39.9042, 116.4074}, {22.5431, 114.0579}, {43.8256, 87.6168}, {3.9, 108.2}} {
		lat, lng := gcj02FromWGS84(point[0], point[1])
		require.NotEqual(t, point[0], lat)
		require.InDelta(t, 300, haversine(point[0], point[1], lat, lng), 500)
		backLat, backLng := wgs84FromGCJ02(lat, lng)
		require.Less(t, haversine(point[0], point[1], backLat, backLng), 0.001, "metres")
	}
	lat, lng := gcj02FromWGS84(40.7128, -74.0060)
	require.Equal(t, [2]float64{40.7128, -74.0060}, [2]float64{lat, lng}, "outside China the datums are equal")
	lat, lng = gcj02FromWGS84(39.915, 116.404)
	require.InDelta(t, 39.91640428150164, lat, 1e-9, "the published example of Tiananmen")
	require.InDelta(t, 116.41024449916938, lng, 1e-9)
}

func TestRecordedJudgementIsTakenAsGiven(t *testing.T) {
	plan := mustPlan(t, officeRule)
	at := mustInstant(t, "2026-03-02T09:00:00+08:00")
	for judgement, want := range map[Judgement]LocationResult{Inside: LocationNormal, Outside: LocationOutside, Unjudged: LocationOutside} {
		day := Assess(factsOf(plan, Punch{At: at, Place: judgement}), mustDate(t, "2026-03-02"), mustDate(t, "2026-03-02"))[0]
		require.Equal(t, want, day.Slots[0].LocationResult)
	}
	day := Assess(factsOf(plan, Punch{At: at, Place: Outside, SourceType: SourceATM}), mustDate(t, "2026-03-02"), mustDate(t, "2026-03-02"))[0]
	require.Equal(t, LocationNormal, day.Slots[0].LocationResult, "other sources are Normal")
}

func TestReach(t *testing.T) {
	night := `{"time_zone":"Asia/Shanghai","effective_from":"2026-01-01","shifts":{"n":{"sections":[{"on":"22:00","off":"30:00"}],"late_out_late_in":[{"out_after_min":60,"in_later_min":30}]}}}`
	free := `{"kind":"free","time_zone":"Asia/Shanghai","effective_from":"2026-01-01","free":{"day_start":"04:00"}}`
	for _, c := range []struct{ name, rule, at, from, to string }{
		{"day shift", officeRule, "2026-03-02T14:00:00+08:00", "2026-03-01", "2026-03-05"},
		{"a morning may end the rest day before it", officeRule, "2026-03-02T09:00:00+08:00", "2026-03-01", "2026-03-05"},
		{"the start of day closes yesterday", officeRule, "2026-03-03T05:00:30+08:00", "2026-03-02", "2026-03-06"},
		{"night out, and the day after it", night, "2026-03-03T06:00:00+08:00", "2026-03-02", "2026-03-06"},
		{"free before day_start", free, "2026-03-02T03:59:59+08:00", "2026-03-01", "2026-03-05"},
	} {
		from, to := Reach(mustPlan(t, c.rule), mustInstant(t, c.at))
		require.Equal(t, []string{c.from, c.to}, []string{from.String(), to.String()}, c.name)
	}
}

func TestClosesAndNextClose(t *testing.T) {
	plan := mustPlan(t, officeRule)
	for _, c := range []struct {
		after, through string
		closes         bool
	}{
		{"2026-03-02T17:55:00+08:00", "2026-03-02T18:00:00+08:00", false}, // On closes at 18:00 and is over after it
		{"2026-03-02T18:00:00+08:00", "2026-03-02T18:05:00+08:00", true},
		{"2026-03-02T18:05:00+08:00", "2026-03-02T23:55:00+08:00", false},
		{"2026-03-02T23:55:00+08:00", "2026-03-03T00:00:00+08:00", true}, // the local date ends
		{"2026-03-03T00:05:00+08:00", "2026-03-03T05:00:00+08:00", true}, // the day starts, and the next On window opens
		{"2026-03-03T05:00:00+08:00", "2026-03-03T05:05:00+08:00", true}, // Off closes at 05:00 and is over after it
		{"2026-03-03T05:05:00+08:00", "2026-03-03T17:55:00+08:00", false},
		{"2026-03-03T00:05:00+08:00", "2026-03-05T00:05:00+08:00", true},
	} {
		require.Equal(t, c.closes, Closes([]*Plan{plan}, mustInstant(t, c.after), mustInstant(t, c.through)), "%s to %s", c.after, c.through)
	}
	require.True(t, Closes([]*Plan{plan}, time.Time{}, mustInstant(t, "2026-03-02T18:00:00+08:00")), "nothing was over yet")
	require.Equal(t, "2026-03-02T18:01:00+08:00", NextClose(plan, mustInstant(t, "2026-03-02T12:00:00+08:00")).Format(time.RFC3339))
}

// TestALaterRuleMovesAClose: a window ends where the next version of the rule opens, and the clock must say so then.
func TestALaterRuleMovesAClose(t *testing.T) {
	before := mustPlan(t, officeRule)
	after := mustPlan(t, strings.Replace(officeRule, `"09:00"`, `"03:30"`, 1))
	at, through := mustInstant(t, "2026-03-02T23:20:00+08:00"), mustInstant(t, "2026-03-02T23:35:00+08:00")
	require.False(t, Closes([]*Plan{before}, at, through))
	require.True(t, Closes([]*Plan{before, after}, at, through), "the next On opens at 23:30")
}

func TestAgenda(t *testing.T) {
	facts := factsOf(mustPlan(t, officeRule))
	agenda := AgendaAt(facts, mustInstant(t, "2026-03-02T08:50:00+08:00"))
	require.Equal(t, "2026-03-02", agenda.Day.Date.String())
	require.Equal(t, []any{OnDuty, 1, true}, []any{agenda.Next.CheckType, agenda.Next.Section, agenda.Opens})
	require.Equal(t, "2026-03-02T05:00:00+08:00", agenda.Next.WindowFrom.Format(time.RFC3339))
	require.True(t, agenda.Next.PunchAt.IsZero(), "asking is not punching")
	require.Len(t, agenda.Places, 2)
	require.True(t, agenda.PhotoRequired)
	require.Equal(t, "Asia/Shanghai", agenda.Zone)

	early := AgendaAt(facts, mustInstant(t, "2026-03-02T04:00:00+08:00"))
	require.Equal(t, []any{OnDuty, false}, []any{early.Next.CheckType, early.Opens})

	facts.Punches = []Punch{{ID: "in", At: mustInstant(t, "2026-03-02T08:55:00+08:00")}}
	later := AgendaAt(facts, mustInstant(t, "2026-03-02T17:00:00+08:00"))
	require.Equal(t, []any{OffDuty, true, "in"}, []any{later.Next.CheckType, later.Opens, later.Day.Slots[0].PunchID})

	weekend := AgendaAt(facts, mustInstant(t, "2026-03-07T10:00:00+08:00"))
	require.Nil(t, weekend.Next)
	require.Equal(t, Rest, weekend.Day.Status)

	night := AgendaAt(factsOf(mustPlan(t, `{"time_zone":"UTC","effective_from":"2026-01-01","shifts":{"n":{"sections":[{"on":"22:00","off":"30:00"}]}}}`)), mustInstant(t, "2026-03-03T06:05:00Z"))
	require.Equal(t, []any{"2026-03-02", OffDuty}, []any{night.Day.Date.String(), night.Next.CheckType})
}

func TestChinaCalendar(t *testing.T) {
	for year, want := range map[int][2]int{2024: {28, 8}, 2025: {28, 5}, 2026: {33, 6}} {
		calendar, ok := ChinaCalendar(year)
		require.True(t, ok)
		require.Equal(t, want, [2]int{len(calendar.Holidays), len(calendar.Workdays)}, year)
		for d := range calendar.Workdays {
			require.Contains(t, []time.Weekday{time.Saturday, time.Sunday}, d.Weekday(), d)
			require.NotContains(t, calendar.Holidays, d)
			require.Equal(t, year, d.Year())
		}
	}
	_, ok := ChinaCalendar(2023)
	require.False(t, ok)
}

func TestNationalHolidaysSpeakAfterTheOrganizations(t *testing.T) {
	china, _ := ChinaCalendar(2026)
	plan := mustPlan(t, `{"time_zone":"Asia/Shanghai","effective_from":"2026-01-01","holidays":"CN","shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}}}`)
	facts := factsOf(plan)
	feast, workday := mustDate(t, "2026-10-01"), mustDate(t, "2026-10-10")
	facts.Calendar = &Calendar{National: map[string]*Calendar{HolidaysChina: &china}}
	require.Equal(t, Holiday, Assess(facts, feast, feast)[0].DayType)
	require.Equal(t, "day", Assess(facts, workday, workday)[0].Shift, "a Saturday that is worked")
	facts.Calendar.Workdays = map[Date]string{feast: "day"}
	facts.Calendar.Holidays = map[Date]string{workday: "company day"}
	require.Equal(t, Workday, Assess(facts, feast, feast)[0].DayType)
	require.Equal(t, Holiday, Assess(facts, workday, workday)[0].DayType)
	none := mustPlan(t, `{"time_zone":"Asia/Shanghai","effective_from":"2026-01-01","shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}}}`)
	facts = factsOf(none)
	facts.Calendar = &Calendar{National: map[string]*Calendar{HolidaysChina: &china}}
	require.Equal(t, Workday, Assess(facts, feast, feast)[0].DayType, "holidays none asks no country")
}

func TestGroupsOverTime(t *testing.T) {
	first := mustPlan(t, `{"version":3,"time_zone":"UTC","effective_from":"2026-01-01","shifts":{"a":{"sections":[{"on":"09:00","off":"18:00"}]}}}`)
	second := mustPlan(t, `{"version":5,"time_zone":"UTC","effective_from":"2026-03-04","shifts":{"b":{"sections":[{"on":"10:00","off":"19:00"}]}}}`)
	facts := Facts{Assignments: []Assignment{
		{From: mustDate(t, "2026-03-02"), To: mustDate(t, "2026-03-02"), Plans: []*Plan{first}},
		{From: mustDate(t, "2026-03-03"), Plans: []*Plan{second}},
	}}
	days := Assess(facts, mustDate(t, "2026-03-01"), mustDate(t, "2026-03-04"))
	require.Equal(t, []Status{Unscheduled, Absent, Unscheduled, Absent}, []Status{days[0].Status, days[1].Status, days[2].Status, days[3].Status})
	require.Equal(t, []int{0, 3, 0, 5}, []int{days[0].RuleVersion, days[1].RuleVersion, days[2].RuleVersion, days[3].RuleVersion})
	require.Equal(t, "b", days[3].Shift)
}

func TestAssessOfNoRangeIsEmpty(t *testing.T) {
	require.Empty(t, Assess(Facts{}, mustDate(t, "2026-03-02"), mustDate(t, "2026-03-01")))
	day := Assess(Facts{Punches: []Punch{{At: mustInstant(t, "2026-03-02T09:00:00Z")}}}, mustDate(t, "2026-03-02"), mustDate(t, "2026-03-02"))[0]
	require.Equal(t, Unscheduled, day.Status)
	require.Equal(t, OutsideWindow, day.Unused[0].Reason)
}

func TestRuleReadsBackWithItsDefaults(t *testing.T) {
	rule, err := ParseRule([]byte(officeRule))
	require.NoError(t, err)
	require.Equal(t, "day", *rule.Week[4])
	require.Nil(t, rule.Week[5])
	require.Equal(t, OvertimeRule{Mode: OvertimeOff, MinMinutes: 30, StepMinutes: 30}, rule.Overtime)
	require.Equal(t, MakeupLimits{PerMonth: 3, WithinDays: 30, Kinds: []string{"missing", "late", "early"}}, rule.Makeup)
	require.Equal(t, OfflinePunch{Mode: OfflineAccept, MaxDelayMin: 1440}, rule.OfflinePunch)
	require.Equal(t, FieldFlag, rule.FieldPunch)
	text, err := json.Marshal(rule)
	require.NoError(t, err)
	var again Rule
	require.NoError(t, json.Unmarshal(text, &again))
	require.Equal(t, *rule, again)
}

func TestRuleByHandIsRefused(t *testing.T) {
	_, err := (&Rule{Name: "x", TimeZone: "UTC"}).Compile()
	require.EqualError(t, err, `compile rule "x": it lacks defaults; read it with ParseRule`)
	_, err = (&Rule{Name: "x", TimeZone: "nowhere"}).Compile()
	require.EqualError(t, err, `compile rule "x": time zone "nowhere" is unknown`)
}

func TestNotJSON(t *testing.T) {
	for text, want := range map[string]string{
		``:                       "not a JSON document: the text ends too early",
		`{`:                      "not a JSON document: the text ends too early",
		`{} {}`:                  "not a JSON document: more text after the end of the document",
		`{"a":1,"a":2}`:          "a: is written twice; keep one",
		strings.Repeat("[", 100): "not a JSON document: nested too deeply",
	} {
		_, err := AssessJSON([]byte(text))
		require.ErrorContains(t, err, want)
		var invalid *Invalid
		require.True(t, errors.As(err, &invalid))
	}
}

func TestAssessLines(t *testing.T) {
	good := `{"rules":[],"from":"2026-03-02","to":"2026-03-02"}`
	var out strings.Builder
	require.NoError(t, AssessLines(strings.NewReader(good+"\n\n{\n"+good), &out))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 3)
	require.Contains(t, lines[0], `"status":"Unscheduled"`)
	require.Equal(t, `{"error":"not a JSON document: the text ends too early"}`, lines[1])
	require.Equal(t, lines[0], lines[2])
}

func TestAssessLinesGoesOnAfterALineThatIsTooLong(t *testing.T) {
	good := `{"rules":[],"from":"2026-03-02","to":"2026-03-02"}`
	long := io.LimitReader(repeated('x'), maxLine+1)
	var out strings.Builder
	require.NoError(t, AssessLines(io.MultiReader(strings.NewReader(good+"\n"), long, strings.NewReader("\n"+good+"\r\n")), &out))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 3)
	require.Equal(t, `{"error":"the line is longer than 64 MiB; split the document into shorter ranges"}`, lines[1])
	require.Equal(t, lines[0], lines[2])
}

// repeated is an endless text of one letter.
type repeated byte

func (r repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r)
	}
	return len(p), nil
}

func TestAssessLinesAnswersBeforeTheNextLineComes(t *testing.T) {
	lines, answers := io.Pipe()
	asked, out := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- AssessLines(asked, answers) }()
	read := bufio.NewReader(lines)
	for range 3 {
		_, err := out.Write([]byte(`{"rules":[],"from":"2026-03-02","to":"2026-03-02"}` + "\n"))
		require.NoError(t, err)
		answer, err := read.ReadString('\n')
		require.NoError(t, err)
		require.Contains(t, answer, `"status":"Unscheduled"`)
	}
	require.NoError(t, out.Close())
	require.NoError(t, <-done)
}

func TestPlanIsSharedByGoroutines(t *testing.T) {
	plan := mustPlan(t, officeRule)
	day := mustDate(t, "2026-03-02")
	want := daysJSON(t, Assess(factsOf(plan), day, day))
	var wait sync.WaitGroup
	results := make([]string, 8)
	for i := range results {
		wait.Go(func() { results[i] = daysJSON(t, Assess(factsOf(plan), day, day)) })
	}
	wait.Wait()
	for _, got := range results {
		require.Equal(t, want, got)
	}
}
