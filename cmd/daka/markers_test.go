package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/deploy/single/logtest"
	"github.com/dakahq/daka/deploy/single/postgres/postgrestest"
)

// markers are values that a test plants and looks for later. Those of a kind begin alike, so that one pass finds them all.
type markers struct {
	planted map[string]bool
	// secrets have no beginning in common.
	secrets []string
}

// beginnings are those of the markers, in lower case, and how long a marker is.
func (m *markers) beginnings() map[string]int {
	return map[string]int{"mk7q": 8, "139770000": 11, "31.717": 11, "121.717": 12, "203.0.113.": 13}
}

func (m *markers) keep(format string) string {
	value := fmt.Sprintf(format, 100+len(m.planted))
	m.planted[strings.ToLower(strings.TrimPrefix(value, "+86"))] = true
	return value
}

// The kinds. A coordinate does not end in 0, which nobody would write.
func (m *markers) word() string { return m.keep("mk7q%04d") }
func (m *markers) lat() string  { return m.keep("31.717%04d1") }
func (m *markers) lng() string  { return m.keep("121.717%04d1") }
func (m *markers) phone() string {
	return fmt.Sprintf("+86139770000%02d", m.take("139770000%02d", 100))
}
func (m *markers) ip() string { return fmt.Sprintf("203.0.113.%d", 100+m.take("203.0.113.1%02d", 100)) }

// take gives the first number below a limit that is not planted yet.
func (m *markers) take(format string, below int) int {
	for i := range below {
		if value := fmt.Sprintf(format, i); !m.planted[value] {
			m.planted[value] = true
			return i
		}
	}
	panic("a test needs more markers of a kind than there are")
}

// find gives a planted value that is in a content: as it is, in another case, or in the hex of a bytea.
func (m *markers) find(content []byte) string {
	lower := bytes.ToLower(content)
	for begin, length := range m.beginnings() {
		for _, form := range []string{begin, hex.EncodeToString([]byte(begin))} {
			scale := len(form) / len(begin)
			for rest := lower; ; {
				i := bytes.Index(rest, []byte(form))
				if i < 0 {
					break
				}
				value := string(rest[i:min(len(rest), i+length*scale)])
				if scale == 2 {
					decoded, _ := hex.DecodeString(value)
					value = string(decoded)
				}
				if m.planted[value] {
					return value
				}
				rest = rest[i+1:]
			}
		}
	}
	for _, secret := range m.secrets {
		if bytes.Contains(content, []byte(secret)) {
			return secret
		}
	}
	return ""
}

func TestMarkersAreFound(t *testing.T) {
	m := &markers{planted: map[string]bool{}, secrets: []string{"Top Secret"}}
	for _, value := range []string{m.word(), m.phone(), m.lat(), m.lng(), m.ip()} {
		require.NotEmpty(t, m.find([]byte("before "+strings.ToUpper(value)+" after")), value)
		require.NotEmpty(t, m.find([]byte(`\x00`+hex.EncodeToString([]byte(value))+"ff")), value)
	}
	require.Equal(t, "Top Secret", m.find([]byte("a Top Secret")))
	require.Empty(t, m.find([]byte("mk7q9999 31.717 13977000099 mk7q")))
}

// TestNothingOfAPersonInClear plants more than a thousand names, numbers, addresses, places, words and secrets through the API, and looks
// for them in the ledger's files with their write-ahead logs, the key store, the pictures, a dump of the database and the log.
func TestNothingOfAPersonInClear(t *testing.T) {
	var log logtest.Log
	url := postgrestest.Database(t)
	r, post := peopleTo(t, &log, func(c *serveCmd) {
		c.DatabaseURL, c.LogLevel, c.Proxies = url, "debug", "127.0.0.1"
		require.NoError(t, c.check())
	})
	m := &markers{planted: map[string]bool{}, secrets: []string{goodPassword, r.token}}
	r.plantAccounts(m, post)
	base, members := r.plantMembers(m)
	r.plantPunches(m, base, members)
	r.plantWords(m, base, members)
	r.plantJoining(m, base, post)
	r.plantStrangers(m, post)
	require.Greater(t, len(m.planted), 1000)
	places := r.keptPlaces(url)
	places["log"] = log.Bytes()
	require.NotEmpty(t, places["log"])
	for place, content := range places {
		require.Empty(t, m.find(content), "in clear in the %s", place)
	}
}

