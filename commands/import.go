package commands

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/punchfile"
)

// Imports bring the punches of files into the ledger, and take them back.
type Imports struct {
	ledger    *ledger.Ledger
	directory *directory.Directory
	find      finder
	clock     *Clock
}

// ImportPunches brings the lines of files into the ledger.
type ImportPunches struct {
	// Files are the contents, in order; names play no part.
	Files  []domain.ImportFile
	Format punchfile.Format
	// Zone is the IANA zone of every wall clock.
	Zone string
	// Machine is the serial the lines came from, empty for "file".
	Machine       string
	CreateMembers bool
	// Dates, Encoding and Map are what the caller says about the files, as the event keeps them; empty is what they say themselves.
	Dates, Encoding, Map string
	// Aliases name, for a number of the files, the number of the member who is meant; it becomes a badge of that member.
	Aliases map[string]string
	// Parse reads the files from their start; now is the import's local wall clock. It may be called again.
	Parse func(now string, sink punchfile.Sink) (punchfile.Summary, error)
	// DryRun says what would happen, and writes nothing.
	DryRun bool
	// Progress is told how far a stage is; it may be nil and is called from many goroutines.
	Progress func(stage ImportStage, done, total int)
}

// ImportStage is what an import does at a time.
type ImportStage string

// The stages, in order; reading is told by who opens the files.
const (
	StageReading ImportStage = "reading"
	StageMembers ImportStage = "members"
	StagePunches ImportStage = "punches"
)

// format is the format as the import's id takes it: with what else decides how the files are read.
func (r ImportPunches) format() string {
	text := string(r.Format)
	for _, said := range [][2]string{{"dates", r.Dates}, {"encoding", r.Encoding}, {"map", r.Map}} {
		if said[1] != "" {
			text += ";" + said[0] + "=" + said[1]
		}
	}
	return text
}

func (r ImportPunches) check() error {
	var p domain.Problems
	p.Text("/machine", r.Machine, false)
	p.Text("/encoding", r.Encoding, false)
	p.Text("/map", r.Map, false)
	if _, err := punchfile.CheckMap(r.Map); err != nil {
		p.Add("/map", err.Error())
	}
	if !slices.Contains([]string{"", "ymd", "dmy", "mdy"}, r.Dates) {
		p.Add("/dates", "must be ymd, dmy or mdy")
	}
	for number, member := range r.Aliases {
		p.Text("/alias", number, false)
		p.Text("/alias", member, false)
	}
	if _, err := domain.Zone(r.Zone); err != nil {
		p.Add("/zone", err.Error())
	}
	if !slices.Contains(punchfile.Formats(), r.Format) {
		p.Add("/format", "must be "+punchfile.Named("or"))
	}
	if len(r.Files) == 0 {
		p.Add("/files", "holds no file; send one or more")
	}
	return p.Err()
}

// Run writes every line that can be read as a punch of its number's holder.
//
// The import's id follows from organization, contents, format and zone: a repeat resumes it or answers its report. Each
// line is a fact with an id of its own, so that nothing is written twice whatever stops in between. Lines of numbers that
// nobody holds are refused, unless CreateMembers provisions them in the first group created.
func (s *Imports) Run(ctx context.Context, call ledger.Call, req ImportPunches) (ImportReport, error) {
	if err := req.check(); err != nil {
		return ImportReport{}, err
	}
	o, err := s.find.organization(ctx, call.Org)
	if err != nil {
		return ImportReport{}, err
	}
	call = call.Derive(domain.ImportPreimage(call.Org, req.Files, req.format(), req.Zone))
	imp := domain.ServerID("import", call.CommandID)
	call.Subject, call.Batch = call.Org, &imp
	stream := domain.ImportStream(call.Org, imp)
	state, events, err := ledger.FoldStream[domain.ImportState](ctx, s.ledger, stream)
	if err != nil {
		return ImportReport{}, err
	}
	if state.Done() && state.Started.Machine == req.Machine {
		return finishedReport(stream, imp, state, events, req.DryRun), nil
	}
	if !o.Attendance {
		return ImportReport{}, domain.Refuse("attendance_disabled", "attendance is switched off for this organization; an administrator can switch it on")
	}
	job := &importing{s: s, call: call, req: req, stream: stream, id: imp, person: s.find.person(call.Org, call.Actor)}
	return job.run(ctx, state)
}

// importing is one run of an import.
type importing struct {
	s      *Imports
	call   ledger.Call
	req    ImportPunches
	stream string
	id     domain.ID
	// person is who imports, the nil id for the administrator; lines of their own are doubted.
	person domain.ID
	zone   *time.Location
	state  domain.ImportState
	lines  *lineBook
	report domain.ImportFinished
	issues *issueBook
	// numbers says whose the lines are; read how the files were read.
	numbers numberBook
	readBy  []punchfile.Reading
	told    told
	// planned are the holders that a dry run would make.
	planned map[int32][]domain.Holding
	done    counter
	// again says that a run before this one started the import.
	again bool
}

