package keys_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/keys"
)

func TestAFilesBytesFollowFromItsContent(t *testing.T) {
	s := open(t)
	k := key(t, s)
	seal := func(k keys.Key, plain, aad string) string {
		out, err := k.SealFile([]byte(plain), []byte(aad))
		require.NoError(t, err)
		return string(out)
	}
	one := seal(k, "picture", "mine")
	require.Equal(t, one, seal(k, "picture", "mine"))
	require.Len(t, one, 12+len("picture")+16)
	require.NotEqual(t, one[:12], seal(k, "pictur3", "mine")[:12], "another content, another nonce")
	require.NotEqual(t, one[:12], seal(k, "picture", "hers")[:12], "another owner, another nonce")
	plain, err := k.OpenFile([]byte(one), []byte("mine"))
	require.NoError(t, err)
	require.Equal(t, "picture", string(plain))
	_, err = k.OpenFile([]byte(one), []byte("hers"))
	require.Error(t, err)
	_, err = key(t, s).OpenFile([]byte(one), []byte("mine"))
	require.Error(t, err)
	_, err = keys.Key{}.SealFile(nil, nil)
	require.EqualError(t, err, "a file without a key")
}