// keptPlaces are the contents of every file of the server, and a dump; each is shown to be what it should be by a number that is in clear.
func (r *rig) keptPlaces(url string) map[string][]byte {
	dump, err := exec.LookPath("pg_dump")
	if err != nil {
		dump = "/usr/lib/postgresql/15/bin/pg_dump"
	}
	text, err := exec.CommandContext(r.t.Context(), dump, "--enable-row-security", "--data-only", "--inserts", "--dbname", url).CombinedOutput()
	require.NoError(r.t, err, string(text))
	for _, proof := range []string{"argon2id", clearNumber, "identity.outbox", "s1."} {
		require.Contains(r.t, string(text), proof, "the dump has the people, and what is sealed of them")
	}
	places := map[string][]byte{"database": text}
	events := 0
	require.NoError(r.t, filepath.WalkDir(r.data, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || d.Name() == tokenFile { // which is there to be read
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte("AccountRegistered")) && bytes.Contains(content, []byte(clearNumber)) {
			events++
		}
		places[path] = content
		return err
	}))
	require.Positive(r.t, events, "the events are in a file that was searched")
	return places
}

const clearNumber = "CLEAR-100"

// plantAccounts has people sign up, with a name, a phone, an e-mail and a session each.
func (r *rig) plantAccounts(m *markers, post *post) {
	for range 8 {
		p := r.visitor(post)
		p.register(m.phone(), m.word())
		address := m.word() + "@example.org"
		require.Equal(r.t, 201, p.do("PATCH", "/me", fmt.Sprintf(`{"email":%q,"email_code":%q}`, address, p.code("email", address, "email"))).status)
		wrong := m.word()
		require.Equal(r.t, 401, p.do("POST", "/auth/login", fmt.Sprintf(`{"login":%q,"password":%q}`, address, wrong)).status)
		m.secrets = append(m.secrets, strings.TrimPrefix(p.cookie, "daka_session="))
	}
}

// plantMembers makes a company with a table of people.
func (r *rig) plantMembers(m *markers) (base string, members []string) {
	org, _ := r.id("POST", "/orgs", fmt.Sprintf(`{"name":"Acme","address":%q}`, m.word()))
	base = "/orgs/" + org
	r.id("PUT", base+"/attendance", `{"enabled":true}`)
	group, _ := r.id("POST", base+"/groups", `{"name":"Office","rule":{"name":"Office","time_zone":"UTC","effective_from":"2020-01-01","shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}}}}`)
	table := "number,name,email,phone,joined,group\n"
	for i := range 180 {
		phone := ""
		if i < 40 {
			phone = m.phone()
		}
		table += fmt.Sprintf("CLEAR-%d,张 %s,%s@example.org,%s,2026-01-01,Office\n", 100+i, m.word(), m.word(), phone)
	}
	require.NotEmpty(r.t, group)
	a := r.send(ask{"POST", "/api/v1" + base + "/members/import", table, map[string]string{"Content-Type": "text/csv", "Idempotency-Key": newKey(r.t)}})
	require.Equal(r.t, 201, a.status, a.body)
	var done struct {
		Created int
		Items   []struct{ Member string }
	}
	a.json(r.t, &done)
	require.Equal(r.t, 180, done.Created, a.body)
	for _, line := range done.Items {
		members = append(members, line.Member)
	}
	return base, members
}

