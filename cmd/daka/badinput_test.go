package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
)

// TestBadArguments: each ends with exit code 2 and a word that says how to mend it.
func TestBadArguments(t *testing.T) {
	rule := filepath.Join(t.TempDir(), "rule.json")
	require.NoError(t, os.WriteFile(rule, []byte(strings.Replace(ruleKolkata, `"on":"10:00"`, `"on":"19:00"`, 1)), 0o600))
	csvFile := filepath.Join(t.TempDir(), "a.csv")
	require.NoError(t, os.WriteFile(csvFile, []byte("number,at\n"), 0o600))
	cases := []struct {
		args []string
		want string
	}{
		{[]string{"nope"}, `unexpected argument nope`},
		{[]string{"serve", "--listen", "8080"}, `--listen "8080" is not host:port such as 127.0.0.1:8080`},
		{[]string{"serve", "--admin-token", "short", "--data", t.TempDir()}, `DAKA_ADMIN_TOKEN needs at least 32 characters`},
		{[]string{"serve", "--log-level", "loud"}, `--log-level must be one of "debug","info","warn","error" but got "loud"`},
		{[]string{"node", "--insecure", "--listen", "0.0.0.0:0", "--data", t.TempDir()}, `--insecure listens on loopback only; "0.0.0.0" is not loopback`},
		{[]string{"org", "create", "X", "--rule", rule, "--token", "t"}, "cannot be used:\n  shifts.day.sections[0].off: 18:00 is not after on 19:00; write a later time, 24:00 and more for the dates after it, up to 71:59"},
		{[]string{"export", "days", "--org", "x", "--from", "2026-1-1", "--to", "2026-01-02", "--token", "t"}, `--from: "2026-1-1" is not a date such as 2026-03-02`},
		{[]string{"import", "punches", csvFile, "--org", "x", "--format", "csv", "--zone", "Beijing", "--token", "t"}, `--zone "Beijing" is no IANA zone; use one such as Asia/Shanghai or UTC`},
		{[]string{"import", "punches", csvFile, "--org", "x", "--format", "wide-csv", "--zone", "UTC", "--token", "t"}, `wide-csv takes two files, IN.csv OUT.csv; 1 were given`},
		{[]string{"diff", "--server", "nowhere", "--token", "t"}, `--server "nowhere" is no address such as http://127.0.0.1:8080`},
		{[]string{"diff", "--server", "http://127.0.0.1:1", "--token", "t"}, `is ` + "`daka serve`" + ` running there?`},
		{[]string{"diff", "--data", t.TempDir()}, `no token: give --token or DAKA_TOKEN, or run where`},
		{[]string{"replay", "--org", "x", "--member", "1", "--day", "2026-03-02", "--known-at", "noon", "--token", "t"}, `--known-at: "noon" is not an RFC 3339 instant such as 2026-03-02T01:06:00Z`},
	}
	for _, c := range cases {
		t.Run(strings.Join(c.args[:min(2, len(c.args))], " "), func(t *testing.T) {
			var out, errs bytes.Buffer
			code := run(world{ctx: t.Context(), stdin: strings.NewReader(""), stdout: &out, stderr: &errs}, c.args)
			require.Equal(t, exitFault, code)
			require.Contains(t, errs.String(), c.want)
		})
	}
}

