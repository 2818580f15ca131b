package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/deploy/single/node"
	"github.com/dakahq/daka/deploy/single/postgres/postgrestest"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
)

// story is a server whose clock the test tells, in the wall time of Shanghai.
type story struct {
	*rig
	zone      *time.Location
	mu        sync.Mutex
	now       time.Time
	set       time.Time // when now was told, on the real clock
	org, base string
}

func tellStory(t *testing.T, began string) *story {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err)
	s := &story{zone: zone}
	s.tell(t, began)
	s.rig = serve(t, func(c *serveCmd) { c.clock = s.clock }).ready()
	return s
}

// clock goes on from what was told, so that no two facts have the same instant.
func (s *story) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now.Add(time.Since(s.set))
}

func (s *story) instant(t *testing.T, wall string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", wall, s.zone)
	require.NoError(t, err)
	return at
}

func (s *story) tell(t *testing.T, wall string) {
	t.Helper()
	at := s.instant(t, wall)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now, s.set = at, time.Now()
}

// at moves the clock, and tells the ledger of it as the server does every few seconds.
func (s *story) at(wall string) {
	s.t.Helper()
	s.tell(s.t, wall)
	if s.org == "" {
		return
	}
	org, err := uuid.Parse(s.org)
	require.NoError(s.t, err)
	_, err = s.m.service.Clock.Advance(s.t.Context(), commands.SystemCall(org), commands.AdvanceClock{})
	require.NoError(s.t, err)
}

// key is an Idempotency-Key made at an instant: a UUIDv7 with random bits but those of its time.
func key(at time.Time) string {
	id := uuid.New()
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(at.UnixMilli()))
	copy(id[:6], ms[2:])
	id[6] = 0x70 | id[6]&0x0f
	return id.String()
}

// post writes at the story's time; made is when the client made the command, the zero time for now.
func (s *story) post(method, path, body string, made time.Time) reply {
	s.t.Helper()
	if made.IsZero() {
		made = s.clock()
	}
	return s.send(ask{method: method, path: "/api/v1" + path, body: body, header: map[string]string{"Idempotency-Key": key(made)}})
}

// done writes, and gives the receipt's id and position.
func (s *story) done(method, path, body string) (id, position string) {
	s.t.Helper()
	a := s.post(method, path, body, time.Time{})
	require.Equal(s.t, http.StatusCreated, a.status, a.body)
	var receipt struct{ ID, Position string }
	a.json(s.t, &receipt)
	return receipt.ID, receipt.Position
}

// refused writes what must be refused, in the reader's language.
func (s *story) refused(language, path, body string) string {
	s.t.Helper()
	a := s.send(ask{method: "POST", path: "/api/v1" + path, body: body, header: map[string]string{"Idempotency-Key": key(s.clock()), "Accept-Language": language}})
	require.Equal(s.t, 422, a.status, a.body)
	var p struct{ Code, Detail string }
	a.json(s.t, &p)
	return p.Code + ": " + p.Detail
}

// punches come from a machine, by number and wall clock, at the end of a day.
func (s *story) punches(number, date string, walls ...string) {
	s.t.Helper()
	s.at(date + " 20:30")
	for _, wall := range walls {
		s.done("POST", s.base+"/punches", fmt.Sprintf(`{"number":%q,"wall":"%sT%s:00","zone":"Asia/Shanghai","source_type":"ATM"}`, number, date, wall))
	}
}

// truncated is a second store: it holds a prefix of the first, and read models folded from nothing else.
type truncated struct {
	t      *testing.T
	log    *eventlog.Log
	engine *projections.Engine
	events []eventlog.Raw // of the first store, in ledger order
	copied int
}

