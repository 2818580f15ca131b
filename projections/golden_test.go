package projections

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/wire"
	"github.com/dakahq/daka/projections/tables"
)

var update = flag.Bool("update", false, "write golden files that are missing; one that is there never changes")

const goldenFile = "testdata/ledger.jsonl"

// goldenEvent is a line of the golden ledger: an event's recorded bytes and its place.
type goldenEvent struct {
	Stream   string          `json:"stream"`
	Revision int64           `json:"revision"`
	ID       domain.ID       `json:"id"`
	Type     string          `json:"type"`
	Data     json.RawMessage `json:"data"`
	Metadata json.RawMessage `json:"metadata"`
}

// TestWriteTheGoldenLedger writes it where it is missing; it never changes one.
func TestWriteTheGoldenLedger(t *testing.T) {
	if _, err := os.Stat(goldenFile); !*update || err == nil {
		t.Skip("only with -update, and only where the file is missing")
	}
	l, key := newTestLedger(t), seeded(90)
	l.key = &key
	l.seal = func(plain, _ []byte) (string, error) {
		return domain.SealPrefix + base64.RawURLEncoding.EncodeToString(slices.Concat(make([]byte, 12), plain, make([]byte, 16))), nil
	}
	g := &goldenLedger{testLedger: l, night: seeded(3)}
	g.make()
	var b bytes.Buffer
	require.NoError(t, l.log.ReadAll(t.Context(), eventlog.Position{}, 0, func(raw eventlog.Raw) error {
		if _, ours := domain.ParseStream(raw.Stream); !ours {
			return nil
		}
		line, err := json.Marshal(goldenEvent{raw.Stream, int64(raw.Revision), raw.ID, raw.Type, raw.Data, raw.Metadata})
		b.Write(append(line, '\n'))
		return err
	}))
	require.NoError(t, os.WriteFile(goldenFile, b.Bytes(), 0o644))
}

func goldenEvents(t *testing.T) (events []goldenEvent) {
	file, err := os.Open(goldenFile)
	require.NoError(t, err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e goldenEvent
		require.NoError(t, json.Unmarshal(lines.Bytes(), &e))
		events = append(events, e)
	}
	require.NoError(t, lines.Err())
	return events
}

// TestTheGoldenLedgerHoldsEveryType: a new event type gets lines of its own, at the end of the file.
func TestTheGoldenLedgerHoldsEveryType(t *testing.T) {
	have := map[string]bool{}
	for _, e := range goldenEvents(t) {
		have[e.Type] = true
	}
	for _, eventType := range wire.Types() {
		if eventType != "RollbackDeclared" { // it asks for another epoch of the index, and its file has tests of its own
			require.True(t, have[eventType], "no %s in %s: add lines to its end, raise foldVersion and run -update (between releases the last sums may be made anew: remove them first)", eventType, goldenFile)
		}
	}
}

// TestGoldenFilesOnlyGrow compares what is committed with testdata/GOLDEN: a listed sum stays, the ledger's first lines stay.
func TestGoldenFilesOnlyGrow(t *testing.T) {
	const list = "testdata/GOLDEN"
	text, err := os.ReadFile(list)
	if !errors.Is(err, os.ErrNotExist) || !*update {
		require.NoError(t, err)
	}
	ledger, err := os.ReadFile(goldenFile)
	require.NoError(t, err)
	lines := bytes.SplitAfter(ledger, []byte("\n"))
	lines = lines[:len(lines)-1]
	listed := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		var sum, name string
		var count int
		_, err := fmt.Sscan(line, &sum, &count, &name)
		require.NoError(t, err, "bad line in %s: %q", list, line)
		listed[fmt.Sprint(count, name)] = true
		content := bytes.Join(lines[:min(count, len(lines))], nil)
		if name != filepath.Base(goldenFile) {
			content, err = os.ReadFile(filepath.Join("testdata", name))
			require.NoError(t, err, "%s was removed", name)
		}
		require.Equal(t, sum, fmt.Sprintf("%x", sha256.Sum256(content)), "%s was changed; it only grows", name)
	}
	names, err := filepath.Glob("testdata/sums.v*.txt")
	require.NoError(t, err)
	for _, name := range append([]string{goldenFile}, names...) {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		count := bytes.Count(content, []byte("\n"))
		if base := filepath.Base(name); !listed[fmt.Sprint(count, base)] {
			require.True(t, *update, "%s is not in %s; run go test ./projections -run Golden -update", name, list)
			text = fmt.Appendf(text, "%x %d %s\n", sha256.Sum256(content), count, base)
		}
	}
	if *update {
		require.NoError(t, os.WriteFile(list, text, 0o644))
	}
}

