package punchfile

import (
	"fmt"
	"time"

	"github.com/dakahq/daka/domain"
)

// entry is one punch of a file before its date is certain, small enough to keep millions.
type entry struct {
	// day counts from 1970 when form is certain, else it holds the parts of the date as written.
	day  uint32
	sec  int32
	line int32
	// number and state are indices of the reader's words.
	number, state int32
	column        uint16
	// offset is in minutes east of UTC, if zoned.
	offset int16
	file   uint8
	form   form
	check  uint8
	zoned  bool
	// own says that the cell names its own date; jump that the clock is in doubt.
	own, jump bool
}

// fact is what two equal lines have in common.
type fact struct {
	number, state int32
	wall          int64
}

// batch is the punches that are decided together: of one file, or of a pair of tables.
type batch struct {
	entries []entry
	// runs are where each file begins.
	runs []run
	// stated is the order that a person names; long and two are what the file's dates with four and two digits say.
	stated    orderBits
	long, two evidence
	// first is the first date of a wide table's header.
	first []moment
}

// run is the part of a batch that one file or sheet brought.
type run struct {
	file, from int
	kind       string
}

func newBatch(stated orderBits) *batch {
	return &batch{stated: stated, long: evidence{left: bitDMY | bitMDY}, two: evidence{left: bitYMD | bitDMY | bitMDY}}
}

// begin marks where a file's punches begin.
func (b *batch) begin(file int, kind string) {
	b.runs = append(b.runs, run{file: file, from: len(b.entries), kind: kind})
}

func checkCode(check domain.CheckType) uint8 {
	switch check {
	case domain.OnDuty:
		return 1
	case domain.OffDuty:
		return 2
	}
	return 0
}

// punch keeps a punch; a date that exists in no order is refused.
func (r *reader) punch(e entry, m moment) error {
	e.file = uint8(r.file)
	e.sec, e.zoned, e.offset = int32(m.sec), m.zoned, int16(m.offset)
	m, left := r.batch.weigh(m, r.file, int(e.line))
	if left == 0 {
		return r.refuse(int(e.line), refusal("time", "the date is none in the order %s", r.opts.Dates))
	}
	e.form = m.form
	if m.form == certain {
		e.day = uint32(dayNumber(m.a, m.b, m.c))
	} else {
		e.day = uint32(m.a)<<24 | uint32(m.b)<<16 | uint32(m.c)
	}
	r.batch.entries = append(r.batch.entries, e)
	return nil
}

// weigh takes a date as evidence of the order, and makes it certain if it reads the same in every order that is left.
func (b *batch) weigh(m moment, file, line int) (moment, orderBits) {
	if m.form == certain {
		return m, bitYMD
	}
	set := m.orders()
	if b.stated != 0 {
		set &= b.stated
		m, _ = m.settle(set)
		return m, set
	}
	of := &b.long
	if m.form == short {
		of = &b.two
	}
	of.add(m, set, file, line)
	m, _ = m.settle(set)
	return m, set
}

// evidence is what the dates of a batch say about their order.
type evidence struct {
	// left are the orders in which every date exists.
	left orderBits
	// against is the first line that excludes each order, by ymd, dmy, mdy.
	against [3]witness
	// open is the first line whose date may be read in two ways.
	open witness
}

type witness struct {
	file, line int
	date       moment
}

// refuse refuses the file of the witness.
func (w witness) refuse(code, text string, args ...any) *FileError {
	file := refuseFile(code, text, args...)
	file.File, file.placed = w.file, true
	return file
}

func (e *evidence) add(m moment, set orderBits, file, line int) {
	for i, order := range [...]orderBits{bitYMD, bitDMY, bitMDY} {
		if set&order == 0 && e.against[i].line == 0 {
			e.against[i] = witness{file, line, m}
		}
	}
	if _, same := m.settle(set); !same && e.open.line == 0 {
		e.open = witness{file, line, m}
	}
	e.left &= set
}

