package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // plants a missing event into a copy of a store

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/deploy/single/rig"
)

// damages is how many flips, tears and tails are tried on copies of one store.
const damages = 100

// damage tears and flips copies of a store that was killed while it wrote, and plants a missing event.
func (t *torture) damage(ctx context.Context) error {
	store, acks, err := t.killedStore(ctx)
	if err != nil {
		return err
	}
	whole, err := t.contents(ctx, store, "whole", acks)
	if err != nil {
		return fmt.Errorf("reading the store before any damage: %w", err)
	}
	fmt.Fprintf(t.Out, "  the store holds %d events, %d of them up to the last acknowledgement before the kill\n", whole.count, whole.acked)
	if err := t.tails(ctx, store, whole); err != nil {
		return err
	}
	if err := t.each(ctx, store, whole, "bit flip", t.flip); err != nil {
		return err
	}
	if err := t.each(ctx, store, whole, "tear", t.tear); err != nil {
		return err
	}
	return t.missingEvent(ctx, store)
}

// contents is what a client can read of a store.
type contents struct {
	count int
	// sums holds, for every event, the hash of all bytes up to it.
	sums [][sha256.Size]byte
	// acked is how many events must be there: up to the last one that was acknowledged before the kill.
	acked int
}

// serves says that a damaged store still gives everything that was acknowledged, and nothing else than was written.
func (c contents) serves(found contents) bool {
	return found.count >= c.acked && found.count <= c.count && found.count > 0 && found.sums[found.count-1] == c.sums[found.count-1]
}

// killedStore punches for some seconds, kills the server, and gives the store as it was left.
func (t *torture) killedStore(ctx context.Context) (string, []rig.Ack, error) {
	s, err := t.open(ctx, "damage", 0, nil)
	if err != nil {
		return "", nil, err
	}
	if err := s.punching(ctx); err != nil {
		return "", nil, err
	}
	for s.load.Acked() < 10*t.perSecond {
		t.pause(100e6, 200e6)
	}
	if err := s.server.Kill(); err != nil {
		return "", nil, err
	}
	acked := s.load.Acked()
	if err := killPostmaster(s.server.Data); err != nil {
		return "", nil, err
	}
	store := t.dir("damage-store")
	if err := os.CopyFS(store, os.DirFS(filepath.Join(s.server.Data, "events"))); err != nil {
		return "", nil, fmt.Errorf("copying the killed store: %w", err)
	}
	if err := s.server.Start(); err != nil {
		return "", nil, err
	}
	acks, err := s.load.End()
	return store, acks[:min(acked, len(acks))], errors.Join(err, s.server.Stop())
}

// contents opens a copy of the store and reads everything through a client.
func (t *torture) contents(ctx context.Context, store, name string, acks []rig.Ack) (contents, error) {
	dir := t.dir("copy-" + name)
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, os.DirFS(store)); err != nil {
		return contents{}, fmt.Errorf("copying the store: %w", err)
	}
	acked := map[string]bool{}
	for _, a := range acks {
		acked[a.Position] = true
	}
	return readStore(ctx, dir, acked)
}

// readStore reads everything; acked are the places that were acknowledged, nil where that is known already.
func readStore(ctx context.Context, dir string, acked map[string]bool) (contents, error) {
	log, done, err := openStore(ctx, dir)
	if err != nil {
		return contents{}, err
	}
	defer done()
	var found contents
	hash := sha256.New()
	var after eventlog.Position
	for {
		n := 0
		err := log.ReadAll(ctx, after, 4096, func(e eventlog.Raw) error {
			n, after = n+1, e.Position
			found.count++
			fmt.Fprintf(hash, "%d %d %s %d %s %s %t %d ", e.Position.Commit, e.Position.Prepare, e.Stream, e.Revision, e.ID, e.Type, e.JSON, e.Created.UnixNano())
			hash.Write(e.Data)
			hash.Write(e.Metadata)
			found.sums = append(found.sums, [sha256.Size]byte(hash.Sum(nil)))
			if acked[fmt.Sprintf("%s@%d", e.Stream, e.Revision)] {
				found.acked = found.count
			}
			return nil
		})
		if err != nil || n == 0 {
			return found, err
		}
	}
}

// tails appends garbage behind the acknowledged bytes: everything acknowledged must still be served.
func (t *torture) tails(ctx context.Context, store string, whole contents) error {
	served := 0
	for range damages / 5 {
		dir := t.dir("copy-tail")
		if err := os.CopyFS(dir, os.DirFS(store)); err != nil {
			return fmt.Errorf("copying the store: %w", err)
		}
		wal, err := filepath.Glob(filepath.Join(dir, "*-wal"))
		if err != nil || len(wal) != 1 {
			return fmt.Errorf("looking for the write-ahead log: %v, %w", wal, err)
		}
		garbage := make([]byte, 1+t.rand.IntN(40_000))
		for i := range garbage {
			garbage[i] = byte(t.rand.Uint32())
		}
		if err := appendTo(wal[0], garbage); err != nil {
			return err
		}
		if found, err := readStore(ctx, dir, nil); err == nil && whole.serves(found) {
			served++
		}
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	t.Expect(served == damages/5, "torn writes behind the last acknowledged byte: %d of %d stores serve everything", served, damages/5)
	return nil
}

func appendTo(file string, b []byte) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("opening %s: %w", file, err)
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Close())
}

