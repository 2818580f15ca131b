package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/projections"
)

func TestTricksAreLeftOutByName(t *testing.T) {
	w, err := parseWithout(" copy,heads ,,")
	require.NoError(t, err)
	require.Equal(t, []string{"heads", "copy"}, w.names())
	require.Equal(t, projections.Plain{Copy: true}, w.reads())
	none, err := parseWithout("")
	require.NoError(t, err)
	require.Empty(t, none.names())
	_, err = parseWithout("heads,luck")
	require.EqualError(t, err, `DAKA_WITHOUT: there is no "luck" to leave out; it takes heads, heap, heldback, local, cache, fastread, copy, recall, analyze`)
	all, err := parseWithout("heldback,cache,fastread,copy,analyze")
	require.NoError(t, err)
	require.Equal(t, projections.Plain{HeldBack: true, Cache: true, FastRead: true, Copy: true, Analyze: true}, all.reads())
}
