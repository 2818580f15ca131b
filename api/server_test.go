package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/projections/query"
)

func newServer(t *testing.T, web fstest.MapFS, with ...func(*Config)) *Server {
	t.Helper()
	c := Config{Service: commands.NewService(nil, nil), AdminToken: strings.Repeat("a", 64), Version: "test", Now: func() time.Time { return time.Unix(1000, 0) }}
	if web != nil {
		c.Web = web
	}
	for _, change := range with {
		change(&c)
	}
	s, err := New(c)
	require.NoError(t, err)
	return s
}

func TestEveryPolicyEntryIsARoute(t *testing.T) {
	s := newServer(t, nil)
	routes := map[string]bool{}
	for _, r := range s.router.Routes() {
		routes[r] = true
	}
	for entry := range who.Entries() {
		require.True(t, routes[entry], entry)
	}
}

func TestThePage(t *testing.T) {
	get := func(s *Server, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w
	}
	bare := get(newServer(t, nil), "/")
	require.Equal(t, 200, bare.Code)
	require.Contains(t, bare.Body.String(), "make web build")
	built := newServer(t, fstest.MapFS{"index.html": {Data: []byte("<p>page</p>")}, "assets/a-1.js": {Data: []byte("x")}})
	require.Equal(t, "<p>page</p>", get(built, "/").Body.String())
	require.Equal(t, "<p>page</p>", get(built, "/o/7/manage/members").Body.String(), "the page's own addresses")
	require.Equal(t, 404, get(built, "/members/7").Code)
	require.Equal(t, "public, max-age=31536000, immutable", get(built, "/assets/a-1.js").Header().Get("Cache-Control"))
	require.Equal(t, 404, get(built, "/assets/b.js").Code)
	require.Contains(t, get(built, "/").Header().Get("Content-Security-Policy"), "default-src 'self'")
}

// TestFilesComeInTheSmallestForm that the browser takes, are kept for good by their hash, and otherwise only when they are the same.
func TestFilesComeInTheSmallestForm(t *testing.T) {
	s := newServer(t, fstest.MapFS{
		"index.html": {Data: []byte("<p>page</p>")}, "assets/a-1.js": {Data: []byte("plain")}, "assets/a-1.js.br": {Data: []byte("brotli")},
		"assets/a-1.js.gz": {Data: []byte("gzip")}, "sw.js": {Data: []byte("worker")}, "manifest.webmanifest": {Data: []byte("{}")},
	})
	get := func(path string, header ...string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", path, nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		s.ServeHTTP(w, r)
		return w
	}
	for accept, want := range map[string][2]string{
		"": {"", "plain"}, "gzip, deflate, br, zstd": {"br", "brotli"}, "gzip": {"gzip", "gzip"}, "br;q=0, gzip;q=0.5": {"gzip", "gzip"},
		"identity": {"", "plain"}, "BR;q=1.0": {"br", "brotli"}, "br; q=0.0": {"", "plain"},
	} {
		w := get("/assets/a-1.js", "Accept-Encoding", accept)
		require.Equal(t, want, [2]string{w.Header().Get("Content-Encoding"), w.Body.String()}, accept)
		require.Equal(t, "text/javascript; charset=utf-8", w.Header().Get("Content-Type"))
		require.Contains(t, w.Header().Values("Vary"), "Accept-Encoding")
	}
	require.Equal(t, 404, get("/assets/a-1.js.br").Code, "forms have no address of their own")
	for _, path := range []string{"/", "/sw.js", "/manifest.webmanifest"} {
		w := get(path, "Accept-Encoding", "br")
		require.Equal(t, 200, w.Code, path)
		require.Equal(t, "no-cache", w.Header().Get("Cache-Control"), path)
		require.Equal(t, 304, get(path, "If-None-Match", w.Header().Get("ETag")).Code, path)
	}
	require.Equal(t, "application/manifest+json", get("/manifest.webmanifest").Header().Get("Content-Type"))
}

func TestCellsThatASpreadsheetWouldRun(t *testing.T) {
	for _, sign := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "−"} {
		for _, before := range []string{"", " ", "\t", "\r", "\n", "\u00a0", "\u3000", "\u200b", "\u200d", "\ufeff", "\u2060", "\u00ad", "\u3164", "\ufe0f", " \u200b\ufeff "} {
			require.Equal(t, "'"+before+sign+"1+1", safeCell(before+sign+"1+1"), "%q", before+sign)
		}
	}
	for text, want := range map[string]string{"\t": "'\t", "\ra": "'\ra", "007": "007", "": "", "a=1": "a=1", " 张三": " 张三", "\u200b": "\u200b", "李-雷": "李-雷"} {
		require.Equal(t, want, safeCell(text))
	}
}

func TestMonthFiles(t *testing.T) {
	m := MonthView{Name: "=cmd()", Month: query.Month{Number: "007", Month: "2026-03", MonthFigures: query.MonthFigures{LateTimes: 3}},
		MonthRequests: MonthRequests{LeaveByType: map[string]int{"annual": 90, "old": 30}}}
	f := monthFile{month: "2026-03"}
	f.add(m, m.LeaveByType)
	f = f.headed(memberHeads, []query.LeaveType{{LeaveType: "annual", Name: "年假"}, {LeaveType: "sick", Name: "病假"}})
	cells := monthCells(f.heads, m)
	leave := map[string]any{}
	for i, h := range f.heads {
		require.NotNil(t, cells[i], h[0])
		if strings.HasPrefix(h[0], leavePrefix) {
			leave[h[1]] = cells[i]
		}
	}
	require.Equal(t, map[string]any{"请假-年假(分钟)": 90, "请假-病假(分钟)": 0, "请假-old(分钟)": 30}, leave, "the types defined, and those that occur")
	var out strings.Builder
	require.NoError(t, f.writeCSV(&out, []any{"number"}))
	require.True(t, strings.HasPrefix(out.String(), "\xef\xbb\xbfnumber\n007,'=cmd(),2026-03,"), out.String())
}

func TestDayRows(t *testing.T) {
	d := query.MemberDay{Number: "=7", Day: query.Day{Date: "2026-03-02", Status: "Normal", Slots: []byte("[]"), Overtime: []byte("[]"), Unused: []byte("[]"), Anomalies: []string{}}}
	var csv, json strings.Builder
	r := newDayRows(&csv, "csv", nil, problem.English)
	require.NoError(t, r.add(&d))
	require.NoError(t, r.end())
	require.Equal(t, strings.Join(dayColumns, ",")+"\n'=7,2026-03-02,,,Normal,,[],0,0,0,0,0,0,0,[],[],[]\n", csv.String())
	r = newDayRows(&json, "json", nil, problem.English)
	require.NoError(t, r.add(&d))
	require.NoError(t, r.add(&d))
	require.NoError(t, r.end())
	const day = `{"number":"=7","date":"2026-03-02","day_type":"","shift":null,"status":"Normal","rule_version":null,"slots":[],"worked_min":0,"present_min":0,"late_min":0,"early_min":0,"leave_min":0,"trip_min":0,"overtime_min":0,"overtime":[],"unused_punches":[],"anomalies":[],"self_decided":false}`
	require.Equal(t, "[\n"+day+"\n,"+day+"\n]\n", json.String())
}

func TestAPanicIsAProblem(t *testing.T) {
	s := newServer(t, nil)
	w := httptest.NewRecorder()
	s.recoverer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("bug") })).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	require.Equal(t, 500, w.Code)
	require.Contains(t, w.Body.String(), `"code":"internal"`)
}
