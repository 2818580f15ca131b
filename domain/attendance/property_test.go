package attendance

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// drawRule draws the document of a rule that is never refused.
func drawRule(t *rapid.T) string {
	pick := func(name string, list ...string) string { return rapid.SampledFrom(list).Draw(t, name) }
	number := func(name string, list ...int) int { return rapid.SampledFrom(list).Draw(t, name) }
	sections := pick("sections",
		`[{"on":"09:00","off":"18:00"}]`, `[{"on":"22:00","off":"30:00"}]`, `[{"on":"00:30","off":"08:00"}]`,
		`[{"on":"09:00","off":"12:00"},{"on":"13:00","off":"18:00"}]`,
		`[{"on":"08:00","off":"12:00"},{"on":"12:00","off":"16:00","open_before_min":10}]`,
		`[{"on":"07:00","off":"10:00","close_after_min":20},{"on":"11:00","off":"14:00"},{"on":"15:30","off":"19:00"}]`,
		`[{"on":"09:00","off":"18:00","on_required":false}]`, `[{"on":"20:00","off":"23:00"},{"on":"25:00","off":"29:00","off_required":false}]`)
	shift := fmt.Sprintf(`{"sections":%s,"pairing":%q,"permit_late_min":%d,"serious_late_min":%d,"flex_late_min":%d,"flex_early_min":%d,"half_day_below_min":%d,"late_out_late_in":%s}`,
		sections, pick("pairing", "first_last", "alternating"), number("permit", 0, 5), number("serious", 0, 30), number("flexLate", 0, 30),
		number("flexEarly", 0, 30), number("half", 0, 300), pick("tiers", `[]`, `[{"out_after_min":60,"in_later_min":30}]`))
	zone := pick("zone", "Asia/Shanghai", "America/New_York", "Europe/London", "Pacific/Apia", "Africa/Cairo", "Antarctica/Troll")
	base := fmt.Sprintf(`"time_zone":%q,"effective_from":"2000-01-01","seconds":%q,"overtime":{"mode":%q}`, zone,
		pick("seconds", "truncate", "exact"), pick("overtime", "off", "punched", "approved", "both"))
	if pick("kind", "fixed", "fixed", "free") == "free" {
		return fmt.Sprintf(`{%s,"kind":"free","free":{"day_start":%q,"target_min":%d,"pairing":%q}}`, base, pick("start", "00:00", "04:00"),
			number("target", 0, 480), pick("pairing", "first_last", "alternating"))
	}
	return fmt.Sprintf(`{%s,"shifts":{"day":%s},"week":%s}`, base, shift, pick("week", `["day","day","day","day","day",null,null]`, `["day","day",null,"day","day","day","day"]`))
}

// hardStart is the first date of the drawn days: some lie around changes of the clock.
func hardStart(t *rapid.T) Date {
	return mustDate(t, rapid.SampledFrom([]string{"2026-03-02", "2026-03-06", "2026-10-30", "2026-03-27", "2011-12-28", "2026-04-22"}).Draw(t, "start"))
}

func drawFacts(t *rapid.T) (Facts, Date, Date) {
	plan := mustPlan(t, drawRule(t))
	from := hardStart(t)
	to := from.AddDays(rapid.IntRange(0, 5).Draw(t, "days"))
	facts := factsOf(plan)
	first := from.In(plan.Zone())
	span := int(to-from+1) * 86400
	for i := range rapid.IntRange(0, 24).Draw(t, "punches") {
		second := rapid.IntRange(0, span).Draw(t, "second")
		if rapid.Bool().Draw(t, "whole") {
			second -= second % 900
		}
		punch := Punch{ID: fmt.Sprintf("p%02d", i), At: first.Add(time.Duration(second) * time.Second)}
		punch.CheckType = rapid.SampledFrom([]CheckType{"", "", "", OnDuty, OffDuty}).Draw(t, "named")
		punch.Review = rapid.SampledFrom([]string{"", "", "", "", ReviewRejected}).Draw(t, "review")
		facts.Punches = append(facts.Punches, punch)
	}
	if rapid.Bool().Draw(t, "habit") {
		facts.Punches = append(facts.Punches, drawHabit(t, plan, from, to)...)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "requests") {
		start := first.Add(time.Duration(rapid.IntRange(0, span/1800).Draw(t, "half hours")) * 30 * time.Minute)
		end := start.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "length")) * 30 * time.Minute)
		request := Request{ID: fmt.Sprintf("r%d", i), State: StateApproved, From: Moment{At: start}, To: Moment{At: end}}
		request.Type = rapid.SampledFrom([]RequestType{Leave, Trip, Out, Overtime, Makeup, Correction}).Draw(t, "type")
		if request.Type == Makeup || request.Type == Correction {
			request.Date, request.At, request.Section = from.AddDays(int(start.Sub(first)/(24*time.Hour))), start, rapid.IntRange(1, 2).Draw(t, "section")
			request.CheckType = rapid.SampledFrom([]CheckType{OnDuty, OffDuty}).Draw(t, "slot")
		}
		facts.Requests = append(facts.Requests, request)
	}
	if rapid.Bool().Draw(t, "known") {
		facts.Through = first.Add(time.Duration(rapid.IntRange(0, span).Draw(t, "through")) * time.Second)
	}
	return facts, from, to
}

