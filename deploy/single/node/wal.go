package node

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

const (
	walHeader   = 32
	frameHeader = 24
)

// walState is what a write-ahead log file really holds: whole frames up to and including the last commit.
type walState struct {
	present bool
	salt    [8]byte
	frames  uint32
}

// readWAL walks the log as SQLite's recovery does: frames count while their cumulative checksums hold. Any changed bit
// in a frame ends the count there.
func readWAL(path string, pageSize int) (walState, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return walState{}, nil
	}
	if err != nil {
		return walState{}, fmt.Errorf("read the write-ahead log: %w", err)
	}
	defer func() { _ = f.Close() }()
	in := bufio.NewReaderSize(f, 256<<10)
	var head [walHeader]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return walState{}, notEnd(err)
	}
	order, ok := walOrder(binary.BigEndian.Uint32(head[:]))
	sum := walSum{order: order}
	sum.add(head[:24])
	if !ok || !sum.is(head[24:32]) || binary.BigEndian.Uint32(head[8:]) != uint32(pageSize) {
		return walState{}, nil
	}
	w := walState{present: true}
	copy(w.salt[:], head[16:24])
	return w, w.count(in, sum, pageSize)
}

// count reads frames until one is not whole.
func (w *walState) count(in io.Reader, sum walSum, pageSize int) error {
	b := make([]byte, frameHeader+pageSize)
	for whole := uint32(1); ; whole++ {
		if _, err := io.ReadFull(in, b); err != nil {
			return notEnd(err)
		}
		sum.add(b[:8])
		sum.add(b[frameHeader:])
		if string(b[8:16]) != string(w.salt[:]) || !sum.is(b[16:24]) {
			return nil
		}
		if binary.BigEndian.Uint32(b[4:]) != 0 {
			w.frames = whole
		}
	}
}

func notEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return fmt.Errorf("read the write-ahead log: %w", err)
}

func walOrder(magic uint32) (binary.ByteOrder, bool) {
	switch magic {
	case 0x377f0682:
		return binary.LittleEndian, true
	case 0x377f0683:
		return binary.BigEndian, true
	}
	return binary.LittleEndian, false
}

// walSum is the log's running checksum (SQLite's file format, section 4.2).
type walSum struct {
	order  binary.ByteOrder
	s1, s2 uint32
}

func (w *walSum) add(b []byte) {
	s1, s2 := w.s1, w.s2
	if w.order == binary.LittleEndian {
		for ; len(b) >= 8; b = b[8:] {
			s1 += binary.LittleEndian.Uint32(b) + s2
			s2 += binary.LittleEndian.Uint32(b[4:]) + s1
		}
	}
	for ; len(b) >= 8; b = b[8:] {
		s1 += binary.BigEndian.Uint32(b) + s2
		s2 += binary.BigEndian.Uint32(b[4:]) + s1
	}
	w.s1, w.s2 = s1, s2
}

func (w *walSum) is(b []byte) bool {
	return w.s1 == binary.BigEndian.Uint32(b) && w.s2 == binary.BigEndian.Uint32(b[4:])
}

// check compares the log with what the mark says was acknowledged in it; the error names what is missing.
func (w walState) check(a acked, path string) error {
	if a.frames == 0 || a.closing {
		return nil
	}
	if !w.present {
		return fmt.Errorf("the write-ahead log %s is missing or its header is damaged: it held %d acknowledged frames, up to position %d", path, a.frames, a.pos)
	}
	if w.salt == a.salt {
		if w.frames >= a.frames {
			return nil
		}
		return fmt.Errorf("the write-ahead log %s is damaged: %d whole frames, %d were acknowledged, up to position %d", path, w.frames, a.frames, a.pos)
	}
	if binary.BigEndian.Uint32(w.salt[:]) == binary.BigEndian.Uint32(a.salt[:])+1 {
		return nil // started over after a whole checkpoint; nothing in it was acknowledged yet
	}
	return fmt.Errorf("the write-ahead log %s is another one than the acknowledged one, which held events up to position %d", path, a.pos)
}
