package identity_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/deploy/single/postgres/postgrestest"
	"github.com/dakahq/daka/domain"
)

// town is a database, a key store and a clock that copies of the identity store share.
type town struct {
	t    *testing.T
	url  string
	pool *pgxpool.Pool
	keys *keys.Store

	mu     sync.Mutex
	now    time.Time
	roles  map[domain.ID][]domain.Role
	hidden bool
}

// RolesOf is what the test gave, unless it hides it.
func (w *town) RolesOf(account domain.ID, _ time.Time) ([]domain.Role, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hidden {
		return nil, false
	}
	return w.roles[account], true
}

func (w *town) give(account domain.ID, roles ...domain.Role) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.roles[account] = roles
}

func (w *town) hide(hidden bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hidden = hidden
}

func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{t: t, url: postgrestest.Database(t), now: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC), roles: map[domain.ID][]domain.Role{}}
	var err error
	w.keys, err = keys.Open(t.Context(), keys.Config{Path: filepath.Join(t.TempDir(), "keys.db")})
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.keys.Close() })
	w.pool = w.connect()
	return w
}

func (w *town) connect() *pgxpool.Pool {
	pool, err := pgxpool.New(context.Background(), w.url)
	require.NoError(w.t, err)
	w.t.Cleanup(pool.Close)
	return pool
}

func (w *town) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *town) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// copy is one more process on the same database.
func (w *town) copy(pool *pgxpool.Pool) *identity.Store {
	s, err := identity.Open(w.t.Context(), pool, w.keys, w, w.clock)
	require.NoError(w.t, err)
	return s
}

const zhang, li = "+8613800138001", "+8613800138002"

// account reserves a number for a new account.
func (w *town) account(s *identity.Store, number string) domain.ID {
	id := uuid.New()
	holder, err := s.Accounts.Reserve(w.t.Context(), id, number)
	require.NoError(w.t, err)
	require.Equal(w.t, id, holder)
	require.NoError(w.t, s.Accounts.Registered(w.t.Context(), id))
	return id
}

func TestNumbersAndAddressesAreUnique(t *testing.T) {
	w := newTown(t)
	s, ctx := w.copy(w.pool), t.Context()
	anna := w.account(s, zhang)
	holder, err := s.Accounts.Reserve(ctx, uuid.New(), zhang)
	require.NoError(t, err)
	require.Equal(t, anna, holder, "the holder is told, not replaced")
	_, err = s.Accounts.Reserve(ctx, anna, li)
	require.ErrorIs(t, err, identity.ErrTaken, "an account has one number")
	ben := w.account(s, li)
	require.ErrorIs(t, s.Accounts.SetPhone(ctx, ben, zhang), identity.ErrTaken)
	require.NoError(t, s.Accounts.SetEmail(ctx, anna, "a@example.org"))
	require.ErrorIs(t, s.Accounts.SetEmail(ctx, ben, "a@example.org"), identity.ErrTaken)
	found, known, err := s.Accounts.Find(ctx, identity.Email, "a@example.org")
	require.NoError(t, err)
	require.True(t, known)
	require.Equal(t, anna, found.ID)
	require.NoError(t, s.Accounts.SetEmail(ctx, anna, ""))
	_, known, err = s.Accounts.Find(ctx, identity.Email, "a@example.org")
	require.NoError(t, err)
	require.False(t, known)
	require.NoError(t, s.Accounts.SetEmail(ctx, ben, "a@example.org"), "an address that was given up may be taken")
}

