package files_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/files"
	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/domain"
)

// cabinet is a store with the clock in the test's hand.
type cabinet struct {
	*files.Store
	keys *keys.Store
	dir  string
	now  time.Time
}

func open(t *testing.T) *cabinet {
	t.Helper()
	c := &cabinet{dir: filepath.Join(t.TempDir(), "files"), now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	var err error
	c.keys, err = keys.Open(t.Context(), keys.Config{Path: filepath.Join(t.TempDir(), "keys.db")})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.keys.Close() })
	c.Store, err = files.Open(c.dir, c.keys, func() time.Time { return c.now })
	require.NoError(t, err)
	return c
}

// picture differs by its shade.
func picture(t *testing.T, shade uint8) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 16, 16))
	for i := range m.Pix {
		m.Pix[i] = shade
	}
	m.SetGray(0, 0, color.Gray{255 - shade})
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, m))
	return b.Bytes()
}

func owner() files.Owner {
	member := uuid.New()
	return files.Owner{Org: uuid.New(), Subject: member, Purpose: files.Punch, Sender: domain.Actor{Kind: domain.ActorMember, ID: member.String()}}
}

func (c *cabinet) put(t *testing.T, o files.Owner, shade uint8) files.File {
	t.Helper()
	f, err := c.Put(t.Context(), o, picture(t, shade))
	require.NoError(t, err)
	return f
}

func TestAFileIsNamedByItsCiphertext(t *testing.T) {
	c, o := open(t), owner()
	f := c.put(t, o, 1)
	path := filepath.Join(c.dir, o.Org.String(), f.ID[:2], f.ID)
	sealed, err := os.ReadFile(path)
	require.NoError(t, err)
	sum := sha256.Sum256(sealed)
	require.Equal(t, hex.EncodeToString(sum[:]), f.ID)
	require.NotContains(t, string(sealed), "\xff\xd8\xff")
	again, err := files.Open(c.dir, c.keys, time.Now)
	require.NoError(t, err)
	found, err := again.Lookup(o.Org, f.ID)
	require.NoError(t, err)
	require.Equal(t, f, found, "whose it is survives a restart")
	plain, err := again.Read(t.Context(), found)
	require.NoError(t, err)
	_, err = jpeg.Decode(bytes.NewReader(plain))
	require.NoError(t, err)
	words, err := os.ReadFile(path + ".json")
	require.NoError(t, err)
	require.Contains(t, string(words), `"seen":"s1.`, "what tells a used picture again is sealed")
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestTheSamePictureAgainIsTheSameFile(t *testing.T) {
	c, o := open(t), owner()
	first := c.put(t, o, 1)
	c.now = c.now.Add(time.Hour)
	require.Equal(t, first, c.put(t, o, 1))
	other := owner()
	other.Org = o.Org
	require.NotEqual(t, first.ID, c.put(t, other, 1).ID, "another person's has another name")
	o.Purpose = files.Proof
	require.NotEqual(t, first.ID, c.put(t, o, 1).ID, "and so has one for another purpose")
}

func TestWhoHasAFile(t *testing.T) {
	c, o := open(t), owner()
	f := c.put(t, o, 1)
	require.True(t, c.Has(o.Org, o.Subject, f.ID))
	require.False(t, c.Has(uuid.New(), o.Subject, f.ID), "another organization")
	require.False(t, c.Has(o.Org, uuid.New(), f.ID), "another person")
	o.Purpose = files.Proof
	require.False(t, c.Has(o.Org, o.Subject, c.put(t, o, 1).ID), "a proof is no photo of a punch")
	for _, name := range []string{"", "..", f.ID[:63], f.ID + "0", "../../" + f.ID, string(bytes.Repeat([]byte("a"), 64))} {
		_, err := c.Lookup(o.Org, name)
		require.ErrorIs(t, err, fs.ErrNotExist, name)
	}
}

func TestTheQuotaIsADays(t *testing.T) {
	c, o := open(t), owner()
	for shade := range files.DailyQuota {
		c.put(t, o, uint8(shade))
	}
	_, err := c.Put(t.Context(), o, picture(t, 99))
	var refusal *domain.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, "file_quota", refusal.Code)
	c.put(t, o, 3) // known already
	c.put(t, owner(), 99)
	c.now = c.now.Add(24 * time.Hour)
	c.put(t, o, 99)
}

