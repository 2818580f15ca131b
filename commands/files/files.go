// Package files keeps photos and proofs outside the ledger: encrypted, and named by the SHA-256 of the ciphertext (events §3).
//
// A file lies at <dir>/<org>/<two digits>/<name>. Beside it, <name>.json says whose it is; encryption covers the owner,
// so that a changed one opens nothing. <dir>/<org>/people/<member>/<day> lists what a person sent on a day (UTC).
package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/dakahq/daka/commands/files/photo"
	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/domain"
)

// Purpose is what a file is for.
type Purpose string

// The purposes.
const (
	Punch  Purpose = "punch"  // the photo of a punch
	Proof  Purpose = "proof"  // what a request shows
	Avatar Purpose = "avatar" // an account's picture
)

// DailyQuota is how many files a person may send on a day (UTC).
const DailyQuota = 20

// Owner says whose file it is and who sent it.
type Owner struct {
	// Org is the nil id for an account's file.
	Org domain.ID `json:"org"`
	// Subject is the member, or the account; its key encrypts the file.
	Subject domain.ID    `json:"subject"`
	Purpose Purpose      `json:"purpose"`
	Sender  domain.Actor `json:"sender"`
}

// aad is covered by the encryption.
func (o Owner) aad() []byte {
	return domain.NewPreimage("daka/file/1").LPID(o.Org).LPID(o.Subject).LP(string(o.Purpose)).LP(string(o.Sender.Kind)).LP(o.Sender.ID).Bytes()
}

// File is a kept file.
type File struct {
	// ID is the SHA-256 of the ciphertext, 64 lower-case hex digits.
	ID string `json:"-"`
	Owner
	// At is when it was sent first, UTC.
	At time.Time `json:"at"`
	// Seen is what tells a used picture again, sealed under the organization's key: see photo.Photo.
	Seen string `json:"seen"`
}

// Store keeps files. Several processes may share its folder.
type Store struct {
	dir    string
	keys   *keys.Store
	photos *photo.Reader
	now    func() time.Time
	// turns hold back a person's second upload while the first is counted.
	turns [64]sync.Mutex
}

// Open makes the folder if it is absent, closed to other users.
func Open(dir string, store *keys.Store, now func() time.Time) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of files: %w", err)
	}
	return &Store{dir: dir, keys: store, photos: photo.NewReader(), now: now}, nil
}

// Put reads a picture, encrypts it under its owner's key, and keeps it; it is on disk when Put returns. The same picture
// again is the same file. Refusals: those of photo.Reader, and file_quota.
func (s *Store) Put(ctx context.Context, owner Owner, original []byte) (File, error) {
	shape := photo.Picture()
	if owner.Purpose == Avatar {
		shape = photo.Avatar()
	}
	p, err := s.photos.Read(ctx, original, shape)
	if err != nil {
		return File{}, err
	}
	_, key, err := s.keys.Key(ctx, owner.Org, owner.Subject)
	if errors.Is(err, keys.ErrDestroyed) {
		return File{}, domain.Refuse("subject_erased", "the person's records were erased")
	}
	if err != nil {
		return File{}, fmt.Errorf("the key of a file's owner: %w", err)
	}
	sealed, err := key.SealFile(p.JPEG, owner.aad())
	if err != nil {
		return File{}, err
	}
	sum := sha256.Sum256(sealed)
	f := File{ID: hex.EncodeToString(sum[:]), Owner: owner, At: s.now().UTC()}
	if f.Seen, err = s.seal(ctx, f, p); err != nil {
		return File{}, err
	}
	return s.keep(f, sealed)
}

// seal hides what would tell an outsider that two people sent one picture.
func (s *Store) seal(ctx context.Context, f File, p photo.Photo) (string, error) {
	owner := f.Org
	if owner == (domain.ID{}) {
		owner = f.Subject
	}
	_, key, err := s.keys.Key(ctx, f.Org, owner)
	if err != nil {
		return "", fmt.Errorf("the key of a file's organization: %w", err)
	}
	plain := fmt.Sprintf(`{"sha256":"%x","dhash":"%016x"}`, p.Original, p.DHash)
	return key.Seal([]byte(plain), domain.NewPreimage("daka/file-seen/1").LP(f.ID).Bytes())
}