func (s *story) truncated() *truncated {
	s.t.Helper()
	n, err := node.Open(context.Background(), node.Config{Dir: s.t.TempDir(), Listen: "127.0.0.1:0", Insecure: true, Log: s.m.log})
	require.NoError(s.t, err)
	s.t.Cleanup(func() { require.NoError(s.t, n.Close()) })
	log, err := eventlog.Dial(n.ConnectionString(), s.m.log)
	require.NoError(s.t, err)
	s.t.Cleanup(log.Close)
	pool, err := pgxpool.New(s.t.Context(), postgrestest.Database(s.t))
	require.NoError(s.t, err)
	s.t.Cleanup(pool.Close)
	engine, err := projections.Open(s.t.Context(), projections.Config{Pool: pool, Log: log, Logger: s.m.log})
	require.NoError(s.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() { defer close(stopped); _ = engine.Run(ctx) }()
	s.t.Cleanup(func() { cancel(); <-stopped })
	c := &truncated{t: s.t, log: log, engine: engine}
	require.NoError(s.t, s.m.eventlog.ReadAll(s.t.Context(), eventlog.Position{}, 0, func(e eventlog.Raw) error {
		if _, ours := domain.ParseStream(e.Stream); ours {
			c.events = append(c.events, e)
		}
		return nil
	}))
	return c
}

// days copies what was known at an instant (events §2), folds the copy afresh and gives a member's days as the API writes them.
func (c *truncated) days(known time.Time, org, member, from, to string) string {
	c.t.Helper()
	end, newest := 0, time.Time{}
	for i, e := range c.events {
		var meta struct {
			ReceivedAt time.Time `json:"received_at"`
		}
		require.NoError(c.t, json.Unmarshal(e.Metadata, &meta))
		if newest = later(newest, meta.ReceivedAt); newest.After(known) {
			break
		}
		end = i + 1
	}
	for ; c.copied < end; c.copied++ {
		e := c.events[c.copied]
		_, err := c.log.Append(c.t.Context(), e.Stream, int64(e.Revision)-1, []eventlog.Raw{e})
		require.NoError(c.t, err)
	}
	if end == 0 {
		return "[]"
	}
	last := fmt.Sprintf("%s@%d", c.events[end-1].Stream, c.events[end-1].Revision)
	require.Eventually(c.t, func() bool {
		_, stale, err := c.engine.Wait(c.t.Context(), last, projections.EveryDay())
		return err == nil && !stale
	}, waitLong, tick)
	_, err := c.engine.Rebuild(c.t.Context(), func(_, _ uint64) {})
	require.NoError(c.t, err)
	days, _, err := c.engine.Days.Of(c.t.Context(), uuid.MustParse(org), uuid.MustParse(member), domain.Date(from), domain.Date(to))
	require.NoError(c.t, err)
	text, err := json.Marshal(days)
	require.NoError(c.t, err)
	return string(text)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// workedDay is a day as the API gives it.
type workedDay struct {
	Date, Status string
	RuleVersion  int `json:"rule_version"`
	Slots        []struct {
		PunchAt    *time.Time `json:"punch_at"`
		TimeResult *string    `json:"time_result"`
		Minutes    int
		SourceType *string `json:"source_type"`
	}
	WorkedMin  int `json:"worked_min"`
	PresentMin int `json:"present_min"`
	LateMin    int `json:"late_min"`
	LeaveMin   int `json:"leave_min"`
	Anomalies  []string
}

// line writes a day so that a person can check it: status, the slots, then the minutes that are not 0.
func (d workedDay) line(zone *time.Location) string {
	parts := []string{d.Status}
	for _, s := range d.Slots {
		slot := "-"
		if s.PunchAt != nil {
			slot = s.PunchAt.In(zone).Format("15:04")
		}
		slot += " " + *s.TimeResult
		if s.Minutes > 0 {
			slot += fmt.Sprint(" ", s.Minutes)
		}
		if s.SourceType != nil {
			slot += " " + *s.SourceType
		}
		parts = append(parts, "["+slot+"]")
	}
	for _, n := range []struct {
		name    string
		minutes int
	}{{"worked", d.WorkedMin}, {"present", d.PresentMin}, {"late", d.LateMin}, {"leave", d.LeaveMin}} {
		if n.minutes != 0 {
			parts = append(parts, fmt.Sprint(n.name, " ", n.minutes))
		}
	}
	return strings.TrimSpace(strings.Join(append(parts, fmt.Sprintf("v%d", d.RuleVersion)), " ") + " " + strings.Join(d.Anomalies, " "))
}