func TestPasswords(t *testing.T) {
	w := newTown(t)
	s, ctx := w.copy(w.pool), t.Context()
	anna, ben := w.account(s, zhang), w.account(s, li)
	check := func(id domain.ID, password string) bool {
		good, err := s.Passwords.Check(ctx, id, password)
		require.NoError(t, err)
		return good
	}
	require.False(t, check(anna, ""), "no password was set")
	require.NoError(t, s.Passwords.Set(ctx, anna, "four green horses"))
	require.True(t, check(anna, "four green horses"))
	require.False(t, check(anna, "four green horse"))
	require.False(t, check(ben, "four green horses"))
	require.False(t, check(domain.ID{}, "four green horses"), "nobody")
	var kept string
	require.NoError(t, w.pool.QueryRow(ctx, "SELECT password FROM identity.accounts WHERE account = $1", anna).Scan(&kept))
	require.Regexp(t, `^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`, kept)
	_, err := w.pool.Exec(ctx, "UPDATE identity.accounts SET password = $2 WHERE account = $1", ben, kept)
	require.NoError(t, err)
	require.False(t, check(ben, "four green horses"), "a hash that was copied to another account opens nothing")
}

func TestPasswordProblems(t *testing.T) {
	const about = "holds little but your name, number or address; choose another"
	const common = "is among the passwords that are guessed first; choose another, a short sentence is good"
	for password, want := range map[string]string{
		"":                          "is too short; use at least 10 characters, a short sentence is good",
		"four horse":                "",
		"四匹绿色的马在草原上奔跑":              "",
		"一二三四五六七":                   "is too short; use at least 10 characters, a short sentence is good",
		strings.Repeat("ab1!x", 26): "is too long; use at most 128 characters",
		"a\xffbcdefghijk":           "is not valid UTF-8",
		"1234567890":                common,
		"0987654321":                common,
		"abcdefghijkl":              common,
		"aaaaaaaaaaaa":              common,
		"abababababab":              common,
		"password123":               common,
		"Password!23":               common,
		"1qaz2wsx3edc":              common,
		"passwordpassword":          common,
		"dragon4711-8472":           "",
		"13800138001":               about,
		"+8613800138001":            about,
		"zhang san 99":              about,
		"zhangsan2026":              about,
		"zhang san likes tea":       "",
	} {
		require.Equal(t, want, identity.PasswordProblem(password, zhang, "Zhang San", ""), password)
	}
}

func TestSessions(t *testing.T) {
	w := newTown(t)
	here, there, ctx := w.copy(w.pool), w.copy(w.connect()), t.Context()
	anna, ben := w.account(here, zhang), w.account(here, li)
	token, made, err := here.Sessions.Make(ctx, anna, "Chrome, Android", true)
	require.NoError(t, err)
	require.Len(t, token, 43)
	got, err := there.Sessions.Get(ctx, token, w.clock())
	require.NoError(t, err)
	require.Equal(t, made.ID, got.ID)
	require.Equal(t, anna, got.Account)
	for _, wrong := range []string{"", "x", token[1:] + "A", strings.Repeat("A", 43)} {
		_, err := here.Sessions.Get(ctx, wrong, w.clock())
		require.ErrorIs(t, err, identity.ErrNoSession, wrong)
	}

	ended, err := here.Sessions.End(ctx, ben, made.ID)
	require.NoError(t, err)
	require.False(t, ended, "another person's session")
	ended, err = here.Sessions.End(ctx, anna, made.ID)
	require.NoError(t, err)
	require.True(t, ended)
	_, err = here.Sessions.Get(ctx, token, w.clock())
	require.ErrorIs(t, err, identity.ErrNoSession, "at once where it was ended")
	w.advance(time.Second)
	_, err = there.Sessions.Get(ctx, token, w.clock())
	require.ErrorIs(t, err, identity.ErrNoSession, "within a second elsewhere")

	first, _, err := here.Sessions.Make(ctx, anna, "", true)
	require.NoError(t, err)
	second, keep, err := here.Sessions.Make(ctx, anna, "", true)
	require.NoError(t, err)
	others, _, err := here.Sessions.Make(ctx, ben, "", true)
	require.NoError(t, err)
	n, err := here.Sessions.EndAll(ctx, anna, keep.ID)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, err = here.Sessions.Get(ctx, first, w.clock())
	require.ErrorIs(t, err, identity.ErrNoSession)
	for _, good := range []string{second, others} {
		_, err = here.Sessions.Get(ctx, good, w.clock())
		require.NoError(t, err)
	}
}

