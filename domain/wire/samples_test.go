package wire

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// sample is one committed file testdata/<Type>/v<n>/<case>.json: bytes as they stand in a ledger.
type sample struct {
	eventType string
	version   int
	name      string
	path      string
	data      []byte
}

func samples(t *testing.T) []sample {
	paths, err := filepath.Glob("testdata/*/v*/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	var out []sample
	for _, path := range paths {
		parts := strings.Split(filepath.ToSlash(path), "/")
		s := sample{eventType: parts[1], path: path, name: strings.TrimSuffix(parts[3], ".json")}
		_, err := fmt.Sscanf(parts[2], "v%d", &s.version)
		require.NoError(t, err)
		s.data, err = os.ReadFile(path)
		require.NoError(t, err)
		out = append(out, s)
	}
	return out
}

func TestEveryVersionHasASample(t *testing.T) {
	have := map[string]bool{}
	for _, s := range samples(t) {
		have[fmt.Sprintf("%s v%d", s.eventType, s.version)] = true
	}
	for name, k := range newest.kinds {
		for version := 1; version <= k.version; version++ {
			require.True(t, have[fmt.Sprintf("%s v%d", name, version)], "%s version %d has no sample: the ledger may hold it for ever", name, version)
		}
	}
}

func TestEverySampleDecodesToItsGolden(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.eventType+"/"+s.name, func(t *testing.T) {
			e, err := newest.decode(s.eventType, s.version, s.data)
			require.NoError(t, err)
			text, err := json.MarshalIndent(e, "", "  ")
			require.NoError(t, err)
			golden := strings.TrimSuffix(s.path, ".json") + ".golden"
			decoded := fmt.Sprintf("%T\n%s\n", e, text)
			if _, err := os.Stat(golden); *update && errors.Is(err, os.ErrNotExist) {
				require.NoError(t, os.WriteFile(golden, []byte(decoded), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), decoded)
			if s.version == newest.kinds[s.eventType].version {
				again, err := marshal(e)
				require.NoError(t, err)
				require.Equal(t, string(s.data), string(again), "the newest version writes the same bytes")
			}
		})
	}
}

// TestSamplesOnlyGrow compares every committed sample with testdata/SHA256SUMS, which is only ever appended to.
func TestSamplesOnlyGrow(t *testing.T) {
	const sums = "testdata/SHA256SUMS"
	text, err := os.ReadFile(sums)
	if !*update {
		require.NoError(t, err)
	}
	listed := map[string]string{}
	for line := range strings.Lines(string(text)) {
		sum, path, ok := strings.Cut(strings.TrimSpace(line), "  ")
		require.True(t, ok, "bad line in %s: %q", sums, line)
		listed[path] = sum
		data, err := os.ReadFile(filepath.Join("testdata", path))
		require.NoError(t, err, "%s was removed; the ledger may hold such events for ever", path)
		require.Equal(t, sum, fmt.Sprintf("%x", sha256.Sum256(data)), "%s was changed; add a new sample instead", path)
	}
	for _, s := range samples(t) {
		path := strings.TrimPrefix(filepath.ToSlash(s.path), "testdata/")
		if listed[path] != "" {
			continue
		}
		require.True(t, *update, "%s is not in %s; run go test ./domain/wire -update", path, sums)
		text = fmt.Appendf(text, "%x  %s\n", sha256.Sum256(s.data), path)
	}
	if *update {
		require.NoError(t, os.WriteFile(sums, text, 0o644))
	}
}

// TestWriteNewSamples writes the samples of samples_make_test.go that are not there yet; it never changes one.
func TestWriteNewSamples(t *testing.T) {
	if !*update {
		t.Skip("only with -update")
	}
	for name, e := range newSamples() {
		path := filepath.Join("testdata", e.EventType(), "v1", name[strings.Index(name, "/")+1:]+".json")
		if _, err := os.Stat(path); err == nil {
			continue
		}
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		data, _, err := Encode(sampleStream, sampleEvent, e, sampleMetadata(), sampleSeal(t))
		require.NoError(t, err, name)
		require.NoError(t, os.WriteFile(path, data, 0o644))
	}
}

func TestSampleNamesNameTheirType(t *testing.T) {
	for name, e := range newSamples() {
		require.Equal(t, e.EventType(), name[:strings.Index(name, "/")])
	}
}