func (j *importing) run(ctx context.Context, before domain.ImportState) (ImportReport, error) {
	var err error
	if j.zone, err = domain.Zone(j.req.Zone); err != nil {
		return ImportReport{}, err
	}
	j.again = before.Started != nil
	if err := j.read(before); err != nil {
		return ImportReport{}, err
	}
	if j.req.DryRun {
		return trial{j}.run(ctx)
	}
	for _, step := range []func(context.Context) error{j.start, j.resolve, j.members, j.aliases, j.write} {
		if err := step(ctx); err != nil {
			return ImportReport{}, err
		}
	}
	if _, err := j.s.clock.Advance(ctx, j.call, AdvanceClock{}); err != nil {
		return ImportReport{}, fmt.Errorf("advance the clock after the import: %w", err)
	}
	return j.finish(ctx)
}

// read takes the files apart; a file of another format is refused before anything is written.
func (j *importing) read(before domain.ImportState) error {
	now := domain.At(j.s.ledger.Clock())
	if before.Started != nil {
		now = before.StartedAt
	}
	j.lines, j.issues = newLineBook(), &issueBook{}
	summary, err := j.req.Parse(now.Time().In(j.zone).Format(domain.WallLayout), punchfile.Sink{Line: j.lines.add, Issue: j.issues.add})
	if file, is := punchfile.IsFileError(err); is {
		return fileRefusal(file)
	}
	if err != nil {
		return fmt.Errorf("read the files of the import: %w", err)
	}
	j.lines.first, j.readBy = summary.First, summary.Files
	j.lines.today = domain.DateOf(now.Time(), j.zone)
	j.report = domain.ImportFinished{
		Import: j.id, Lines: summary.Lines, Duplicates: summary.Duplicates, Refused: summary.Refused, Warnings: summary.Warnings,
	}
	return nil
}

// fileRefusal refuses a file whole, in the words of its code.
func fileRefusal(file *punchfile.FileError) error {
	switch file.Code {
	case "dates_ambiguous":
		return domain.Refuse("dates_ambiguous", "file %d: the date on line %d can be read %s, and no line of the file proves which; state the order of the dates: ymd, dmy or mdy (--dates)",
			file.File+1, file.Lines[0], file.Readings)
	case "dates_contradict":
		return domain.Refuse("dates_contradict", "file %d: its lines contradict each other about the order of day and month: lines %d and %d cannot be read in one order; correct the file, or import its parts as files of their own",
			file.File+1, file.Lines[0], file.Lines[1])
	}
	return domain.Refuse("file_invalid", "%s", file.Error())
}

func (j *importing) start(ctx context.Context) error {
	e := domain.ImportStarted{
		Import: j.id, Files: j.req.Files, Format: string(j.req.Format), Zone: j.req.Zone, Machine: j.req.Machine, CreateMembers: j.req.CreateMembers,
		Dates: j.req.Dates, Encoding: j.req.Encoding, Map: j.req.Map,
	}
	if _, err := ledger.Handle(ctx, j.s.ledger, j.call, j.stream, func(st domain.ImportState, _ domain.Instant) ([]domain.Event, error) {
		return st.Start(e)
	}); err != nil {
		return err
	}
	var err error
	j.state, _, err = ledger.FoldStream[domain.ImportState](ctx, j.s.ledger, j.stream)
	if err == nil && j.state.Started.Machine != j.req.Machine {
		_, err = j.state.Start(e)
	}
	return err
}

// The steps of an import's effects: numbers from 0, what a reversal gives back, numbers of a run after it, aliases, punches put back, reports.
const (
	stepUndo    = 1 << 28
	stepAlias   = 1 << 29
	stepAgain   = 3 << 28
	stepRestore = 1 << 30
	stepFinish  = 1 << 31
)

// effect is the command that makes what a number needs: a run after a reversal makes it anew.
func (j *importing) effect(step, i int) ledger.Call {
	if j.state.Reverted == nil {
		return j.call.Effect(j.state.StartedID, step+i)
	}
	if step == 0 {
		step = stepAgain
	}
	return j.call.Effect(j.state.RevertedID, step+i)
}

func (j *importing) finish(ctx context.Context) (ImportReport, error) {
	before := j.state.Finished
	j.report.Issues, j.report.IssuesLeftOut = j.issues.stored()
	call := j.call.Effect(j.state.StartedID, stepFinish+j.state.Runs)
	r, err := ledger.Handle(ctx, j.s.ledger, call, j.stream, func(st domain.ImportState, _ domain.Instant) ([]domain.Event, error) {
		return st.Finish(j.report)
	})
	r.ID = j.id
	return j.answer(r, before != nil), err
}
