package directory

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"syscall"

	"github.com/dakahq/daka/commands/eventlog"
)

// cache keeps the events that the subscription brought in a file, in the order of the log, so that a start asks the store only for what came
// after them. Events never change, so what was read once need not be read again; whether the log still is the one they came from is for
// the caller to ask of the last of them. The file is never the truth: it may be deleted while nothing runs, what a crash left unwritten is
// read from the log again, and from the first damaged frame on it is cut off.
//
// A frame is the payload's length and CRC-32C, 4 bytes each, big endian, and the payload. One process holds the file at a time.
type cache struct {
	file *os.File
	w    *bufio.Writer
	// last is the position of the last event in the file.
	last  eventlog.Position
	frame []byte
}

const (
	cacheMagic = "daka directory 1\n"
	frameHead  = 8
	// frameLimit is far more than the store takes for one event.
	frameLimit  = 64 << 20
	cacheBuffer = 256 << 10
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	// errFrame ends what can be used of the file.
	errFrame = errors.New("the frame is torn or damaged")
)

// openCache takes the file, and makes it where there is none. Another program's file is refused.
func openCache(path string) (*cache, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the directory's cache: %w", err)
	}
	c := &cache{file: f, w: bufio.NewWriterSize(f, cacheBuffer)}
	if err := c.take(); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("take the directory's cache %s: %w", path, err)
	}
	return c, nil
}

func (c *cache) take() error {
	if err := syscall.Flock(int(c.file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("another process holds it: %w", err)
	}
	head := make([]byte, len(cacheMagic))
	n, err := io.ReadFull(c.file, head)
	switch {
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	case string(head[:n]) == cacheMagic:
		return nil
	case cacheMagic[:n] == string(head[:n]): // new, or torn when it was made
		return c.clear()
	}
	return errors.New("it is another program's file, or a newer daka's; delete it")
}

// clear empties the file.
func (c *cache) clear() error {
	c.last = eventlog.Position{}
	if err := c.cut(0); err != nil {
		return err
	}
	_, err := c.w.WriteString(cacheMagic)
	return errors.Join(err, c.w.Flush())
}

// cut ends the file at a length; what is added goes there.
func (c *cache) cut(length int64) error {
	c.w.Reset(c.file)
	if err := c.file.Truncate(length); err != nil {
		return err
	}
	_, err := c.file.Seek(length, io.SeekStart)
	return err
}

// end gives the last event without its bytes, false for none, and cuts off what cannot be used. It comes before the first add.
func (c *cache) end() (last eventlog.Raw, found bool, err error) {
	good := int64(len(cacheMagic))
	err = c.each(func(e eventlog.Raw, size int) error {
		if !last.Position.Less(e.Position) {
			return errFrame
		}
		good += int64(size)
		last, found = e, true
		return nil
	})
	if err != nil && !errors.Is(err, errFrame) {
		return last, false, fmt.Errorf("read the directory's cache: %w", err)
	}
	last.Data, last.Metadata = nil, nil
	c.last = last.Position
	return last, found, c.cut(good)
}

// each gives every event with the size of its frame, in the log's order. The event's bytes are good until fn returns.
func (c *cache) each(fn func(e eventlog.Raw, size int) error) error {
	r := bufio.NewReaderSize(io.NewSectionReader(c.file, int64(len(cacheMagic)), math.MaxInt64-int64(len(cacheMagic))), cacheBuffer)
	for {
		payload, err := c.next(r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		event, err := decodeFrame(payload)
		if err == nil {
			err = fn(event, frameHead+len(payload))
		}
		if err != nil {
			return err
		}
	}
}

// next reads a frame into memory that the one after it uses again; io.EOF is the end.
func (c *cache) next(r io.Reader) ([]byte, error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(r, head[:]); errors.Is(err, io.EOF) {
		return nil, io.EOF
	} else if err != nil {
		return nil, torn(err)
	}
	length := int(binary.BigEndian.Uint32(head[:4]))
	if length > frameLimit {
		return nil, errFrame
	}
	if cap(c.frame) < length {
		c.frame = make([]byte, length)
	}
	payload := c.frame[:length]
	if _, err := io.ReadFull(r, payload); err != nil {
		return nil, torn(err)
	}
	if crc32.Checksum(payload, castagnoli) != binary.BigEndian.Uint32(head[4:]) {
		return nil, errFrame
	}
	return payload, nil
}

// torn tells a file that ends too early from a disk that cannot be read.
func torn(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errFrame
	}
	return err
}

// add writes an event that stands behind the last one; others are in the file already.
func (c *cache) add(e eventlog.Raw) error {
	if !c.last.Less(e.Position) {
		return nil
	}
	c.frame = appendFrame(c.frame[:0], e)
	if _, err := c.w.Write(c.frame); err != nil {
		return fmt.Errorf("write the directory's cache: %w", err)
	}
	c.last = e.Position
	return nil
}

// flush hands what was added to the system; a crash of the machine may still lose it.
func (c *cache) flush() error {
	if err := c.w.Flush(); err != nil {
		return fmt.Errorf("write the directory's cache: %w", err)
	}
	return nil
}

func (c *cache) close() error { return errors.Join(c.w.Flush(), c.file.Close()) }

func appendFrame(b []byte, e eventlog.Raw) []byte {
	start := len(b)
	b = append(b, make([]byte, frameHead)...)
	b = binary.BigEndian.AppendUint64(b, e.Position.Commit)
	b = binary.BigEndian.AppendUint64(b, e.Position.Prepare)
	b = binary.BigEndian.AppendUint64(b, e.Revision)
	b = append(b, e.ID[:]...)
	for _, part := range [][]byte{[]byte(e.Stream), []byte(e.Type), e.Metadata} {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	b = append(b, e.Data...)
	head, payload := b[start:], b[start+frameHead:]
	binary.BigEndian.PutUint32(head, uint32(len(payload)))
	binary.BigEndian.PutUint32(head[4:], crc32.Checksum(payload, castagnoli))
	return b
}

const fixedPart = 3*8 + 16

func decodeFrame(b []byte) (eventlog.Raw, error) {
	var e eventlog.Raw
	if len(b) < fixedPart {
		return e, errFrame
	}
	e.Position = eventlog.Position{Commit: binary.BigEndian.Uint64(b), Prepare: binary.BigEndian.Uint64(b[8:])}
	e.Revision = binary.BigEndian.Uint64(b[16:])
	copy(e.ID[:], b[24:])
	b = b[fixedPart:]
	var parts [3][]byte
	for i := range parts {
		length, n := binary.Uvarint(b)
		if n <= 0 || uint64(len(b)-n) < length {
			return e, errFrame
		}
		parts[i], b = b[n:n+int(length)], b[n+int(length):]
	}
	e.Stream, e.Type, e.Metadata, e.Data = string(parts[0]), string(parts[1]), parts[2], b
	return e, nil
}
