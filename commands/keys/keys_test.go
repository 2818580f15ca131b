package keys_test

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/wire"
)

func openAt(t *testing.T, path string) *keys.Store {
	t.Helper()
	s, err := keys.Open(t.Context(), keys.Config{Path: path})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func open(t *testing.T) *keys.Store { return openAt(t, filepath.Join(t.TempDir(), "keys.db")) }

func key(t *testing.T, s *keys.Store) keys.Key {
	t.Helper()
	_, k, err := s.Key(t.Context(), uuid.New(), uuid.New())
	require.NoError(t, err)
	return k
}

func TestKeyIDIsTheContractsOne(t *testing.T) {
	org, subject := uuid.New(), uuid.New()
	preimage := append([]byte("daka/key/1\x00\x00\x00\x10"), org[:]...)
	sum := sha256.Sum256(append(preimage, subject[:]...))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	require.Equal(t, domain.ID(sum[:16]), keys.ID(org, subject))
}

func TestKeyIsMadeOnceAndKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.db")
	first, second := openAt(t, path), openAt(t, path)
	org, subject := uuid.New(), uuid.New()
	id, k, err := first.Key(t.Context(), org, subject)
	require.NoError(t, err)
	text, err := k.Seal([]byte("王小明"), []byte("aad"))
	require.NoError(t, err)
	for _, s := range []*keys.Store{first, second} {
		again, same, err := s.Key(t.Context(), org, subject)
		require.NoError(t, err)
		require.Equal(t, id, again)
		plain, err := same.Open(text, []byte("aad"))
		require.NoError(t, err)
		require.Equal(t, "王小明", string(plain))
	}
	looked, err := second.Lookup(t.Context(), id)
	require.NoError(t, err)
	_, err = looked.Open(text, []byte("aad"))
	require.NoError(t, err)
	_, err = second.Lookup(t.Context(), uuid.New())
	require.ErrorIs(t, err, keys.ErrUnknown)
}