var orderNames = map[orderBits]string{bitYMD: "ymd", bitDMY: "dmy", bitMDY: "mdy"}

// orderNamed gives the order of a name, 0 for no name that is known.
func orderNamed(name string) orderBits {
	for order, known := range orderNames {
		if name == known {
			return order
		}
	}
	return 0
}

// decide gives the one order that is left, or refuses the file.
func (e *evidence) decide() (orderBits, *FileError) {
	switch {
	case e.left == 0:
		return 0, e.contradiction()
	case orderNames[e.left] != "":
		return e.left, nil
	case e.open.line == 0:
		return e.left & -e.left, nil // no date depends on it
	}
	return 0, e.ambiguity()
}

func (e *evidence) contradiction() *FileError {
	dmy, mdy := e.against[2], e.against[1]
	if dmy.line == 0 || mdy.line == 0 {
		dmy, mdy = e.against[1], e.against[0]
		file := dmy.refuse("dates_contradict", "the lines contradict each other about the order of day, month and year: lines %d and %d cannot be read in one order; correct the file, or import its parts as files of their own",
			dmy.line, mdy.line)
		file.Lines = []int{dmy.line, mdy.line}
		return file
	}
	file := dmy.refuse("dates_contradict", "the lines contradict each other about the order of day and month: the date on line %d can only be day first, the one on line %d only month first; correct the file, or import its parts as files of their own",
		dmy.line, mdy.line)
	file.Lines = []int{dmy.line, mdy.line}
	return file
}

func (e *evidence) ambiguity() *FileError {
	var readings []string
	for _, order := range [...]orderBits{bitDMY, bitMDY, bitYMD} {
		if e.left&order != 0 {
			year, month, day := e.open.date.parts(order)
			readings = append(readings, fmt.Sprintf("%s (%s)", map[orderBits]string{bitDMY: "day first", bitMDY: "month first", bitYMD: "year first"}[order],
				time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)))
		}
	}
	text := readings[0]
	names := ""
	for _, order := range [...]orderBits{bitDMY, bitMDY, bitYMD} {
		if e.left&order != 0 {
			names += " or --dates " + orderNames[order]
		}
	}
	for _, reading := range readings[1:] {
		text += " or " + reading
	}
	file := e.open.refuse("dates_ambiguous", "the date on line %d can be read %s, and no line of the file proves which; state the order:%s", e.open.line, text, names[len(" or"):])
	file.Lines, file.Readings = []int{e.open.line}, text
	return file
}

// settle decides the order of the dates, the doubts and the duplicates of a batch, and gives its punches to the sink.
func (r *reader) settle() error {
	b := r.batch
	long, two := b.stated, b.stated
	if b.stated == 0 {
		var bad *FileError
		if long, bad = b.long.decide(); bad != nil {
			return bad
		}
		if two, bad = b.two.decide(); bad != nil {
			return bad
		}
	}
	r.tellOrders(b, long, two)
	for i := range b.entries {
		b.entries[i].resolve(long, two, r.opts.Zone)
	}
	if err := r.pair(b); err != nil {
		return err
	}
	if first := b.firstColumn(long, two); first != "" && (r.summary.First == "" || first < r.summary.First) {
		r.summary.First = first
	}
	reasons := b.doubts(r.opts.Now)
	return r.give(b, reasons)
}

// tellOrders names the order in the report where a date needed it.
func (r *reader) tellOrders(b *batch, long, two orderBits) {
	name := ""
	switch {
	case b.stated != 0:
		name = orderNames[b.stated]
	case b.long.against != [3]witness{}:
		name = orderNames[long]
	case b.two.against != [3]witness{}:
		name = orderNames[two]
	}
	for _, run := range b.runs {
		r.summary.Files[run.file].Dates = name
	}
}

