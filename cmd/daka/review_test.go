package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const reviewedRule = `{"name":"总部","time_zone":"Asia/Shanghai","effective_from":"2026-03-01","shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}},
	"places":[{"id":"hq","name":"HQ","lat":31.2304,"lng":121.4737,"datum":"wgs84","radius_m":300}],"field_punch":"approve","offline_punch":{"mode":"approve","max_delay_min":1440}}`

// reviewing is a company whose punches from outside, and those made offline, wait for a review.
type reviewing struct {
	*story
	member string
}

func beginReviewing(t *testing.T) *reviewing {
	r := &reviewing{story: tellStory(t, "2026-02-27 10:00")}
	r.org, _ = r.done("POST", "/orgs", `{"name":"晨光"}`)
	r.base = "/orgs/" + r.org
	r.done("PUT", r.base+"/attendance", `{"enabled":true}`)
	group, _ := r.done("POST", r.base+"/groups", `{"name":"总部","rule":`+reviewedRule+`}`)
	r.member, _ = r.done("POST", r.base+"/members", fmt.Sprintf(`{"number":"1001","name":"陈静","group":%q,"joined":"2026-03-01"}`, group))
	return r
}

// phone punches at the story's time, in front of the office or elsewhere.
func (r *reviewing) phone(wall string, lat, lng float64, more string) string {
	r.t.Helper()
	r.at(wall)
	id, _ := r.done("POST", r.base+"/punches", fmt.Sprintf(`{"member":%q,"lat":%v,"lng":%v%s}`, r.member, lat, lng, more))
	return id
}

func (r *reviewing) review(punch, word string) (position string) {
	r.t.Helper()
	_, at := r.done("POST", r.base+"/members/"+r.member+"/punches/"+punch+"/review", fmt.Sprintf(`{"review":%q,"reason":"看过"}`, word))
	return at
}

type waitingPunch struct {
	ID, Number, Name, Review string
	Detail                   map[string]any
}

func (r *reviewing) list(query, position string) (ids []string, items []waitingPunch) {
	r.t.Helper()
	var page struct{ Items []waitingPunch }
	r.fresh("/api/v1"+r.base+"/punches?from=2026-03-01&to=2026-03-31"+query+"&min_position="+position).json(r.t, &page)
	for _, p := range page.Items {
		ids = append(ids, p.ID)
	}
	return ids, page.Items
}

func (r *reviewing) line(date, position string) string {
	r.t.Helper()
	var days struct{ Days []workedDay }
	r.fresh("/api/v1"+r.base+"/members/"+r.member+"/days?from="+date+"&to="+date+"&min_position="+position).json(r.t, &days)
	require.Len(r.t, days.Days, 1)
	return days.Days[0].line(r.zone)
}

const (
	awayLat, awayLng     = 30.2741, 120.1551 // Hangzhou
	officeLat, officeLng = 31.2304, 121.4737
)

// TestAReviewChangesTheDay: a punch from outside waits; approved it counts, rejected it fills no slot, and one word may replace the other.
func TestAReviewChangesTheDay(t *testing.T) {
	r := beginReviewing(t)
	away := r.phone("2026-03-02 08:58", awayLat, awayLng, `,"note":"客户现场"`)
	r.phone("2026-03-02 18:05", officeLat, officeLng, "")
	r.at("2026-03-03 08:00")
	_, at := r.done("POST", r.base+"/leave-types", `{"leave_type":"annual","name":"年假","paid":true,"unit":"hour"}`) // a position after the clock's
	require.Equal(t, "Abnormal [08:58 Normal USER] [18:05 Normal USER] worked 540 present 547 v1 Outside", r.line("2026-03-02", at))
	ids, items := r.list("&review=waiting", at)
	require.Equal(t, []string{away}, ids)
	require.Equal(t, []string{"1001", "陈静"}, []string{items[0].Number, items[0].Name})
	require.NotContains(t, items[0].Detail, "lat", "a list of many shows no positions")
	require.NotContains(t, items[0].Detail, "note")

	at = r.review(away, "approved")
	require.Equal(t, "Normal [08:58 Normal USER] [18:05 Normal USER] worked 540 present 547 v1", r.line("2026-03-02", at))
	waits, _ := r.list("&review=waiting", at)
	approved, _ := r.list("&review=approved", at)
	require.Empty(t, waits)
	require.Equal(t, []string{away}, approved)

	at = r.review(away, "rejected")
	require.Equal(t, "Abnormal [- NotSigned SYSTEM] [18:05 Normal USER] v1 NotSigned", r.line("2026-03-02", at))
	rejected, _ := r.list("&review=rejected", at)
	require.Equal(t, []string{away}, rejected)
	code, said, errs := r.daka("diff", "--org", r.org)
	require.Equal(t, exitClean, code, said+errs)
}

