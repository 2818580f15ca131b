package rebuild

import (
	"encoding/binary"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/projections/feed"
)

// seeded is an id of a number.
func seeded(n uint64) (id domain.ID) {
	binary.BigEndian.PutUint64(id[:], n*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(id[8:], n)
	return id
}

func TestSpillGivesBackWhatItTook(t *testing.T) {
	s, err := newSpill(t.TempDir(), 40*partPunches)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.close()) }()
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	const members, each = 300, 300
	for i := range each {
		for m := range members {
			e := domain.PunchRecorded{Member: seeded(uint64(m)), At: domain.At(start.Add(time.Duration((i*7919)%each) * time.Minute)), Zone: "UTC", SourceType: domain.SourceATM, Flags: []domain.Flag{"a", "b"}}
			r := &feed.Record{Recorded: domain.Recorded{Event: e, ID: seeded(uint64(1_000_000 + i*members + m))}, Name: domain.StreamName{Org: seeded(5_000_000), Rest: "x.202603"}, Local: e.At.Time()}
			require.NoError(t, s.add(r))
		}
	}
	require.Greater(t, s.size, int64(1<<20), "parts go to disk")
	var all []spilled
	for i := range s.parts {
		rows, _, err := s.take(i, nil)
		require.NoError(t, err)
		all = append(all, rows...)
	}
	require.Len(t, all, members*each)
	require.True(t, slices.IsSortedFunc(all, compareSpilled))
	ids := map[domain.ID]bool{}
	for _, r := range all {
		ids[r.id()] = true
	}
	require.Len(t, ids, members*each)
	c := all[0].columns()
	p := all[0].punch(&c)
	require.Nil(t, p.Group)
	require.Zero(t, p.Version)
	require.Equal(t, start, p.At)
	require.Equal(t, []string{"a", "b"}, p.Flags)
	require.Equal(t, attendance.SourceType("ATM"), p.SourceType)
}

// TestAsManyKeysAsProcessors are made at a time, and one more: not two, whatever the machine.
func TestAsManyKeysAsProcessors(t *testing.T) {
	before := runtime.GOMAXPROCS(5)
	defer runtime.GOMAXPROCS(before)
	require.Equal(t, 6, cap(newGate()))
}
