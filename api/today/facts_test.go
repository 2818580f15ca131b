package today_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/today"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/projections/query"
)

const placed = `{"name":"Office","time_zone":"Asia/Shanghai","effective_from":"2026-01-01","kind":"fixed","field_punch":"flag","photo_required":true,
	"places":[{"id":"hq","name":"HQ","lat":31.2304,"lng":121.4737,"radius_m":200}],
	"shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}},"week":["day","day","day","day","day",null,null]}`

func planOf(t *testing.T, fieldPunch string) *attendance.Plan {
	t.Helper()
	var document map[string]any
	require.NoError(t, json.Unmarshal([]byte(placed), &document))
	document["field_punch"] = fieldPunch
	rule, err := json.Marshal(document)
	require.NoError(t, err)
	parsed, problems := attendance.ParseRule(rule)
	require.Empty(t, problems)
	plan, err := parsed.Compile()
	require.NoError(t, err)
	return plan
}

// TestASlotSaysWhatIsKnown: a punch on time is more than its time: the place, the photo and the review that it lacks are told.
func TestASlotSaysWhatIsKnown(t *testing.T) {
	group, member := newID(), newID()
	const inside, photo, outside = `"place_id":"hq",`, `"photo":"ab",`, `"distance_m":3300,`
	for name, c := range map[string]struct {
		rule, detail, review string
		flags                []string
		outside, lacks, wait bool
		location             string
	}{
		"inside with a photo":             {"flag", inside + photo, "", nil, false, false, false, "Normal"},
		"3.3 km away":                     {"flag", outside + photo, "", nil, true, false, false, "Outside"},
		"3.3 km away, accepted":           {"accept", outside + photo, "", nil, false, false, false, "Outside"},
		"3.3 km away, approval waits":     {"approve", outside + photo, "", nil, true, false, true, "Outside"},
		"3.3 km away, approved":           {"approve", outside + photo, "approved", nil, false, false, false, "Outside"},
		"without the photo that is asked": {"flag", inside, "", nil, false, true, false, "Normal"},
		"offline, review waits":           {"flag", inside + photo, "", []string{"offline_unapproved"}, false, false, true, "Normal"},
	} {
		t.Run(name, func(t *testing.T) {
			plan := planOf(t, c.rule)
			at := time.Date(2026, 3, 2, 8, 59, 0, 0, time.FixedZone("", 8*3600))
			detail := `{` + c.detail + `"group":"` + group.String() + `","rule_version":1}`
			punch, err := today.Punch(&query.Punch{ID: newID(), Member: member, At: at, Zone: "Asia/Shanghai", SourceType: "USER", Flags: c.flags, Review: c.review,
				Detail: json.RawMessage(detail)}, map[domain.ID][]*attendance.Plan{group: {plan}})
			require.NoError(t, err)
			day := attendance.NewDate(2026, 3, 2)
			facts := attendance.Facts{Joined: day, Calendar: &attendance.Calendar{}, Assignments: []attendance.Assignment{{From: day, Plans: []*attendance.Plan{plan}}},
				Punches: []attendance.Punch{punch}, Through: at.Add(time.Minute)}
			slot := attendance.Assess(facts, day, day)[0].Slots[0]
			require.Equal(t, attendance.TimeNormal, slot.TimeResult)
			fill := today.FillOf(&slot, &facts, plan.Rule)
			require.Equal(t, c.location, fill.LocationResult)
			require.Equal(t, [3]bool{c.outside, c.lacks, c.wait}, [3]bool{fill.Outside, fill.PhotoMissing, fill.Review})
		})
	}
}

// TestApprovedRequestsCount: leave and makeups that were approved are facts, a comment-only kind is none.
func TestApprovedRequestsCount(t *testing.T) {
	leave, counts, err := today.Request(&query.Request{ID: newID(), Type: "leave", State: "approved",
		Detail: json.RawMessage(`{"span":{"from_date":"2026-03-02","to_date":"2026-03-03","zone":"Asia/Shanghai"}}`)})
	require.NoError(t, err)
	require.True(t, counts)
	require.Equal(t, attendance.NewDate(2026, 3, 3), leave.To.Date)
	require.Equal(t, attendance.StateApproved, leave.State)
	makeup, counts, err := today.Request(&query.Request{ID: newID(), Type: "makeup", State: "approved",
		Detail: json.RawMessage(`{"date":"2026-03-02","section":1,"check_type":"OnDuty","kind":"missing","at":"2026-03-02T01:00:00Z"}`)})
	require.NoError(t, err)
	require.True(t, counts)
	require.Equal(t, attendance.OnDuty, makeup.CheckType)
	_, counts, err = today.Request(&query.Request{ID: newID(), Type: "dispute", State: "approved", Detail: json.RawMessage(`{}`)})
	require.NoError(t, err)
	require.False(t, counts)
}

func newID() domain.ID { return domain.ID(uuid.New()) }
