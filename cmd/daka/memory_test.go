package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMemoryIsGivenBackAtRest(t *testing.T) {
	var r rest
	require.False(t, r.due(100<<20), "busy")
	require.True(t, r.due(101<<20), "at rest after a busy time")
	require.False(t, r.due(102<<20), "nothing to give back yet")
	require.False(t, r.due(200<<20), "busy again")
	require.True(t, r.due(201<<20))
	require.Positive(t, allocated())
}
