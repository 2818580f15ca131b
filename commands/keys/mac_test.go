package keys_test

import (
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/keys"
)

func TestMACIsOfKeyPurposeAndData(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.db")
	store, subject := openAt(t, path), uuid.New()
	_, key, err := store.Key(t.Context(), uuid.Nil, subject)
	require.NoError(t, err)
	_, other, err := store.Key(t.Context(), uuid.Nil, uuid.New())
	require.NoError(t, err)
	mac := key.MAC("phone", []byte("+8613800138000"))
	require.Len(t, mac, 32)
	require.NotEqual(t, mac, key.MAC("email", []byte("+8613800138000")))
	require.NotEqual(t, mac, key.MAC("phone", []byte("+8613800138001")))
	require.NotEqual(t, mac, key.MAC("phon", []byte("e+8613800138000")))
	require.NotEqual(t, mac, other.MAC("phone", []byte("+8613800138000")))
	require.Nil(t, keys.Key{}.MAC("phone", nil))
	_, again, err := openAt(t, path).Key(t.Context(), uuid.Nil, subject)
	require.NoError(t, err)
	require.Equal(t, mac, again.MAC("phone", []byte("+8613800138000")), "it lasts as long as the key")
}