// drawHabit draws somebody who comes and goes near the planned times, often late out and late in: what chance alone seldom makes.
func drawHabit(t *rapid.T, plan *Plan, from, to Date) []Punch {
	var punches []Punch
	var clock zoneClock
	for _, shift := range plan.shifts {
		first, last := shift.sections[0], shift.sections[len(shift.sections)-1]
		for d := from; d <= to; d++ {
			in := clock.instant(plan.zone, d, int(first.On)) + 60*int64(rapid.SampledFrom([]int{-5, 0, 20, 40, 90}).Draw(t, "in"))
			out := clock.instant(plan.zone, d, int(last.Off)) + 60*int64(rapid.SampledFrom([]int{-90, -10, 0, 70, 120}).Draw(t, "out"))
			punches = append(punches, Punch{ID: fmt.Sprintf("pi-%s", d), At: time.Unix(in, 0)}, Punch{ID: fmt.Sprintf("po-%s", d), At: time.Unix(out, 0)})
		}
	}
	return punches
}

func daysJSON(t require.TestingT, days []Day) string {
	text, err := json.Marshal(days)
	require.NoError(t, err)
	return string(text)
}

func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts, from, to := drawFacts(t)
		want := daysJSON(t, Assess(facts, from, to))
		shuffle := rand.New(rand.NewSource(int64(rapid.Int32().Draw(t, "seed"))))
		shuffle.Shuffle(len(facts.Punches), func(i, j int) { facts.Punches[i], facts.Punches[j] = facts.Punches[j], facts.Punches[i] })
		require.Equal(t, want, daysJSON(t, Assess(facts, from, to)))
	})
}

func TestDuplicateChangesNoVerdict(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts, from, to := drawFacts(t)
		before := Assess(facts, from, to)
		if len(facts.Punches) == 0 {
			return
		}
		twice := facts.Punches[rapid.IntRange(0, len(facts.Punches)-1).Draw(t, "which")]
		twice.ID += "-again"
		facts.Punches = append(slices.Clone(facts.Punches), twice)
		after := Assess(facts, from, to)
		for i := range after {
			after[i].Unused, before[i].Unused = nil, nil // it is listed, and nothing else
		}
		require.Equal(t, daysJSON(t, before), daysJSON(t, after))
	})
}

func TestMinutesAreNeverNegativeAndWorkedIsAtMostPresent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts, from, to := drawFacts(t)
		for _, day := range Assess(facts, from, to) {
			for _, minutes := range []int{day.WorkedMin, day.PresentMin, day.LateMin, day.EarlyMin, day.LeaveMin, day.TripMin, day.OvertimeMin} {
				require.GreaterOrEqual(t, minutes, 0, day.Date)
			}
			require.LessOrEqual(t, day.WorkedMin, day.PresentMin, day.Date)
			parts := 0
			for _, part := range day.Overtime {
				require.Positive(t, part.Minutes)
				parts += part.Minutes
			}
			require.Equal(t, day.OvertimeMin, parts)
		}
	})
}

func TestAssessTwiceEqualsOnceAndChangesNoFact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts, from, to := drawFacts(t)
		given := fmt.Sprintf("%+v", facts.Punches)
		first := daysJSON(t, Assess(facts, from, to))
		require.Equal(t, first, daysJSON(t, Assess(facts, from, to)))
		require.Equal(t, given, fmt.Sprintf("%+v", facts.Punches))
	})
}

func TestSplittingTheRangeEqualsTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts, from, to := drawFacts(t)
		whole := Assess(facts, from, to)
		cut := from.AddDays(rapid.IntRange(0, int(to-from)).Draw(t, "cut"))
		parts := append(Assess(facts, from, cut), Assess(facts, cut.AddDays(1), to)...)
		require.Equal(t, daysJSON(t, whole), daysJSON(t, parts))
	})
}