func TestTheQuotaHoldsForManyAtOnce(t *testing.T) {
	c, o := open(t), owner()
	var group sync.WaitGroup
	var mu sync.Mutex
	kept := 0
	for shade := range files.DailyQuota + 10 {
		b := picture(t, uint8(shade))
		group.Go(func() {
			if _, err := c.Put(context.Background(), o, b); err == nil {
				mu.Lock()
				kept++
				mu.Unlock()
			}
		})
	}
	group.Wait()
	require.Equal(t, files.DailyQuota, kept)
}

func TestWhatACrashLeavesIsNoFile(t *testing.T) {
	c, o := open(t), owner()
	f := c.put(t, o, 1)
	path := filepath.Join(c.dir, o.Org.String(), f.ID[:2], f.ID)
	require.NoError(t, os.Remove(path)) // the words and the list were written, the picture not yet
	_, err := c.Lookup(o.Org, f.ID)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.Equal(t, f.ID, c.put(t, o, 1).ID)
	for shade := range files.DailyQuota - 1 {
		c.put(t, o, uint8(shade+2)) // the broken try was counted once
	}
}

func TestAChangedFileIsNotShown(t *testing.T) {
	c, o := open(t), owner()
	f := c.put(t, o, 1)
	stolen := f
	stolen.Subject = uuid.New()
	_, _, err := c.keys.Key(t.Context(), o.Org, stolen.Subject)
	require.NoError(t, err)
	_, err = c.Read(t.Context(), stolen)
	require.EqualError(t, err, "the sealed value was changed, or sealed under another key or for another place")
	path := filepath.Join(c.dir, o.Org.String(), f.ID[:2], f.ID)
	sealed, err := os.ReadFile(path)
	require.NoError(t, err)
	sealed[20] ^= 1
	require.NoError(t, os.WriteFile(path, sealed, 0o600))
	_, err = c.Read(t.Context(), f)
	require.ErrorContains(t, err, "its name is not its hash any more")
}

func TestErasedIsErased(t *testing.T) {
	c, o := open(t), owner()
	f := c.put(t, o, 1)
	require.NoError(t, c.keys.Destroy(t.Context(), keys.ID(o.Org, o.Subject)))
	_, err := c.Read(t.Context(), f)
	require.ErrorIs(t, err, keys.ErrDestroyed)
	_, err = c.Put(t.Context(), o, picture(t, 2))
	require.EqualError(t, err, "subject_erased: the person's records were erased")
}

func TestAnAccountsPicture(t *testing.T) {
	c := open(t)
	account := uuid.New()
	f := c.put(t, files.Owner{Subject: account, Purpose: files.Avatar, Sender: domain.Actor{Kind: domain.ActorAccount, ID: account.String()}}, 1)
	found, err := c.Lookup(domain.ID{}, f.ID)
	require.NoError(t, err)
	plain, err := c.Read(t.Context(), found)
	require.NoError(t, err)
	m, err := jpeg.DecodeConfig(bytes.NewReader(plain))
	require.NoError(t, err)
	require.Equal(t, m.Width, m.Height)
}

func TestAFullOrClosedDiskKeepsNothing(t *testing.T) {
	c, o := open(t), owner()
	require.NoError(t, os.RemoveAll(c.dir))
	require.NoError(t, os.WriteFile(c.dir, nil, 0o600)) // no folder can be made here
	_, err := c.Put(t.Context(), o, picture(t, 1))
	require.ErrorContains(t, err, "read what was sent today")
}
