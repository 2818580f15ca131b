package directory_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
)

// words is what a directory says in its log.
type words struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *words) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// recalled is how many events the file gave, -1 for none.
func (w *words) recalled(t *testing.T) int {
	t.Helper()
	for line := range strings.Lines(w.text()) {
		var said struct {
			Msg    string
			Events int
		}
		require.NoError(t, json.Unmarshal([]byte(line), &said))
		if said.Msg == "directory recalled what it had read" {
			return said.Events
		}
	}
	return -1
}

// keeping starts a directory that keeps a file; stop ends it, as a kill would after the last checkpoint.
func (w *world) keeping(path string) (d *directory.Directory, said *words, stop func()) {
	w.t.Helper()
	said = &words{}
	d = directory.New(w.log, slog.New(slog.NewJSONHandler(said, nil)))
	d.UseCache(path)
	ctx, cancel := context.WithCancel(context.Background())
	d.Start(ctx)
	require.NoError(w.t, d.Fresh(w.patience()))
	stop = func() { cancel(); d.Wait() }
	w.t.Cleanup(stop)
	return d, said, stop
}

func TestAStartRecallsWhatWasRead(t *testing.T) {
	w := newWorld(t)
	path := filepath.Join(t.TempDir(), "directory.cache")
	member, group := uuid.New(), uuid.New()
	w.write(domain.OrgStream(w.org), domain.OrganizationCreated{Name: "A", Country: "CN"}, domain.AttendanceEnabled{})
	w.write(domain.GroupStream(w.org, group), domain.GroupCreated{Group: group, Name: "Office"}, version(1, rule("2026-01-01", "Asia/Shanghai")))
	w.write(domain.MemberStream(w.org, member), domain.MemberProvisioned{Member: member, Number: "7", Joined: "2026-01-01"})
	d, said, stop := w.keeping(path)
	require.Equal(t, -1, said.recalled(t))
	w.write(domain.MemberStream(w.org, member), domain.GroupAssigned{Group: group, From: "2026-01-01"})
	require.NoError(t, d.WaitFor(w.patience(), domain.MemberStream(w.org, member), 1))
	before, _ := d.Member(w.org, member)
	stop()

	w.write(domain.OrgStream(w.org), domain.OrganizationChanged{Name: ptr("B")})
	d, said, stop = w.keeping(path)
	require.Equal(t, 6, said.recalled(t))
	after, _ := d.Member(w.org, member)
	require.Equal(t, before, after)
	o, _ := d.Organization(w.org)
	require.Equal(t, "B", o.Name, "what came meanwhile is read from the log")
	plan, _ := d.Rules.InForce(w.org, group, "2026-02-01")
	require.Equal(t, "Asia/Shanghai", plan.Zone().String())
	stop()
	_, said, _ = w.keeping(path)
	require.Equal(t, 7, said.recalled(t))
}

// TestAStartReadsOnlyWhatIsNew goes from one log to another that has the same last event, so that only the file can know the first.
func TestAStartReadsOnlyWhatIsNew(t *testing.T) {
	one, other := newWorld(t), newWorld(t)
	path := filepath.Join(t.TempDir(), "directory.cache")
	stream := domain.OrgStream(one.org)
	first := one.raws(stream, domain.OrganizationCreated{Name: "first"}, domain.AttendanceEnabled{})
	second := other.raws(stream, domain.OrganizationCreated{Name: "second"})
	for w, raws := range map[*world][]eventlog.Raw{one: first, other: {second[0], first[1]}} {
		_, err := w.log.Append(t.Context(), stream, eventlog.NoStream, raws)
		require.NoError(t, err)
	}
	_, _, stop := one.keeping(path)
	stop()
	d, said, _ := other.keeping(path)
	require.Equal(t, 2, said.recalled(t))
	o, _ := d.Organization(one.org)
	require.Equal(t, "first", o.Name)
}

func TestAnotherLogIsReadFromItsStart(t *testing.T) {
	for name, before := range map[string]int{"of the same length": 1, "put back from a backup": 5} {
		t.Run(name, func(t *testing.T) {
			one, other := newWorld(t), newWorld(t)
			path := filepath.Join(t.TempDir(), "directory.cache")
			one.write(domain.OrgStream(one.org), domain.OrganizationCreated{Name: "one"})
			for range before {
				one.write(domain.OrgStream(one.org), domain.AttendanceEnabled{})
			}
			other.write(domain.OrgStream(other.org), domain.OrganizationCreated{Name: "other"}, domain.AttendanceEnabled{})
			_, _, stop := one.keeping(path)
			stop()
			d, said, stop := other.keeping(path)
			require.Equal(t, -1, said.recalled(t))
			require.Contains(t, said.text(), "is not in this log")
			_, known := d.Organization(one.org)
			require.False(t, known)
			o, _ := d.Organization(other.org)
			require.Equal(t, "other", o.Name)
			stop()
			_, said, _ = other.keeping(path)
			require.Equal(t, 2, said.recalled(t), "and the file is this log's from then on")
		})
	}
}

// TestAFileThatCannotBeUsedIsDoneWithout: a second process on one file, a folder that is not there, another program's file.
func TestAFileThatCannotBeUsedIsDoneWithout(t *testing.T) {
	w := newWorld(t)
	w.write(domain.OrgStream(w.org), domain.OrganizationCreated{Name: "A"})
	held, foreign := filepath.Join(t.TempDir(), "held"), filepath.Join(t.TempDir(), "foreign")
	w.keeping(held)
	require.NoError(t, os.WriteFile(foreign, []byte("letters"), 0o600))
	for _, path := range []string{held, foreign, filepath.Join(t.TempDir(), "no", "folder")} {
		d, said, stop := w.keeping(path)
		require.Contains(t, said.text(), "directory keeps nothing for the next start")
		o, _ := d.Organization(w.org)
		require.Equal(t, "A", o.Name)
		stop()
	}
	kept, err := os.ReadFile(foreign)
	require.NoError(t, err)
	require.Equal(t, "letters", string(kept))
}

// TestApplyKeepsNothingOfTheBytes: a recalled event's memory is used again for the next.
func TestApplyKeepsNothingOfTheBytes(t *testing.T) {
	w := newWorld(t)
	group := uuid.New()
	stream := domain.GroupStream(w.org, group)
	d := directory.New(w.log, slog.New(slog.DiscardHandler))
	for i, raw := range w.raws(stream, domain.GroupCreated{Group: group, Name: "Office"}, version(1, rule("2026-01-01", "Asia/Shanghai"))) {
		raw.Stream, raw.Revision, raw.Position = stream, uint64(i), eventlog.Position{Commit: uint64(i + 1)}
		require.NoError(t, d.Apply(raw))
		for _, b := range [][]byte{raw.Data, raw.Metadata} {
			for at := range b {
				b[at] = 'x'
			}
		}
	}
	require.Equal(t, "Office", d.Groups(w.org)[0].Name)
	plan, _ := d.Rules.InForce(w.org, group, "2026-02-01")
	require.Equal(t, "Asia/Shanghai", plan.Zone().String())
}