func TestSessionsEndByThemselves(t *testing.T) {
	w := newTown(t)
	s, ctx := w.copy(w.pool), t.Context()
	anna := w.account(s, zhang)
	idle, _, err := s.Sessions.Make(ctx, anna, "", true)
	require.NoError(t, err)
	used, _, err := s.Sessions.Make(ctx, anna, "", true)
	require.NoError(t, err)
	for range 29 {
		w.advance(24 * time.Hour)
		_, err = s.Sessions.Get(ctx, used, w.clock())
		require.NoError(t, err)
	}
	_, err = s.Sessions.Get(ctx, idle, w.clock())
	require.ErrorIs(t, err, identity.ErrNoSession, "nobody used it for 14 days")
	list, err := s.Sessions.List(ctx, anna)
	require.NoError(t, err)
	require.Len(t, list, 1)
	w.advance(24 * time.Hour)
	_, err = s.Sessions.Get(ctx, used, w.clock())
	require.ErrorIs(t, err, identity.ErrNoSession, "30 days are the end")
	require.NoError(t, s.Sweep(ctx))
	var left int
	require.NoError(t, w.pool.QueryRow(ctx, "SELECT count(*) FROM identity.sessions").Scan(&left))
	require.Zero(t, left)
}

func TestFiveSessionsAPerson(t *testing.T) {
	w := newTown(t)
	s, ctx := w.copy(w.pool), t.Context()
	anna := w.account(s, zhang)
	var tokens []string
	for range identity.MostSessions + 2 {
		token, _, err := s.Sessions.Make(ctx, anna, "", true)
		require.NoError(t, err)
		tokens = append(tokens, token)
		w.advance(time.Minute)
	}
	for i, token := range tokens {
		_, err := s.Sessions.Get(ctx, token, w.clock())
		require.Equal(t, i >= 2, err == nil, "session %d: %v", i, err)
	}
}

// TestWhilePostgresIsAway: who was seen within the last minute stays signed in; after that the store says that it cannot know.
func TestWhilePostgresIsAway(t *testing.T) {
	w := newTown(t)
	pool := w.connect()
	s, ctx := w.copy(pool), t.Context()
	token, _, err := s.Sessions.Make(ctx, w.account(s, zhang), "", true)
	require.NoError(t, err)
	_, err = s.Sessions.Get(ctx, token, w.clock())
	require.NoError(t, err)
	pool.Close()
	w.advance(50 * time.Second)
	_, err = s.Sessions.Get(ctx, token, w.clock())
	require.NoError(t, err)
	_, err = s.Sessions.Get(ctx, strings.Repeat("A", 43), w.clock())
	require.ErrorIs(t, err, identity.ErrDown)
	w.advance(11 * time.Second)
	_, err = s.Sessions.Get(ctx, token, w.clock())
	require.ErrorIs(t, err, identity.ErrDown)
	_, err = s.Passwords.Check(ctx, uuid.New(), "x")
	require.ErrorIs(t, err, identity.ErrDown)
	require.ErrorIs(t, s.Limits.Take(ctx), identity.ErrDown)
}

// codeOf takes the one letter that is due and reads the code in it.
func codeOf(t *testing.T, s *identity.Store) (string, identity.Letter) {
	t.Helper()
	letters, err := s.Outbox.Due(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, letters, 1)
	var body struct{ Code string }
	require.NoError(t, json.Unmarshal(letters[0].Body, &body))
	return body.Code, letters[0]
}

func issue(purpose string) identity.Issue {
	return identity.Issue{Kind: identity.Phone, Target: zhang, Purpose: purpose, Letter: func(id domain.ID, code string) identity.Letter {
		body, _ := json.Marshal(map[string]string{"Code": code, "To": zhang})
		return identity.Letter{ID: id, Code: id, Body: body}
	}}
}