// each damages a copy many times; a copy must be named as damaged, or still serve everything acknowledged, unchanged.
func (t *torture) each(ctx context.Context, store string, whole contents, name string, hurt func(dir string) (string, error)) error {
	named, harmless := 0, 0
	for range damages {
		dir := t.dir("copy-hurt")
		if err := os.CopyFS(dir, os.DirFS(store)); err != nil {
			return fmt.Errorf("copying the store: %w", err)
		}
		where, err := hurt(dir)
		if err != nil {
			return err
		}
		found, err := readStore(ctx, dir, nil)
		switch {
		case err != nil:
			named++
		case whole.serves(found):
			harmless++
		default:
			t.Expect(false, "%s at %s was served: %d of %d events", name, where, found.count, whole.count)
		}
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	t.Expect(named+harmless == damages, "%d × %s in the store's files: %d named, %d where nothing acknowledged stood, %d served silently",
		damages, name, named, harmless, damages-named-harmless)
	return nil
}

// flip changes one bit somewhere in the store's database or write-ahead log.
func (t *torture) flip(dir string) (string, error) {
	file, size, err := t.pick(dir)
	if err != nil {
		return "", err
	}
	at := t.rand.Int64N(size)
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return "", fmt.Errorf("opening %s: %w", file, err)
	}
	defer f.Close()
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, at); err != nil {
		return "", fmt.Errorf("reading %s: %w", file, err)
	}
	b[0] ^= 1 << t.rand.IntN(8)
	_, err = f.WriteAt(b, at)
	return fmt.Sprintf("%s byte %d", filepath.Base(file), at), err
}

// tear cuts the file short, inside what was acknowledged.
func (t *torture) tear(dir string) (string, error) {
	file, size, err := t.pick(dir)
	if err != nil {
		return "", err
	}
	at := size/10 + t.rand.Int64N(size*8/10)
	return fmt.Sprintf("%s cut at %d of %d", filepath.Base(file), at, size), os.Truncate(file, at)
}

// pick chooses a data file of the store, each by its size.
func (t *torture) pick(dir string) (string, int64, error) {
	var files []string
	var sizes []int64
	var total int64
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !(strings.HasSuffix(path, ".db") || strings.HasSuffix(path, "-wal")) {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Size() > 0 {
			files, sizes = append(files, path), append(sizes, info.Size())
			total += info.Size()
		}
		return err
	})
	if err != nil || total == 0 {
		return "", 0, fmt.Errorf("looking for the store's files in %s: %w", dir, err)
	}
	at := t.rand.Int64N(total)
	for i, size := range sizes {
		if at < size {
			return files[i], size, nil
		}
		at -= size
	}
	return files[0], sizes[0], nil
}

// missingEvent deletes an event that has a successor in its stream; no projector may step over it.
func (t *torture) missingEvent(ctx context.Context, store string) error {
	data := t.dir("planted")
	events := filepath.Join(data, "events")
	if err := os.MkdirAll(data, 0o755); err != nil {
		return err
	}
	if err := os.CopyFS(events, os.DirFS(store)); err != nil {
		return fmt.Errorf("copying the store: %w", err)
	}
	keys := filepath.Join(data, "keys")
	if err := errors.Join(os.CopyFS(keys, os.DirFS(filepath.Join(t.dir("damage"), "keys"))), os.Chmod(keys, 0o700), os.Chmod(filepath.Join(keys, "master.key"), 0o600)); err != nil {
		return fmt.Errorf("copying the keys: %w", err)
	}
	planted, err := deleteEvent(events)
	if err != nil {
		return err
	}
	server, err := rig.Daka(t.bin, "serve", data, nil)
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	defer server.Kill()
	t.pause(8e9, 9e9)
	token, err := server.Token()
	if err != nil {
		return fmt.Errorf("the store without event %d did not start: %w\n%s", planted, err, server.LastWords())
	}
	reached, err := rig.Reached(ctx, rig.NewClient(server.URL(), token))
	t.Expect(err == nil && reached.Position() < planted && strings.Contains(reached.Problem+reached.LastError, "missing"),
		"a missing event at %d stops the projector at %d: %s %s", planted, reached.Position(), cmp.Or(reached.Problem, reached.LastError), tail("", err))
	return nil
}

// deleteEvent takes one event out of the file behind the node's back, and gives its position.
func deleteEvent(dir string) (int64, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.db"))
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("looking for the store's file in %s: %w", dir, err)
	}
	db, err := sql.Open("sqlite", files[0])
	if err != nil {
		return 0, fmt.Errorf("opening %s: %w", files[0], err)
	}
	defer db.Close()
	var pos int64
	query := `SELECT e.pos FROM events e JOIN events n ON n.stream = e.stream AND n.rev = e.rev + 1 ORDER BY e.pos DESC LIMIT 1`
	if err := db.QueryRow(query).Scan(&pos); err != nil {
		return 0, fmt.Errorf("finding an event with a successor: %w", err)
	}
	for _, statement := range []string{"DROP TRIGGER IF EXISTS events_stay", fmt.Sprintf("DELETE FROM events WHERE pos = %d", pos)} {
		if _, err := db.Exec(statement); err != nil {
			return 0, fmt.Errorf("%s: %w", statement, err)
		}
	}
	return pos, nil
}