// keep counts and writes. The list comes first: what is not listed could be neither counted nor erased.
func (s *Store) keep(f File, sealed []byte) (File, error) {
	turn := &s.turns[int(f.Subject[15])%len(s.turns)]
	turn.Lock()
	defer turn.Unlock()
	if known, err := s.Lookup(f.Org, f.ID); err == nil {
		return known, nil
	}
	if err := s.count(f); err != nil {
		return File{}, err
	}
	words, err := json.Marshal(f)
	if err != nil {
		return File{}, fmt.Errorf("write down a file's owner: %w", err)
	}
	path := s.path(f.Org, f.ID)
	if err := write(path+".json", words); err != nil {
		return File{}, err
	}
	return f, write(path, sealed)
}

// count refuses what goes beyond the day's quota, and lists the file otherwise.
func (s *Store) count(f File) error {
	path := filepath.Join(s.root(f.Org), "people", f.Subject.String(), f.At.Format("20060102"))
	listed, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read what was sent today: %w", err)
	}
	lines := strings.Fields(string(listed))
	for _, line := range lines {
		if line == f.ID { // a try before this one listed it and came no further
			return nil
		}
	}
	if len(lines) >= DailyQuota {
		return domain.Refuse("file_quota", "%d pictures were sent today, more are taken tomorrow; a punch is taken without one", DailyQuota)
	}
	return add(path, f.ID+"\n")
}

// Lookup is what is known of a file of an organization (the nil id: of accounts); fs.ErrNotExist when there is none.
func (s *Store) Lookup(org domain.ID, id string) (File, error) {
	if !IsName(id) {
		return File{}, fs.ErrNotExist
	}
	path := s.path(org, id)
	if _, err := os.Stat(path); err != nil {
		return File{}, err
	}
	words, err := os.ReadFile(path + ".json")
	if err != nil {
		return File{}, err
	}
	f := File{ID: id}
	if err := json.Unmarshal(words, &f); err != nil {
		return File{}, fmt.Errorf("read a file's owner from %s.json: %w", path, err)
	}
	return f, nil
}

// Has says that a member's own photo of a punch is kept here.
func (s *Store) Has(org, member domain.ID, id string) bool {
	f, err := s.Lookup(org, id)
	return err == nil && f.Subject == member && f.Purpose == Punch
}

// Read opens a file: a JPEG. keys.ErrDestroyed when its owner was erased.
func (s *Store) Read(ctx context.Context, f File) ([]byte, error) {
	sealed, err := os.ReadFile(s.path(f.Org, f.ID))
	if err != nil {
		return nil, fmt.Errorf("read a file: %w", err)
	}
	if sum := sha256.Sum256(sealed); hex.EncodeToString(sum[:]) != f.ID {
		return nil, fmt.Errorf("the file %s was changed on disk: its name is not its hash any more; restore it from a backup", f.ID)
	}
	key, err := s.keys.Lookup(ctx, keys.ID(f.Org, f.Subject))
	if err != nil {
		return nil, fmt.Errorf("the key of a file's owner: %w", err)
	}
	return key.OpenFile(sealed, f.aad())
}

func (s *Store) root(org domain.ID) string {
	if org == (domain.ID{}) {
		return filepath.Join(s.dir, "accounts")
	}
	return filepath.Join(s.dir, org.String())
}

func (s *Store) path(org domain.ID, id string) string {
	return filepath.Join(s.root(org), id[:2], id)
}

// IsName says that a text is a file's name: 64 lower-case hex digits.
func IsName(id string) bool {
	return len(id) == 2*sha256.Size && strings.Trim(id, "0123456789abcdef") == ""
}
