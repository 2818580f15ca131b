package node

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
)

const (
	markSlot  = 512
	markMagic = "daka ack"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// acked is what the mark says: everything up to pos was acknowledged, the newest of it in the write-ahead log of these
// salts, within its first frames. closing: the log may have been emptied since.
type acked struct {
	seq     uint64
	pos     int64
	salt    [8]byte
	frames  uint32
	closing bool
}

// mark is a small file beside the store. It is written after a commit's fsync and before its answers, so it never
// claims more than the disk holds; and it survives a kill, so that a store that holds less was damaged. Two slots take
// turns: a torn write spoils one of them only.
type mark struct {
	f   *os.File
	log *os.File // the write-ahead log, for its salts
	now acked
	buf [markSlot]byte
}

// openMark reads both slots; fresh says that there was no file. A file with no readable slot is refused.
func openMark(path string) (m *mark, fresh bool, err error) {
	_, err = os.Stat(path)
	fresh = errors.Is(err, fs.ErrNotExist)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, false, fmt.Errorf("open the acknowledgement mark: %w", err)
	}
	m = &mark{f: f}
	if fresh {
		if err := m.write(acked{}); err != nil {
			return nil, true, errors.Join(err, f.Close())
		}
		return m, true, f.Sync()
	}
	found := false
	for slot := range int64(2) {
		a, ok := m.read(slot)
		if ok && (!found || a.seq > m.now.seq) {
			m.now, found = a, true
		}
	}
	if !found {
		_ = f.Close()
		return nil, false, fmt.Errorf("the acknowledgement mark %s is damaged: nobody can tell whether the newest events are all there; restore a backup, or remove this file to accept the store as it is", path)
	}
	return m, false, nil
}

func (m *mark) read(slot int64) (acked, bool) {
	var b [markSlot]byte
	n, _ := m.f.ReadAt(b[:], slot*markSlot)
	if n < 48 || string(b[:8]) != markMagic || binary.BigEndian.Uint32(b[44:]) != crc32.Checksum(b[:44], castagnoli) {
		return acked{}, false
	}
	a := acked{seq: binary.BigEndian.Uint64(b[8:]), pos: int64(binary.BigEndian.Uint64(b[16:]))}
	copy(a.salt[:], b[24:32])
	a.frames, a.closing = binary.BigEndian.Uint32(b[32:]), b[36] == 1
	return a, true
}

func (m *mark) write(a acked) error {
	a.seq = m.now.seq + 1
	b := m.buf[:48]
	copy(b, markMagic)
	binary.BigEndian.PutUint64(b[8:], a.seq)
	binary.BigEndian.PutUint64(b[16:], uint64(a.pos))
	copy(b[24:], a.salt[:])
	binary.BigEndian.PutUint32(b[32:], a.frames)
	binary.BigEndian.PutUint32(b[36:], 0)
	b[36] = boolByte(a.closing)
	binary.BigEndian.PutUint32(b[40:], 0)
	binary.BigEndian.PutUint32(b[44:], crc32.Checksum(b[:44], castagnoli))
	if _, err := m.f.WriteAt(m.buf[:], int64(a.seq%2)*markSlot); err != nil {
		return fmt.Errorf("write the acknowledgement mark: %w", err)
	}
	m.now = a
	return nil
}

// acknowledge notes that events up to pos are durable, in the first frames of the write-ahead log at wal. The salts
// tell this generation of the log from the next one, which starts over at frame 1.
func (m *mark) acknowledge(pos int64, wal string, frames int) error {
	if m.log == nil {
		f, err := os.Open(wal)
		if err != nil {
			return fmt.Errorf("open the write-ahead log: %w", err)
		}
		m.log = f
	}
	a := acked{pos: pos, frames: uint32(frames)}
	if _, err := m.log.ReadAt(a.salt[:], 16); err != nil {
		return fmt.Errorf("read the write-ahead log's header: %w", err)
	}
	anew := a.salt != m.now.salt
	if err := m.write(a); err != nil || !anew {
		return err
	}
	return m.f.Sync() // so that even after a cut of power the mark is never two generations of the log behind
}

// closing notes that the log is about to be emptied, or (emptied) that it is.
func (m *mark) closing(emptied bool) error {
	a := m.now
	a.closing = true
	if emptied {
		a = acked{pos: m.now.pos}
	}
	if err := m.write(a); err != nil {
		return err
	}
	return m.f.Sync()
}

func (m *mark) close() error {
	var err error
	if m.log != nil {
		err = m.log.Close()
	}
	return errors.Join(err, m.f.Close())
}

// sync puts the mark on the disk; it is called now and then, not for every commit.
func (m *mark) sync() error { return m.f.Sync() }