// TestGoldenSums is what makes foldVersion rise: whoever changes what a fold or Assess makes of an event gives the read models a new number,
// because versions that run side by side share rows of one number. The live read models and rebuilt ones must both give the sums.
func TestGoldenSums(t *testing.T) {
	l := newTestLedger(t)
	events := goldenEvents(t)
	half := len(events) / 2
	for _, e := range events[:half] {
		l.golden(e)
	}
	l.run()
	for _, e := range events[half:] {
		l.golden(e)
	}
	last := events[len(events)-1]
	l.settled(fmt.Sprintf("%s@%d", last.Stream, last.Revision))
	l.settledAll()
	live := l.sums()
	name := fmt.Sprintf("testdata/sums.v%d.txt", tables.FoldVersion)
	if _, err := os.Stat(name); *update && errors.Is(err, os.ErrNotExist) {
		require.NoError(t, os.WriteFile(name, []byte(live), 0o644))
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err, "a new foldVersion has new sums: run go test ./projections -run Golden -update")
	const why = "the golden ledger gives other rows than version %d of the read models: raise foldVersion with a new line in tables/testdata/shapes.txt, and run -update (between releases the last sums may be made anew: remove them, and their line in GOLDEN)"
	require.Equal(t, string(want), live, why, tables.FoldVersion)
	_, err = l.engine.Rebuild(context.Background(), nil)
	require.NoError(t, err)
	require.Equal(t, string(want), l.sums(), "rebuilt: "+why, tables.FoldVersion)
}

// golden appends a line of the golden ledger.
func (l *testLedger) golden(e goldenEvent) {
	l.t.Helper()
	_, err := l.log.Append(context.Background(), e.Stream, e.Revision-1, []eventlog.Raw{{Stream: e.Stream, ID: e.ID, Type: e.Type, JSON: true, Data: e.Data, Metadata: e.Metadata}})
	require.NoError(l.t, err)
}

// sums is a hash of every table's rows. Where an event stands in the log is the store's own, and no part of them.
func (l *testLedger) sums() string {
	l.t.Helper()
	var b strings.Builder
	for _, table := range slices.Sorted(slices.Values(append(tables.Names(), "ledger.ledger_index"))) {
		from := table
		if !strings.Contains(table, ".") {
			from = "rm." + table
		}
		conn, err := l.pool.Acquire(context.Background())
		require.NoError(l.t, err)
		_, err = conn.Exec(context.Background(), "SET timezone TO 'UTC'")
		require.NoError(l.t, err)
		var rows int
		var sum string
		err = conn.QueryRow(context.Background(), `SELECT count(*), encode(sha256(convert_to(coalesce(string_agg(r, E'\n' ORDER BY r COLLATE "C"), ''), 'UTF8')), 'hex')
			FROM (SELECT (to_jsonb(t) - 'commit_pos' - 'prepare_pos')::text AS r FROM `+from+` t) rows`).Scan(&rows, &sum)
		conn.Release()
		require.NoError(l.t, err)
		fmt.Fprintf(&b, "%s %d %s\n", table, rows, sum)
	}
	return b.String()
}