func answer(purpose, code string) identity.Answer {
	return identity.Answer{Kind: identity.Phone, Target: zhang, Purpose: purpose, Code: code}
}

func TestCodes(t *testing.T) {
	wrong := func(code string) string { return code[:5] + string('0'+(code[5]-'0'+1)%10) }
	command := uuid.New()
	for _, row := range []struct {
		name  string
		issue func(*identity.Issue)
		when  func(t *testing.T, w *town, s *identity.Store, code string) identity.Answer
		good  bool
	}{
		{"the right code", nil, func(_ *testing.T, _ *town, _ *identity.Store, code string) identity.Answer {
			return answer("login", code)
		}, true},
		{"a wrong code", nil, func(_ *testing.T, _ *town, _ *identity.Store, code string) identity.Answer {
			return answer("login", wrong(code))
		}, false},
		{"after four wrong ones", nil, func(t *testing.T, _ *town, s *identity.Store, code string) identity.Answer {
			for range identity.CodeTries - 1 {
				require.ErrorIs(t, s.Codes.Redeem(t.Context(), answer("login", wrong(code))), identity.ErrCode)
			}
			return answer("login", code)
		}, true},
		{"after five wrong ones", nil, func(t *testing.T, _ *town, s *identity.Store, code string) identity.Answer {
			for range identity.CodeTries {
				require.ErrorIs(t, s.Codes.Redeem(t.Context(), answer("login", wrong(code))), identity.ErrCode)
			}
			return answer("login", code)
		}, false},
		{"for another purpose", nil, func(_ *testing.T, _ *town, _ *identity.Store, code string) identity.Answer {
			return answer("reset", code)
		}, false},
		{"from another number", nil, func(_ *testing.T, _ *town, _ *identity.Store, code string) identity.Answer {
			a := answer("login", code)
			a.Target = li
			return a
		}, false},
		{"by another person", func(q *identity.Issue) { q.Account = uuid.New() }, func(_ *testing.T, _ *town, _ *identity.Store, code string) identity.Answer {
			a := answer("login", code)
			a.Account = uuid.New()
			return a
		}, false},
		{"by nobody, for a person", func(q *identity.Issue) { q.Account = uuid.New() }, func(_ *testing.T, _ *town, _ *identity.Store, code string) identity.Answer {
			return answer("login", code)
		}, false},
		{"just before five minutes", nil, func(_ *testing.T, w *town, _ *identity.Store, code string) identity.Answer {
			w.advance(identity.CodeLife - time.Second)
			return answer("login", code)
		}, true},
		{"after five minutes", nil, func(_ *testing.T, w *town, _ *identity.Store, code string) identity.Answer {
			w.advance(identity.CodeLife)
			return answer("login", code)
		}, false},
		{"a second time", nil, func(t *testing.T, _ *town, s *identity.Store, code string) identity.Answer {
			require.NoError(t, s.Codes.Redeem(t.Context(), answer("login", code)))
			return answer("login", code)
		}, false},
		{"a second time by the same command", nil, func(t *testing.T, _ *town, s *identity.Store, code string) identity.Answer {
			a := answer("login", code)
			a.Command = command
			require.NoError(t, s.Codes.Redeem(t.Context(), a))
			return a
		}, true},
		{"after a newer one", nil, func(t *testing.T, _ *town, s *identity.Store, code string) identity.Answer {
			for range 2 { // twice, so that an equal draw cannot hide it
				_, err := s.Codes.Issue(t.Context(), issue("login"))
				require.NoError(t, err)
			}
			newer, _ := codeOf(t, s)
			if newer == code {
				t.Skip("the same code was drawn again, one time in a million")
			}
			return answer("login", code)
		}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			s := w.copy(w.pool)
			q := issue("login")
			if row.issue != nil {
				row.issue(&q)
			}
			_, err := s.Codes.Issue(t.Context(), q)
			require.NoError(t, err)
			code, letter := codeOf(t, s)
			require.Regexp(t, `^[0-9]{6}$`, code)
			require.NoError(t, s.Outbox.Sent(t.Context(), letter))
			err = s.Codes.Redeem(t.Context(), row.when(t, w, s, code))
			if row.good {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, identity.ErrCode)
		})
	}
}