// plantPunches sends batches from several addresses; a picture with words in it comes first.
func (r *rig) plantPunches(m *markers, base string, members []string) {
	photo := r.photo(base, members[0], "punch", snapshot(r.t, 5, m.word()))
	now := time.Now().UTC()
	var position string
	for batch := range 2 {
		var items []string
		for i := range 55 {
			items = append(items, fmt.Sprintf(`{"member":%q,"photo":%q,"claimed_at":%q,"offline":true,"lat":%s,"lng":%s,"ssid":%q,"bssid":%q,"address":%q,"note":%q}`, members[i], photo,
				now.Add(time.Duration(-batch*60-i)*time.Minute).Format(time.RFC3339), m.lat(), m.lng(), m.word(), m.word(), m.word(), m.word()))
		}
		a := r.send(ask{"POST", "/api/v1" + base + "/punches/batch", `{"punches":[` + strings.Join(items, ",") + `]}`, map[string]string{"X-Forwarded-For": m.ip(), "Idempotency-Key": newKey(r.t)}})
		require.Equal(r.t, http.StatusCreated, a.status, a.body)
		require.NotContains(r.t, a.body, `"problem"`)
		var done struct {
			Items []struct{ Receipt struct{ Position string } }
		}
		a.json(r.t, &done)
		position = done.Items[0].Receipt.Position
	}
	shown := r.fresh("/api/v1" + base + "/members/" + members[0] + "/punches?min_position=" + position)
	for _, begin := range []string{"31.717", "121.717", "mk7q", "203.0.113.1", photo} {
		require.Contains(r.t, shown.body, begin, "what was planted is there, and opened for who may see it")
	}
}

// plantWords writes what people say to each other.
func (r *rig) plantWords(m *markers, base string, members []string) {
	from := time.Now().UTC().AddDate(0, 0, 3).Truncate(time.Second)
	for i, member := range members[:12] {
		request, _ := r.id("POST", base+"/requests", fmt.Sprintf(`{"type":"trip","member":%q,"from":%q,"to":%q,"zone":"UTC","reason":%q}`, member, from.Format(time.RFC3339), from.Add(time.Hour).Format(time.RFC3339), m.word()))
		r.id("POST", base+"/requests/"+request+"/comments", fmt.Sprintf(`{"comment":%q}`, m.word()))
		verdict := []string{"approve", "reject"}[i%2]
		r.id("POST", base+"/requests/"+request+"/"+verdict, fmt.Sprintf(`{"comment":%q}`, m.word()))
		date := time.Now().UTC().AddDate(0, 0, -2).Format(time.DateOnly)
		r.id("POST", base+"/members/"+member+"/corrections", fmt.Sprintf(`{"date":%q,"check_type":"OnDuty","at":"%sT08:55:00Z","reason":%q}`, date, date, m.word()))
		r.id("PATCH", base+"/members/"+member, fmt.Sprintf(`{"name":%q,"email":"%s@example.org","phone":%q}`, m.word(), m.word(), m.phone()))
	}
}

// plantJoining has people ask to join, by a search and by a code; one is refused.
func (r *rig) plantJoining(m *markers, base string, post *post) {
	a := r.write("POST", base+"/invitations", `{"approval":true}`)
	require.Equal(r.t, 201, a.status, a.body)
	var issued struct{ Invitation struct{ Code string } }
	a.json(r.t, &issued)
	m.secrets = append(m.secrets, issued.Invitation.Code, strings.ReplaceAll(issued.Invitation.Code, "-", ""))
	a = r.write("POST", base+"/tokens", `{"name":"gate","scopes":["punching:write"]}`)
	var token struct{ Secret string }
	a.json(r.t, &token)
	require.NotEmpty(r.t, token.Secret)
	m.secrets = append(m.secrets, token.Secret)
	for i := range 3 {
		p := r.visitor(post)
		p.register(m.phone(), m.word())
		p.do("GET", "/orgs?query="+m.word(), "")
		asked, _ := p.made("POST", "/join-requests", fmt.Sprintf(`{"code":%q,"name":%q,"message":%q}`, issued.Invitation.Code, m.word(), m.word()))
		if i > 0 {
			r.id("POST", base+"/join-requests/"+asked+"/reject", fmt.Sprintf(`{"reason":%q}`, m.word()))
		}
	}
}

// plantStrangers tries what fails, and asks for codes that cannot be sent.
func (r *rig) plantStrangers(m *markers, post *post) {
	p := r.visitor(post)
	post.breakDown(true)
	for range 5 {
		require.Equal(r.t, 202, p.do("POST", "/auth/codes", fmt.Sprintf(`{"phone":%q,"purpose":"register"}`, m.phone())).status)
	}
	for range 15 {
		require.Equal(r.t, 401, p.do("POST", "/auth/login", fmt.Sprintf(`{"login":%q,"password":%q}`, m.word()+"@example.org", m.word())).status)
		p.do("POST", "/orgs/"+m.word()+"/punches", fmt.Sprintf(`{"note":%q,"no such field":%q}`, m.word(), m.word()))
	}
}
