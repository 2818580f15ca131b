package commands

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/punchfile"
)

// importLine is a punch of a file, small enough to keep millions.
type importLine struct {
	wall   int64 // the wall clock as if it were UTC, unix seconds
	line   int32
	number int32 // index in numbers
	state  int32 // index in states
	file   int16
	check  uint8 // 0 none, 1 OnDuty, 2 OffDuty
	jump   bool
}

// lineBook holds the lines of an import and which numbers they name.
type lineBook struct {
	lines    []importLine
	numbers  []string
	indexOf  map[string]int32
	states   []string
	stateOf  map[string]int32
	earliest []domain.Date // by number, of lines without a clock jump
	mangled  []bool        // by number: a spreadsheet took it for an amount
	// first is a wide file's first column, today the import's local date.
	first, today domain.Date
}

func newLineBook() *lineBook {
	return &lineBook{indexOf: map[string]int32{}, stateOf: map[string]int32{}}
}

func (b *lineBook) add(l punchfile.Line) error {
	wall, err := time.Parse(domain.WallLayout, l.Wall)
	if err != nil {
		return err
	}
	number, known := b.indexOf[l.Badge]
	if !known {
		number = int32(len(b.numbers))
		b.indexOf[l.Badge] = number
		_, mangled := punchfile.Plain(l.Badge)
		b.numbers, b.earliest, b.mangled = append(b.numbers, l.Badge), append(b.earliest, ""), append(b.mangled, mangled)
	}
	state, known := b.stateOf[l.State]
	if !known {
		state = int32(len(b.states))
		b.stateOf[l.State] = state
		b.states = append(b.states, l.State)
	}
	if date := domain.Date(l.Wall[:10]); !l.Jump && (b.earliest[number] == "" || date < b.earliest[number]) {
		b.earliest[number] = date
	}
	b.lines = append(b.lines, importLine{
		wall: wall.Unix(), line: int32(l.Number), number: number, state: state, file: int16(l.File), check: checkCode(l.CheckType), jump: l.Jump,
	})
	return nil
}

func checkCode(c domain.CheckType) uint8 {
	switch c {
	case domain.OnDuty:
		return 1
	case domain.OffDuty:
		return 2
	}
	return 0
}

// joined is the first day of a member that the import provisions (design §7).
func (b *lineBook) joined(number int) domain.Date {
	switch {
	case b.first != "" && b.first <= b.today:
		return b.first
	case b.earliest[number] != "":
		return b.earliest[number]
	}
	return b.today
}

// merge gives the lines of a number that two spellings became to the first of them.
func (b *lineBook) merge() {
	first := map[string]int32{}
	moved := map[int32]int32{}
	for i, number := range b.numbers {
		to, known := first[number]
		if !known {
			first[number] = int32(i)
			continue
		}
		moved[int32(i)] = to
		if e := b.earliest[i]; e != "" && (b.earliest[to] == "" || e < b.earliest[to]) {
			b.earliest[to] = e
		}
		b.earliest[i] = ""
	}
	if len(moved) == 0 {
		return
	}
	for k := range b.lines {
		if to, is := moved[b.lines[k].number]; is {
			b.lines[k].number = to
		}
	}
}

// punch is a line as an event, and the fact that names it.
func (b *lineBook) punch(j *importing, l importLine, member domain.ID) (domain.PunchRecorded, domain.PunchFact) {
	wall := time.Unix(l.wall, 0).UTC()
	text := wall.Format(domain.WallLayout)
	e := domain.PunchRecorded{
		Member: member, Number: b.numbers[l.number], At: domain.WallInstant(wall, j.zone), Zone: j.req.Zone, Wall: text,
		State: b.states[l.state], Source: j.req.Machine, SourceType: domain.SourceImport,
		CheckType: [...]domain.CheckType{"", domain.OnDuty, domain.OffDuty}[l.check],
	}
	if e.Source == "" {
		e.Source = "file"
	}
	if l.jump {
		e.Flags = []domain.Flag{domain.FlagClockJump}
	}
	if member == j.person {
		e.Flags = append(e.Flags, domain.FlagSelfWritten)
	}
	return e, domain.PunchFact{Org: j.call.Org, Source: e.Source, Number: e.Number, Wall: text, Zone: e.Zone, State: e.State}
}

// counter tells the progress of a stage.
type counter struct {
	mu    sync.Mutex
	stage ImportStage
	done  int
	total int
	tell  func(stage ImportStage, done, total int)
}

// begin starts a stage and tells it.
func (c *counter) begin(stage ImportStage, total int, tell func(stage ImportStage, done, total int)) {
	c.mu.Lock()
	c.stage, c.done, c.total, c.tell = stage, 0, total, tell
	c.mu.Unlock()
	c.add(0)
}

func (c *counter) add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done += n
	if c.tell != nil {
		c.tell(c.stage, c.done, c.total)
	}
}

// issueBook keeps what is said about lines: whole for the answer, by ranges for the ledger.
type issueBook struct {
	list    []domain.LineIssue
	leftOut int
}

// The bounds of an issue book: ranges in the ledger's event, and issues in the first answer.
const (
	storedIssues = 2000
	listedIssues = 200_000
)

func (b *issueBook) add(i punchfile.Issue) error {
	b.put(domain.LineIssue{File: i.File, From: i.Number, To: i.Number, Code: i.Code, Text: i.Text, Warning: i.Kind != punchfile.Refused})
	return nil
}

func (b *issueBook) put(i domain.LineIssue) {
	if len(b.list) >= listedIssues {
		b.leftOut++
		return
	}
	b.list = append(b.list, i)
}

// full gives the issues in the order of the lines.
func (b *issueBook) full() []domain.LineIssue {
	b.sort()
	return b.list
}

func (b *issueBook) sort() {
	slices.SortStableFunc(b.list, func(x, y domain.LineIssue) int {
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.From, y.From))
	})
}

// stored merges neighbouring lines with the same problem and keeps no text that could repeat a line.
func (b *issueBook) stored() (ranges []domain.LineIssue, leftOut int) {
	b.sort()
	for _, i := range b.list {
		i.Text = storedText(i)
		if n := len(ranges); n > 0 && ranges[n-1].Code == i.Code && ranges[n-1].File == i.File && i.From-ranges[n-1].To <= 1 && i.From >= ranges[n-1].From {
			ranges[n-1].To = max(ranges[n-1].To, i.To)
			continue
		}
		ranges = append(ranges, i)
	}
	if len(ranges) > storedIssues {
		leftOut = len(ranges) - storedIssues
		ranges = ranges[:storedIssues]
	}
	return ranges, leftOut + b.leftOut
}

// storedText is what the ledger may say of a line for ever: times and counts, never the line's own words.
func storedText(i domain.LineIssue) string {
	switch i.Code {
	case "clock_jump", "nul", "too_long", "duplicate", "next_day", domain.CodeUnknownNumber, domain.CodeLookAlike, codeLookAlikeRead:
		return i.Text
	case "time":
		return "the time cannot be read"
	case "fields":
		return "a column is missing"
	case "number":
		return "the number cannot be used"
	case "text":
		return "the text holds a character that cannot be stored"
	case "encoding":
		return "the text is not UTF-8"
	case "quotes":
		return "the quotation marks do not match"
	}
	return ""
}