// TestBadEnvironment: a variable that cannot be used ends the program with exit code 2, and its last line says why. A new setting needs a line here.
func TestBadEnvironment(t *testing.T) {
	here := t.TempDir()
	file := filepath.Join(here, "file")
	require.NoError(t, os.WriteFile(file, []byte("x"), 0o644))
	const yesOrNo = `bool value must be true, 1, yes, false, 0 or no but got "maybe" (from envar `
	type badVariable struct{ variable, value, verb, want string }
	cases := []badVariable{
		{"DAKA_DATA", file, "serve", "make the data directory: mkdir " + file + ": not a directory"},
		{"DAKA_LISTEN", "8080", "serve", `--listen "8080" is not host:port such as 127.0.0.1:8080`},
		{"DAKA_LISTEN", "127.0.0.1:99999", "serve", "listen on 127.0.0.1:99999: listen tcp: address 99999: invalid port (is another daka running? choose another --listen)"},
		{"DAKA_SAMPLE", "maybe", "serve", "--sample: " + yesOrNo + `DAKA_SAMPLE="maybe")`},
		{"DAKA_EVENTSTORE", "http://x", "serve", `DAKA_EVENTSTORE: "http://x" is not an EventStoreDB connection string such as esdb://localhost:2113?tls=false: ` +
			"an invalid scheme is specified, expecting esdb:// or esdb+discover://"},
		{"DAKA_DATABASE_URL", "mysql://u:secret@x", "serve", "DAKA_DATABASE_URL is no Postgres address such as postgres://daka@db.example.org/daka"},
		{"DAKA_DATABASE_URL", "postgres://u@h:port/x", "serve", "DAKA_DATABASE_URL is no Postgres address such as postgres://daka@db.example.org/daka"},
		{"DAKA_KEYS", here, "serve", "open the key store: " + here + " is a folder: name the key store's file, such as " + here + "/keys.db"},
		{"DAKA_MASTER_KEY_FILE", file, "serve", "open the key store: the master key " + file + " can be read by others (mode 0644): chmod 600 it"},
		{"DAKA_FILES", file, "serve", "make the folder of files: mkdir " + file + ": not a directory"},
		{"DAKA_ADMIN_TOKEN", "short", "serve", "DAKA_ADMIN_TOKEN needs at least 32 characters"},
		{"DAKA_EMBEDDED_NODE_LISTEN", "2113", "serve", `--node-listen "2113" is not host:port such as 127.0.0.1:2113`},
		{"DAKA_RATE_LIMITS", "maybe", "serve", "--rate-limits: " + yesOrNo + `DAKA_RATE_LIMITS="maybe")`},
		{"DAKA_POSTGRES_BIN", "/nowhere", "serve", "start the private Postgres: postgres: /nowhere is not a Postgres bin folder: find postgres: lstat /nowhere: no such file or directory"},
		{"DAKA_SMS_WEBHOOK", "sms", "serve", "DAKA_SMS_WEBHOOK, DAKA_SMS_SECRET: the webhook is no address such as https://sms.example.org/daka"},
		{"DAKA_SMS_SECRET", "short", "serve", "DAKA_SMS_WEBHOOK, DAKA_SMS_SECRET: the webhook's secret needs at least 16 characters"},
		{"DAKA_SMS_NUMBERS", "+86,852", "serve", `DAKA_SMS_NUMBERS: "852" is no prefix such as +86; all is every country`},
		{"DAKA_CODES_PER_ADDRESS", "many", "serve", `--codes-per-address: expected a valid 64 bit int but got "many" (from envar DAKA_CODES_PER_ADDRESS="many")`},
		{"DAKA_CODES_PER_ADDRESS", "0", "serve", "DAKA_CODES_PER_ADDRESS: 0 codes an hour let nobody sign up; write 1 or more"},
		{"DAKA_TRUSTED_PROXIES", "here", "serve", `DAKA_TRUSTED_PROXIES: "here" is no address or network such as 10.0.0.0/8`},
		{"DAKA_OPS_LISTEN", "9090", "serve", `--ops-listen "9090" is not host:port such as 127.0.0.1:9090`},
		{"DAKA_LAME_DUCK", "1h", "serve", "--lame-duck 1h0m0s is not between 0s and 1m"},
		{"DAKA_PUBLIC_URL", "daka.example.org", "serve", `--public-url "daka.example.org" is no address such as https://daka.example.org`},
		{"DAKA_SECURITY_LOG_DAYS", "-1", "serve", "DAKA_SECURITY_LOG_DAYS: -1 days keep nothing; write 1 or more"},
		{"DAKA_WITHOUT", "luck", "serve", `DAKA_WITHOUT: there is no "luck" to leave out; it takes ` + strings.Join(tricks, ", ")},
		{"DAKA_LOG_LEVEL", "loud", "serve", `--log-level must be one of "debug","info","warn","error" but got "loud"`},
		{"DAKA_LOG_FORMAT", "xml", "serve", `--log-format must be one of "text","json" but got "xml"`},
		{"DAKA_NODE_DATA", here, "node", "start the event node: data directory " + here + " holds no event store but other files (file): choose an empty directory"},
		{"DAKA_NODE_LISTEN", "2113", "node", `--listen "2113" is not host:port such as 127.0.0.1:2113`},
		{"DAKA_NODE_INSECURE", "maybe", "node", "--insecure: " + yesOrNo + `DAKA_NODE_INSECURE="maybe")`},
		{"DAKA_NODE_ALLOW_DELETES", "maybe", "node", "--allow-deletes: " + yesOrNo + `DAKA_NODE_ALLOW_DELETES="maybe")`},
		{"DAKA_SERVER", "nowhere", "diff", `--server "nowhere" is no address such as http://127.0.0.1:8080`},
		{"DAKA_TOKEN", "", "diff", "no token: give --token or DAKA_TOKEN, or run where " + here + "/none/admin.token can be read (open " + here + "/none/admin.token: no such file or directory)"},
	}
	for flag, command := range everyFlag(t) {
		for _, env := range flag.Envs {
			require.True(t, slices.ContainsFunc(cases, func(c badVariable) bool { return c.variable == env }), "%s of %s is tried with no bad value", env, command)
		}
	}
	for _, c := range cases {
		t.Run(c.variable+" "+c.value, func(t *testing.T) {
			t.Setenv("DAKA_LISTEN", "127.0.0.1:0")
			t.Setenv("DAKA_NODE_LISTEN", "127.0.0.1:0")
			t.Setenv("DAKA_LOG_LEVEL", "error")
			data, err := os.MkdirTemp("", "daka-bad-") // not below t.TempDir, where Postgres's user may not go
			require.NoError(t, err)
			require.NoError(t, os.Chmod(data, 0o755))
			t.Cleanup(func() { _ = os.RemoveAll(data) })
			t.Setenv("DAKA_DATA", data)
			if c.verb == "diff" {
				t.Setenv("DAKA_DATA", filepath.Join(here, "none"))
			}
			if c.variable == "DAKA_SMS_SECRET" {
				t.Setenv("DAKA_SMS_WEBHOOK", "https://sms.example.org")
			}
			t.Setenv(c.variable, c.value)
			var out, errs bytes.Buffer
			require.Equal(t, exitFault, run(world{ctx: t.Context(), stdin: strings.NewReader(""), stdout: &out, stderr: &errs}, []string{c.verb}))
			lines := strings.Split(strings.TrimSpace(errs.String()), "\n")
			require.Equal(t, "daka: "+c.want, lines[len(lines)-1])
		})
	}
}