// TestACodeWaitsForItsSender: a sender that fails for a while loses nothing, and the five minutes begin when it took the message on.
func TestACodeWaitsForItsSender(t *testing.T) {
	w := newTown(t)
	s, ctx := w.copy(w.pool), t.Context()
	delayed, err := s.Codes.Issue(ctx, issue("login"))
	require.NoError(t, err)
	require.False(t, delayed)
	var code string
	for _, pause := range []time.Duration{1, 2, 4, 8, 16, 32} {
		c, letter := codeOf(t, s)
		require.NoError(t, s.Outbox.Later(ctx, letter))
		none, err := s.Outbox.Due(ctx, 10)
		require.NoError(t, err)
		require.Empty(t, none, "it rests")
		w.advance(pause * time.Second)
		code = c
	}
	q := issue("login")
	q.Target = li
	delayed, err = s.Codes.Issue(ctx, q)
	require.NoError(t, err)
	require.True(t, delayed, "who asks now is told")
	letters, err := s.Outbox.Due(ctx, 10)
	require.NoError(t, err)
	require.Len(t, letters, 2)
	w.advance(10 * time.Minute)
	for _, l := range letters {
		require.NoError(t, s.Outbox.Sent(ctx, l))
	}
	w.advance(4 * time.Minute)
	require.NoError(t, s.Codes.Redeem(ctx, answer("login", code)))
}

func TestTheOutboxHasOneTaker(t *testing.T) {
	w := newTown(t)
	here, there, ctx := w.copy(w.pool), w.copy(w.connect()), t.Context()
	l := identity.Letter{ID: uuid.New(), Body: []byte(`{"a":1}`), Expires: w.clock().Add(time.Hour)}
	require.NoError(t, here.Outbox.Put(ctx, l))
	require.NoError(t, here.Outbox.Put(ctx, l), "the same letter")
	got, err := here.Outbox.Due(ctx, 10)
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.JSONEq(t, `{"a":1}`, string(got[0].Body))
	got, err = there.Outbox.Due(ctx, 10)
	require.NoError(t, err)
	require.Empty(t, got, "another copy has it")
	w.advance(31 * time.Second)
	got, err = there.Outbox.Due(ctx, 10)
	require.NoError(t, err)
	require.Len(t, got, 1, "who took it is gone")
	require.Equal(t, 2, got[0].Tries)
	w.advance(time.Hour)
	got, err = there.Outbox.Due(ctx, 10)
	require.NoError(t, err)
	require.Empty(t, got, "it is of no use any more")
}

func TestLimitsSlide(t *testing.T) {
	w := newTown(t)
	here, there, ctx := w.copy(w.pool), w.copy(w.connect()), t.Context()
	a, b := here.Name("t", "a"), here.Name("t", "b")
	twice := []identity.Limit{{Key: a, Most: 2, Within: time.Minute}, {Key: a, Most: 3, Within: time.Hour}, {Key: b, Most: 9, Within: time.Hour}}
	refused := func(err error, after time.Duration) {
		t.Helper()
		require.Equal(t, after, refused(t, err, "rate_limited").RetryAfter)
	}
	require.NoError(t, here.Limits.Take(ctx, twice...))
	w.advance(10 * time.Second)
	require.NoError(t, there.Limits.Take(ctx, twice...), "copies count together")
	refused(here.Limits.Take(ctx, twice...), 50*time.Second)
	refused(here.Limits.Peek(ctx, twice...), 50*time.Second)
	w.advance(50 * time.Second)
	require.NoError(t, here.Limits.Take(ctx, twice...))
	refused(here.Limits.Take(ctx, twice...), 59*time.Minute)
	var n int
	require.NoError(t, w.pool.QueryRow(ctx, "SELECT count(*) FROM identity.attempts WHERE key = $1", b).Scan(&n))
	require.Equal(t, 3, n, "a refused attempt counts nowhere")
	require.NoError(t, here.Limits.Clear(ctx, a))
	require.NoError(t, here.Limits.Take(ctx, twice...))
	refused(here.Limits.Take(ctx, identity.Limit{Key: b, Most: 0, Within: time.Hour}), time.Hour)
}