// TestManyMakersOfOneKeyAgree runs two stores on one file, as two processes do.
func TestManyMakersOfOneKeyAgree(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.db")
	stores := []*keys.Store{openAt(t, path), openAt(t, path)}
	org := uuid.New()
	for range 20 {
		subject := uuid.New()
		hashes := make([]string, 16)
		var group sync.WaitGroup
		for i := range hashes {
			group.Go(func() {
				_, k, err := stores[i%2].Key(context.Background(), org, subject)
				if err == nil {
					hashes[i], err = keys.RequestHash(k, "POST", "/p", nil)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		for _, h := range hashes {
			require.Equal(t, hashes[0], h)
		}
	}
}

func TestTwoFirstStartsAgreeOnTheMasterKey(t *testing.T) {
	for range 20 {
		path := filepath.Join(t.TempDir(), "master.key")
		made := make([][]byte, 4)
		var group sync.WaitGroup
		for i := range made {
			group.Go(func() {
				var err error
				if made[i], err = keys.MasterFile(path); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		for _, m := range made {
			require.Equal(t, made[0], m)
		}
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
}

func TestSealedFormIsTheContractsOne(t *testing.T) {
	k := key(t, open(t))
	text, err := k.Seal([]byte("x"), []byte("aad"))
	require.NoError(t, err)
	body, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(text, "s1."))
	require.NoError(t, err)
	require.Len(t, body, 12+1+16)
	other, err := k.Seal([]byte("x"), []byte("aad"))
	require.NoError(t, err)
	require.NotEqual(t, text, other, "a nonce is never used twice")
}

func TestOpenRefuses(t *testing.T) {
	s := open(t)
	k := key(t, s)
	text, err := k.Seal([]byte("secret"), []byte("aad"))
	require.NoError(t, err)
	letter := "A"
	if text[10] == 'A' {
		letter = "B"
	}
	const changed = "the sealed value was changed, or sealed under another key or for another place"
	cases := []struct {
		name, text, aad, want string
		key                   keys.Key
	}{
		{"another place", text, "other", changed, k},
		{"another key", text, "aad", changed, key(t, s)},
		{"a changed letter", text[:10] + letter + text[11:], "aad", changed, k},
		{"no prefix", "x" + text, "aad", `the sealed value does not start with "s1."`, k},
		{"too short", "s1.AAAA", "aad", "the sealed value is too short", k},
		{"no base64", "s1.!", "aad", "the sealed value is not base64url: illegal base64 data at input byte 0", k},
		{"no key", text, "aad", "opening without a key", keys.Key{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.key.Open(c.text, []byte(c.aad))
			require.EqualError(t, err, c.want)
		})
	}
}

// TestRequestHashIsTheContractsOne computes events §2 a second time, from a key file that it can read.
func TestRequestHashIsTheContractsOne(t *testing.T) {
	secret := bytes.Repeat([]byte{9}, 32)
	k, err := keys.FromSecret(secret)
	require.NoError(t, err)
	derived, err := hkdf.Key(sha256.New, secret, nil, "daka/request/1", 32)
	require.NoError(t, err)
	expected := func(body string) string {
		mac := hmac.New(sha256.New, derived)
		mac.Write([]byte("\x00\x00\x00\x04POST\x00\x00\x00\x02/p"))
		mac.Write([]byte{0, 0, 0, byte(len(body))})
		mac.Write([]byte(body))
		return hex.EncodeToString(mac.Sum(nil))
	}
	got, err := keys.RequestHash(k, "POST", "/p", []byte(" {\"b\": 1.0, \"a\":\"\\u00e4\" }"))
	require.NoError(t, err)
	require.Equal(t, expected(`{"a":"ä","b":1}`), got)
	got, err = keys.RequestHash(k, "POST", "/p", nil)
	require.NoError(t, err)
	require.Equal(t, expected(""), got)
	got, err = keys.DerivedHash(k, "POST", "/p", []byte(`{ "not": json`))
	require.NoError(t, err)
	require.Equal(t, expected(`{ "not": json`), got)
	_, err = keys.RequestHash(k, "POST", "/p", []byte(`{"a":1,"a":2}`))
	require.ErrorContains(t, err, "the body has no RFC 8785 form: ")
	_, err = keys.RequestHash(keys.Key{}, "POST", "/p", nil)
	require.EqualError(t, err, "hashing a request without a key")
}

func TestDestroyedKeyIsGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.db")
	here, there := openAt(t, path), openAt(t, path)
	org, subject := uuid.New(), uuid.New()
	id, k, err := here.Key(t.Context(), org, subject)
	require.NoError(t, err)
	secretText := wrappedBytes(t, path, id)
	_, _, err = there.Key(t.Context(), org, subject)
	require.NoError(t, err)

	require.NoError(t, here.Destroy(t.Context(), id))
	for _, s := range []*keys.Store{here, there} {
		require.Eventually(t, func() bool {
			_, _, err := s.Key(context.Background(), org, subject)
			return err != nil
		}, 20*time.Second, 50*time.Millisecond, "the other process forgets it too")
		_, err = s.Lookup(t.Context(), id)
		require.ErrorIs(t, err, keys.ErrDestroyed)
		require.ErrorIs(t, err, wire.ErrErased)
	}
	require.NoError(t, here.Destroy(t.Context(), id), "again is no error")
	for _, name := range []string{path, path + "-wal"} {
		left, err := os.ReadFile(name)
		if err == nil {
			require.NotContains(t, string(left), secretText, "the wrapped key left %s", name)
		}
	}
	_ = k
	unborn := uuid.New()
	require.NoError(t, here.Destroy(t.Context(), keys.ID(org, unborn)))
	_, _, err = here.Key(t.Context(), org, unborn)
	require.ErrorIs(t, err, keys.ErrDestroyed, "erased before the first key")
}

func TestOpenNamesWhatIsWrong(t *testing.T) {
	t.Run("another master key", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "keys.db")
		require.NoError(t, openAt(t, path).Close())
		_, err := keys.Open(t.Context(), keys.Config{Path: path, Master: make([]byte, 32)})
		require.EqualError(t, err, "the key store "+path+": it was written under another master key: give the one of its first start")
	})
	t.Run("a master key of the wrong length", func(t *testing.T) {
		_, err := keys.Open(t.Context(), keys.Config{Path: filepath.Join(t.TempDir(), "k"), Master: make([]byte, 16)})
		require.EqualError(t, err, "the master key has 16 bytes, not 32")
	})
	t.Run("the master key is lost", func(t *testing.T) {
		dir := t.TempDir()
		path, master := filepath.Join(dir, "keys.db"), filepath.Join(dir, "master.key")
		require.NoError(t, openAt(t, path).Close())
		require.NoError(t, os.Remove(master))
		_, err := keys.Open(t.Context(), keys.Config{Path: path})
		require.EqualError(t, err, "the keys in "+path+" are there, but their master key "+master+
			" is missing: restore it from its backup")
		require.NoFileExists(t, master, "no new one is made")
	})
	t.Run("a folder", func(t *testing.T) {
		dir := t.TempDir()
		_, err := keys.Open(t.Context(), keys.Config{Path: dir})
		require.EqualError(t, err, dir+" is a folder: name the key store's file, such as "+dir+"/keys.db")
	})
	t.Run("a master key that others can read", func(t *testing.T) {
		master := filepath.Join(t.TempDir(), "master.key")
		_, err := keys.MasterFile(master)
		require.NoError(t, err)
		require.NoError(t, os.Chmod(master, 0o644))
		_, err = keys.MasterFile(master)
		require.EqualError(t, err, "the master key "+master+" can be read by others (mode 0644): chmod 600 it")
	})
	t.Run("no master key at all", func(t *testing.T) {
		_, err := keys.ParseMaster("hello")
		require.EqualError(t, err, "a master key is 32 random bytes in base64, 44 letters; make one with `openssl rand -base64 32`")
	})
	t.Run("no SQLite file", func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "keys.db")
		_, err := keys.MasterFile(filepath.Join(dir, "master.key"))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("no database "), 100), 0o600))
		_, err = keys.Open(t.Context(), keys.Config{Path: path})
		require.EqualError(t, err, "opening the key store "+path+": file is not a database (26)")
	})
}

func TestParseMasterTakesBothAlphabets(t *testing.T) {
	secret := bytes.Repeat([]byte{0xfb, 0xef, 0xff, 0x01}, 8)
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
		got, err := keys.ParseMaster(" " + encoding.EncodeToString(secret) + "\n")
		require.NoError(t, err)
		require.Equal(t, secret, got)
	}
}

func BenchmarkCachedKeyAndHash(b *testing.B) {
	s, err := keys.Open(b.Context(), keys.Config{Path: filepath.Join(b.TempDir(), "keys.db")})
	require.NoError(b, err)
	defer s.Close()
	org, subject := uuid.New(), uuid.New()
	body := []byte(`{"claimed_at":"2026-03-02T01:06:00Z","lat":31.23,"lng":121.47,"check_type":"OnDuty","zone":"Asia/Shanghai"}`)
	for b.Loop() {
		_, k, err := s.Key(b.Context(), org, subject)
		require.NoError(b, err)
		_, err = keys.RequestHash(k, "POST", "/api/v1/orgs/x/punches", body)
		require.NoError(b, err)
	}
}