// TestABadFileIsNamedLineByLine: through the whole server, every refused line and every warning is on stderr by its number, and the rest is imported.
func TestABadFileIsNamedLineByLine(t *testing.T) {
	r := serve(t, nil).ready()
	org := r.company(ruleKolkata)
	file := r.file("attlog.dat", "1\t2021-02-20 08:00:00\t1\t0\t1\t0\r\n"+
		"\x00\x00\x00\r\n"+
		"\x00\x001\t2021-02-20 08:00:01\t1\t0\r\n"+
		"4\t1971--10--29 -23:-59:-53\t1\t255\t1\t0\r\n"+
		"1\t2021-02-20 08:00:00\t15\t0\t0\t0\r\n"+
		"1\t2000-01-01 00:00:07\t1\t0\r\n"+
		"1\t2021-02-21 08:00:00\t1\t0\r\n"+
		"1\t2021-02-18 07:59:59\t1\t0\r\n"+
		strings.Repeat("9", 70_000)+"\r\n"+
		"no tab")
	code, said, errs := r.daka("import", "punches", file, "--org", org, "--format", "attlog", "--zone", "Asia/Shanghai", "--create-members")
	require.Equal(t, exitFound, code, errs)
	var named []string
	for line := range strings.Lines(errs) {
		if strings.Contains(line, "line ") {
			named = append(named, strings.TrimSpace(strings.ReplaceAll(line, file, "FILE")))
		}
	}
	require.Equal(t, []string{
		"FILE: line 2: refused nul: nothing but 3 NUL bytes",
		"FILE: line 3: warning nul: 2 NUL bytes were left out",
		`FILE: line 4: refused time: "1971--10--29 -23:-59:-53" is not a time such as 2026-03-02 08:55:00`,
		"FILE: line 5: warning duplicate: equal to an earlier line; one punch",
		"FILE: line 6: warning clock_jump: 2000-01-01T00:00:07 is before 2010: the clock was reset",
		"FILE: line 8: warning clock_jump: 2021-02-18T07:59:59 is more than 24 h off its neighbours (2021-02-21T08:00:00)",
		"FILE: line 9: refused too_long: the line has 70002 bytes; the limit is 65536",
		"FILE: line 10: refused fields: a machine's line has an id, a TAB and a time; this is \"no tab\"",
	}, named)
	require.Contains(t, said, "10 lines, 5 punches written, 0 already known, 1 duplicates, 4 refused, 3 warnings, 1 members created")
}