func TestManyAtOnceDoNotPassALimit(t *testing.T) {
	w := newTown(t)
	s, ctx := w.copy(w.pool), t.Context()
	var passed sync.Map
	var wait sync.WaitGroup
	for i := range 40 {
		wait.Go(func() {
			if s.Limits.Take(ctx, identity.Limit{Key: s.Name("t", "x"), Most: 5, Within: time.Hour}) == nil {
				passed.Store(i, true)
			}
		})
	}
	wait.Wait()
	n := 0
	passed.Range(func(any, any) bool { n++; return true })
	require.Equal(t, 5, n)
}

func TestNetworks(t *testing.T) {
	w := newTown(t)
	s := w.copy(w.pool)
	names := func(text string) [2]string {
		own, near := s.Networks(netip.MustParseAddr(text))
		return [2]string{string(own), string(near)}
	}
	require.Equal(t, names("203.0.113.9"), names("::ffff:203.0.113.9"))
	require.NotEqual(t, names("203.0.113.9")[0], names("203.0.113.10")[0])
	require.Equal(t, names("203.0.113.9")[1], names("203.0.113.10")[1])
	require.NotEqual(t, names("203.0.113.9")[1], names("203.0.114.9")[1])
	require.Equal(t, names("2001:db8::1")[0], names("2001:db8::2")[0], "a person has a /64")
	require.Equal(t, names("2001:db8:0:1::1")[1], names("2001:db8:0:2::1")[1])
	require.NotEqual(t, names("2001:db8:0:1::1")[1], names("2001:db8:0:101::1")[1])
}

// TestNothingInClear plants values and looks for them in a dump of the database.
func TestNothingInClear(t *testing.T) {
	dump, err := exec.LookPath("pg_dump")
	if err != nil {
		dump = "/usr/lib/postgresql/15/bin/pg_dump"
	}
	w := newTown(t)
	s, ctx := w.copy(w.pool), t.Context()
	planted := []string{"four green horses"}
	for i := range 50 {
		number, address := fmt.Sprintf("+861391%07d", i), fmt.Sprintf("planted%d@example.org", i)
		id := w.account(s, number)
		require.NoError(t, s.Accounts.SetEmail(ctx, id, address))
		token, _, err := s.Sessions.Make(ctx, id, "Chrome, Android", true)
		require.NoError(t, err)
		q := issue("login")
		q.Target = number
		own, near := s.Networks(netip.MustParseAddr(fmt.Sprintf("203.0.113.%d", i)))
		q.Limits = []identity.Limit{{Key: own, Most: 9, Within: time.Hour}, {Key: near, Most: 99, Within: time.Hour}}
		q.Letter = func(id domain.ID, code string) identity.Letter {
			planted = append(planted, `"`+code+`"`)
			body, _ := json.Marshal(map[string]string{"To": number, "Code": code, "Text": address})
			return identity.Letter{ID: id, Code: id, Body: body}
		}
		_, err = s.Codes.Issue(ctx, q)
		require.NoError(t, err)
		planted = append(planted, number, number[3:], address, token, fmt.Sprintf("203.0.113.%d\n", i))
	}
	require.NoError(t, s.Passwords.Set(ctx, w.account(s, li), "four green horses"))
	text, err := exec.CommandContext(ctx, dump, "--data-only", "--inserts", "--dbname", w.url).CombinedOutput()
	require.NoError(t, err, string(text))
	require.Contains(t, string(text), "Chrome, Android", "the dump has the rows")
	for _, value := range planted {
		require.NotContains(t, string(text), value)
	}
}