func TestUsedAndUnusedAreAllPunches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts, from, to := drawFacts(t)
		var listed []string
		for _, day := range Assess(facts, from.AddDays(-4), to.AddDays(4)) {
			for _, slot := range day.Slots {
				if slot.PunchID != "" && slot.PunchID[0] == 'p' {
					listed = append(listed, slot.PunchID)
				}
			}
			for _, unused := range day.Unused {
				listed = append(listed, unused.ID)
			}
			listed = append(listed, day.Used...)
		}
		var all []string
		for _, punch := range facts.Punches {
			all = append(all, punch.ID)
		}
		require.ElementsMatch(t, all, listed)
	})
}

func TestAPunchReachesNoDayBeyondReach(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts, from, to := drawFacts(t)
		if len(facts.Punches) == 0 {
			return
		}
		whole := Assess(facts, from.AddDays(-4), to.AddDays(4))
		gone := rapid.IntRange(0, len(facts.Punches)-1).Draw(t, "gone")
		first, last := Reach(facts.Assignments[0].Plans[0], facts.Punches[gone].At)
		facts.Punches = slices.Delete(slices.Clone(facts.Punches), gone, gone+1)
		for i, day := range Assess(facts, from.AddDays(-4), to.AddDays(4)) {
			if day.Date < first || day.Date > last {
				require.Equal(t, daysJSON(t, whole[i:i+1]), daysJSON(t, []Day{day}), "%s is outside %s to %s", day.Date, first, last)
			}
		}
	})
}

func TestNothingChangesBetweenCloses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts, from, to := drawFacts(t)
		facts.Requests = nil // a moved off closes On's window at an instant that no rule names
		plan := facts.Assignments[0].Plans[0]
		for _, shift := range plan.shifts {
			for _, section := range shift.sections {
				if !section.OnRequired || !section.OffRequired {
					return // a planned time that stands in moves with the time known
				}
			}
		}
		facts.Through = from.In(plan.Zone()).Add(time.Duration(rapid.IntRange(0, 5*1440).Draw(t, "minute")) * time.Minute)
		before := daysJSON(t, Assess(facts, from, to))
		next := NextClose(plan, facts.Through)
		facts.Through = next.Add(-time.Duration(plan.tick()) * time.Second)
		require.Equal(t, before, daysJSON(t, Assess(facts, from, to)), "through %s", facts.Through)
	})
}

// TestSplittingTheFeedEqualsTheWhole feeds punches in any order of arrival, cut at any point: the days of the first part, with only those days assessed
// anew that the rest can reach, are the days of the whole.
func TestSplittingTheFeedEqualsTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts, from, to := drawFacts(t)
		from, to = from.AddDays(-4), to.AddDays(4)
		feed := rapid.Permutation(facts.Punches).Draw(t, "feed")
		cut := rapid.IntRange(0, len(feed)).Draw(t, "cut")
		facts.Punches = feed[:cut]
		folded := Assess(facts, from, to)
		for i := cut; i < len(feed); i++ {
			facts.Punches = feed[:i+1]
			first, last := Reach(facts.Assignments[0].Plans[0], feed[i].At)
			for _, day := range Assess(facts, max(first, from), min(last, to)) {
				folded[day.Date-from] = day
			}
		}
		require.Equal(t, daysJSON(t, Assess(facts, from, to)), daysJSON(t, folded))
	})
}

// TestAPunchIsListedOnceWhereADateNeverWas: Samoa skipped 2011-12-30, so that a gap (rules 3.6) and two workdays that touch (rules 3.4) want one punch.
func TestAPunchIsListedOnceWhereADateNeverWas(t *testing.T) {
	plan := mustPlan(t, `{"time_zone":"Pacific/Apia","effective_from":"2000-01-01","shifts":{"day":{"sections":[{"on":"20:00","off":"23:00"},{"on":"25:00","off":"29:00"}]}}}`)
	facts := factsOf(plan,
		Punch{ID: "a", At: mustInstant(t, "2011-12-29T19:55:00-10:00")}, Punch{ID: "b", At: mustInstant(t, "2011-12-29T23:50:00-10:00")},
		Punch{ID: "c", At: mustInstant(t, "2011-12-29T23:55:00-10:00")}, Punch{ID: "d", At: mustInstant(t, "2011-12-31T03:30:00+14:00")})
	var listed []string
	for _, day := range Assess(facts, mustDate(t, "2011-12-27"), mustDate(t, "2012-01-02")) {
		for _, slot := range day.Slots {
			if slot.PunchID != "" {
				listed = append(listed, slot.PunchID)
			}
		}
		for _, unused := range day.Unused {
			listed = append(listed, unused.ID)
		}
	}
	require.ElementsMatch(t, []string{"a", "b", "c", "d"}, listed)
}
