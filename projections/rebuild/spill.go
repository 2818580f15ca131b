package rebuild

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/fold"
	"github.com/dakahq/daka/projections/tables"
)

// spill keeps the punches of a rebuild in a file without a name until all other facts are in. It divides them by member into parts, each
// small enough to be sorted in memory: so a rebuild needs the same memory for any ledger, and rows go to Postgres in the order of
// their key. What is written are rows in Postgres' COPY format, each behind its length.
type spill struct {
	file  *os.File
	size  int64
	parts []part
	row   tables.Rows
}

// part holds members whose ids are next to one another.
type part struct {
	waiting []byte
	written []extent
	punches int
}

type extent struct {
	at   int64
	size int
}

const (
	// partPunches is about how many punches a part should hold; one takes about 320 bytes.
	partPunches = 16_000
	partsMost   = 4096
	// partBuffer is what a part gathers before it is written.
	partBuffer = 16 << 10
)

// newSpill makes a file in dir for about so many events; nobody else can open it, and it is gone with the process.
func newSpill(dir string, events uint64) (*spill, error) {
	file, err := os.CreateTemp(dir, "daka-rebuild-*")
	if err != nil {
		return nil, fmt.Errorf("make a file for the punches of a rebuild: %w", err)
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, fmt.Errorf("take away the name of %s: %w", file.Name(), err)
	}
	return &spill{file: file, parts: make([]part, min(1+events/partPunches, partsMost))}, nil
}

func (s *spill) close() error { return s.file.Close() }

// partOf goes by the first bytes of the id, so that the parts are in the order of the members.
func (s *spill) partOf(m domain.ID) int {
	return int(uint64(binary.BigEndian.Uint32(m[:4])) * uint64(len(s.parts)) >> 32)
}

// add keeps the row of a punch.
func (s *spill) add(r *feed.Record) error {
	e, _ := r.Event.(domain.PunchRecorded)
	s.row.Bytes = s.row.Bytes[:0]
	fold.CopyPunch(&s.row, r)
	p := &s.parts[s.partOf(e.Member)]
	if len(p.waiting)+4+len(s.row.Bytes) > partBuffer {
		if err := s.write(p); err != nil {
			return err
		}
	}
	p.waiting = append(binary.BigEndian.AppendUint32(p.waiting, uint32(len(s.row.Bytes))), s.row.Bytes...)
	p.punches++
	return nil
}

func (s *spill) write(p *part) error {
	if len(p.waiting) == 0 {
		return nil
	}
	if _, err := s.file.WriteAt(p.waiting, s.size); err != nil {
		return fmt.Errorf("keep the punches of a rebuild: %w", err)
	}
	p.written = append(p.written, extent{s.size, len(p.waiting)})
	s.size += int64(len(p.waiting))
	p.waiting = p.waiting[:0]
	return nil
}

// take reads a part into the memory of into, and forgets it; its rows are by member, instant and id. It gives the memory, which may be
// larger now.
func (s *spill) take(i int, into []byte) (rows []spilled, all []byte, err error) {
	p := &s.parts[i]
	size := len(p.waiting)
	for _, e := range p.written {
		size += e.size
	}
	if all = into[:0]; cap(all) < size {
		all = make([]byte, 0, size+size/4)
	}
	for _, e := range p.written {
		at := len(all)
		all = all[:at+e.size]
		if _, err := s.file.ReadAt(all[at:], e.at); err != nil {
			return nil, all, fmt.Errorf("read the punches of a rebuild: %w", err)
		}
	}
	all = append(all, p.waiting...)
	rows = make([]spilled, 0, p.punches)
	for rest := all; len(rest) > 0; {
		n := 4 + int(binary.BigEndian.Uint32(rest))
		rows = append(rows, spilled(rest[4:n:n]))
		rest = rest[n:]
	}
	*p = part{}
	slices.SortFunc(rows, compareSpilled)
	return rows, all, nil
}

// spilled is a row of punchColumns in COPY's format. Its first columns are never null, so that they stand at fixed places.
type spilled []byte

// The columns of a spilled row that a rebuild reads, by their places in punchColumns.
const (
	spilledCheck      = 8
	spilledSource     = 9
	spilledPlace      = 10
	spilledGroup      = 11
	spilledVersion    = 12
	spilledBound      = 13
	spilledPhoto      = 14
	spilledFlags      = 15
	spilledReview     = 16
	spilledVoided     = 17
	spilledLocalDate  = 20
	spilledLocalHour  = 21
	punchColumnsCount = 22
)

func (r spilled) member() tables.MemberKey {
	return tables.MemberKey{Org: domain.ID(r[6:22]), ID: domain.ID(r[26:42])}
}
func (r spilled) micros() int64 { return int64(binary.BigEndian.Uint64(r[46:54])) + tables.PgEpoch }
func (r spilled) at() time.Time { return time.UnixMicro(r.micros()).UTC() }
func (r spilled) id() domain.ID { return domain.ID(r[58:74]) }

func compareSpilled(a, b spilled) int {
	if c := bytes.Compare(a[26:42], b[26:42]); c != 0 {
		return c
	}
	return cmp.Or(bytes.Compare(a[6:22], b[6:22]), cmp.Compare(a.micros(), b.micros()), bytes.Compare(a[58:74], b[58:74]))
}

func compareMembers(a, b tables.MemberKey) int {
	return cmp.Or(bytes.Compare(a.ID[:], b.ID[:]), bytes.Compare(a.Org[:], b.Org[:]))
}

// columns are the values of a row, nil for null.
func (r spilled) columns() (values [punchColumnsCount][]byte) {
	at := 2
	for i := range values {
		n := int(int32(binary.BigEndian.Uint32(r[at:])))
		at += 4
		if n >= 0 {
			values[i] = r[at : at+n : at+n]
			at += n
		}
	}
	return values
}

// punch is what readPunches makes of the row that a spilled one becomes.
func (r spilled) punch(c *[punchColumnsCount][]byte) facts.Punch {
	p := facts.Punch{
		ID: r.id(), At: r.at(), CheckType: attendance.CheckType(c[spilledCheck]), SourceType: attendance.SourceType(c[spilledSource]),
		Place: attendance.Judgement(binary.BigEndian.Uint16(c[spilledPlace])), Version: int(int32(binary.BigEndian.Uint32(c[spilledVersion]))),
		DeviceBound: truthOf(c[spilledBound]), Photo: truthOf(c[spilledPhoto]), Flags: textsOf(c[spilledFlags]), Review: string(c[spilledReview]),
	}
	if c[spilledGroup] != nil {
		p.Group = (*domain.ID)(c[spilledGroup])
	}
	return p
}

func truthOf(value []byte) *bool {
	if value == nil {
		return nil
	}
	v := value[0] != 0
	return &v
}

// textsOf reads what copyRows.array and text wrote.
func textsOf(value []byte) (texts []string) {
	const head = 5 * 4
	if len(value) < head {
		return nil
	}
	for value = value[head:]; len(value) > 0; {
		n := 4 + int(binary.BigEndian.Uint32(value))
		texts = append(texts, string(value[4:n]))
		value = value[n:]
	}
	return texts
}