// resolve makes the entry's date certain, in local time.
func (e *entry) resolve(long, two orderBits, zone *time.Location) {
	if e.form != certain {
		m := moment{form: e.form, a: int(e.day >> 24), b: int(e.day >> 16 & 0xff), c: int(e.day & 0xffff)}
		order := long
		if e.form == short {
			order = two
		}
		e.day = uint32(dayNumber(m.parts(order)))
		e.form = certain
	}
	if e.zoned {
		_, shift := time.Unix(e.wall()-int64(e.offset)*60, 0).In(zone).Zone()
		wall := e.wall() - int64(e.offset)*60 + int64(shift)
		e.day, e.sec = uint32(max(wall, 0)/secondsADay), int32(max(wall, 0)%secondsADay)
	}
}

// wall is the local time as if it were UTC, in seconds since 1970.
func (e *entry) wall() int64 { return int64(e.day)*secondsADay + int64(e.sec) }

// pair moves an end that lies before the beginning in the same column of the other table to the next date.
func (r *reader) pair(b *batch) error {
	if len(b.runs) != 2 || b.runs[0].kind != wideLayout || b.runs[1].kind != wideLayout {
		return nil
	}
	type cell struct {
		number int32
		day    uint32
	}
	begins := map[cell]int32{}
	for i := range b.entries[:b.runs[1].from] {
		if e := &b.entries[i]; !e.own && e.check == 1 {
			begins[cell{e.number, e.day}] = e.sec
		}
	}
	for i := range b.entries[b.runs[1].from:] {
		e := &b.entries[b.runs[1].from+i]
		begin, has := begins[cell{e.number, e.day}]
		if e.own || e.check != 2 || !has || e.sec >= begin || e.sec >= secondsADay {
			continue
		}
		e.sec += secondsADay
		text := fmt.Sprintf("column %d: the end lies before the beginning, and was read as of the next date", e.column)
		if err := r.warn(int(e.file), int(e.line), "next_day", text); err != nil {
			return err
		}
	}
	return nil
}

// firstColumn is the earliest first date of wide tables.
func (b *batch) firstColumn(long, two orderBits) (first domain.Date) {
	for _, m := range b.first {
		if m.form != certain {
			order := long
			if m.form == short {
				order = two
			}
			m, _ = m.settle(order)
		}
		if date := domain.Date(fmt.Sprintf("%04d-%02d-%02d", m.a, m.b, m.c)); first == "" || date < first {
			first = date
		}
	}
	return first
}

// give counts the punches, names duplicates and doubts, and hands the rest to the sink in the order of the files.
func (r *reader) give(b *batch, reasons map[int]string) error {
	for i := range b.entries {
		e := &b.entries[i]
		r.summary.Lines++
		at := time.Unix(e.wall(), 0).UTC()
		if at.Year() > 2199 {
			r.summary.Refused++
			if err := r.sink.Issue(Issue{File: int(e.file), Number: int(e.line), Kind: Refused, Code: "time", Text: noMoment(at.Format(wallLayout)).text}); err != nil {
				return err
			}
			continue
		}
		key := fact{number: e.number, state: e.state, wall: e.wall()}
		if _, found := r.seen[key]; found {
			r.summary.Duplicates++
			if err := r.sink.Issue(Issue{File: int(e.file), Number: int(e.line), Kind: Duplicate, Code: "duplicate", Text: "equal to an earlier line; one punch"}); err != nil {
				return err
			}
			continue
		}
		r.seen[key] = struct{}{}
		r.summary.Punches++
		l := Line{File: int(e.file), Number: int(e.line), Column: int(e.column), Badge: r.numbers.list[e.number], Wall: at.Format(wallLayout),
			State: r.states.list[e.state], CheckType: [...]domain.CheckType{"", domain.OnDuty, domain.OffDuty}[e.check], Jump: e.jump}
		if e.jump {
			if err := r.warn(l.File, l.Number, "clock_jump", reasons[i]); err != nil {
				return err
			}
		}
		if err := r.sink.Line(l); err != nil {
			return err
		}
	}
	return nil
}