// TestAnUnknownEvent: a group's stream holds an event of a newer version. Its figures say so, commands on it are refused, and everything else goes on.
func TestAnUnknownEvent(t *testing.T) {
	r := serve(t, nil).ready()
	org := r.company(ruleKolkata)
	base := "/api/v1/orgs/" + org
	var groups struct{ Items []struct{ ID string } }
	require.Eventually(t, func() bool {
		r.get(base+"/groups").json(t, &groups)
		return len(groups.Items) == 1
	}, waitLong, tick)
	group := groups.Items[0].ID
	member, _ := r.id("POST", "/orgs/"+org+"/members", `{"number":"1","joined":"2026-11-01","group":"`+group+`"}`)
	other, _ := r.id("POST", "/orgs/"+org+"/members", `{"number":"2","joined":"2026-11-01"}`)
	stream := domain.GroupStream(uuid.MustParse(org), uuid.MustParse(group))
	known, err := r.m.eventlog.Read(t.Context(), stream, 0, 0)
	require.NoError(t, err)
	painted := known[0]
	painted.ID, painted.Type, painted.Data = uuid.New(), "GroupPainted", []byte(`{"color":"red"}`)
	_, err = r.m.eventlog.Append(t.Context(), stream, int64(len(known)-1), []eventlog.Raw{painted})
	require.NoError(t, err)

	const unknown = `unknown event type "GroupPainted": it was written by a newer version, or not by this program`
	days := func(member string) (stale string) {
		var answer struct{ Stale string }
		a := r.get(fmt.Sprintf("%s/members/%s/days?from=2026-11-02&to=2026-11-02&min_position=%s@%d", base, member, stream, len(known)))
		a.json(t, &answer)
		return answer.Stale
	}
	require.Equal(t, "parked: "+unknown, days(member))
	require.Empty(t, days(other))
	a := r.write("PUT", "/orgs/"+org+"/groups/"+group+"/rule", ruleKolkata)
	require.Equal(t, 503, a.status)
	require.Equal(t, `{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"unknown event type \"GroupPainted\": it was written by a newer version, `+
		`or not by this program; nothing was written; start the newer version, then send the request again","code":"event_unknown"}`, a.body)
	require.Equal(t, "30", a.header.Get("Retry-After"))
	r.id("POST", "/orgs/"+org+"/punches", `{"number":"1"}`) // a punch needs no rule to be kept
	var status struct {
		Parked []struct{ Kind, Subject, Stream, Reason string }
	}
	r.get("/api/v1/admin/projections").json(t, &status)
	require.Len(t, status.Parked, 1)
	require.Equal(t, "group "+group+" "+stream+" "+unknown, fmt.Sprint(status.Parked[0].Kind, " ", status.Parked[0].Subject, " ", status.Parked[0].Stream, " ", status.Parked[0].Reason))
}

// TestUnpark tells what is still parked, and why; what is not parked, and half a name, are refused.
func TestUnpark(t *testing.T) {
	r := serve(t, nil).ready()
	org := r.company(ruleKolkata)
	stream := domain.CalendarStream(uuid.MustParse(org))
	known, err := r.m.eventlog.Read(t.Context(), domain.OrgStream(uuid.MustParse(org)), 0, 0)
	require.NoError(t, err)
	painted := known[0]
	painted.ID, painted.Type, painted.Data = uuid.New(), "CalendarPainted", []byte(`{"color":"red"}`)
	calendar, err := r.m.eventlog.Read(t.Context(), stream, 0, 0)
	require.NoError(t, err)
	_, err = r.m.eventlog.Append(t.Context(), stream, int64(len(calendar)-1), []eventlog.Raw{painted})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		code, said, _ := r.daka("unpark")
		return code == exitFound && strings.Contains(said, "tried 1, parked are 1\n  organization "+org+" of organization "+org+`: unknown event type "CalendarPainted"`)
	}, waitLong, tick)
	code, said, _ := r.daka("unpark", "--org", org, "--kind", "organization", "--subject", org)
	require.Equal(t, exitFound, code)
	require.Contains(t, said, "tried 1, parked are 1")
	a := r.write("POST", "/admin/unpark", `{"org":"`+org+`","kind":"member","subject":"`+org+`"}`)
	require.Equal(t, 422, a.status)
	require.Contains(t, a.body, `"code":"not_parked"`)
	a = r.write("POST", "/admin/unpark", `{"kind":"member"}`)
	require.Equal(t, 422, a.status)
	require.Contains(t, a.body, "give org, kind and subject as GET admin/projections lists them, or none of them for everything")
}