// TestAPunchMadeOfflineWaits until it is reviewed; then the day has no doubt any more.
func TestAPunchMadeOfflineWaits(t *testing.T) {
	r := beginReviewing(t)
	r.at("2026-03-02 12:00")
	made := r.instant(t, "2026-03-02 08:59")
	a := r.post("POST", r.base+"/punches", fmt.Sprintf(`{"member":%q,"claimed_at":%q,"offline":true,"lat":%v,"lng":%v}`, r.member, made.Format(time.RFC3339), officeLat, officeLng), made)
	require.Equal(t, http.StatusCreated, a.status, a.body)
	var receipt struct{ ID, Position string }
	a.json(t, &receipt)
	require.Equal(t, "Pending [08:59 Normal USER] [- Pending] v1 Flagged", r.line("2026-03-02", receipt.Position))
	ids, _ := r.list("&review=waiting", receipt.Position)
	require.Equal(t, []string{receipt.ID}, ids)
	at := r.review(receipt.ID, "approved")
	require.Equal(t, "Pending [08:59 Normal USER] [- Pending] v1", r.line("2026-03-02", at))
	ids, _ = r.list("&review=waiting", at)
	require.Empty(t, ids)
}

// TestWhatIsNoReview answers with a code, and changes nothing.
func TestWhatIsNoReview(t *testing.T) {
	r := beginReviewing(t)
	punch := r.phone("2026-03-02 08:58", awayLat, awayLng, "")
	other, at := r.done("POST", r.base+"/members", `{"number":"1002","joined":"2026-03-01"}`)
	path := "/api/v1" + r.base + "/members/"
	for _, c := range []struct {
		name, path, body, code string
		status                 int
	}{
		{"a punch that is not", path + r.member + "/punches/" + newKey(t) + "/review", `{"review":"approved"}`, "punch_not_found", 404},
		{"somebody else's", path + other + "/punches/" + punch + "/review", `{"review":"approved"}`, "punch_not_found", 404},
		{"no id", path + r.member + "/punches/1/review", `{"review":"approved"}`, "punch_not_found", 404},
		{"no such word", path + r.member + "/punches/" + punch + "/review", `{"review":"perhaps"}`, "invalid_request", 422},
	} {
		a := r.send(ask{method: "POST", path: c.path, body: c.body, header: map[string]string{"Idempotency-Key": key(r.clock())}})
		require.Equal(t, c.status, a.status, "%s: %s", c.name, a.body)
		require.Contains(t, a.body, `"code":"`+c.code+`"`, c.name)
	}
	ids, _ := r.list("&review=waiting", at)
	require.Equal(t, []string{punch}, ids)
	again := ask{method: "POST", path: path + r.member + "/punches/" + punch + "/review", body: `{"review":"approved"}`, header: map[string]string{"Idempotency-Key": key(r.clock())}}
	first, second := r.send(again), r.send(again)
	require.Equal(t, []int{201, 200}, []int{first.status, second.status}, first.body+second.body)
	require.Equal(t, "true", second.header.Get("Idempotent-Replay"))
}
