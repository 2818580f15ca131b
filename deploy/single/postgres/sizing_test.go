package postgres

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBuffersFollowTheMachine(t *testing.T) {
	for mb, want := range map[int]string{
		0:       "shared_buffers = 128MB\neffective_cache_size = 256MB\n",
		1024:    "shared_buffers = 128MB\neffective_cache_size = 341MB\n",
		8 << 10: "shared_buffers = 512MB\neffective_cache_size = 2730MB\n",
		1 << 20: "shared_buffers = 1024MB\neffective_cache_size = 349525MB\n",
	} {
		require.Equal(t, want, sizing(mb), "%d MB", mb)
	}
	require.Equal(t, 24085, totalMB(strings.NewReader("MemFree: 5 kB\nMemTotal:       24663332 kB\n")))
	require.Zero(t, totalMB(strings.NewReader("")))
}
