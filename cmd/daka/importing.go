package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/dakahq/daka/api/imports"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain/punchfile"
)

type importCmd struct {
	Punches importPunchesCmd `cmd:"" help:"Import punches. Importing the same again, also under another file name, adds nothing."`
	Members importMembersCmd `cmd:"" help:"Import people from a table: new ones, and with --update changes of known ones."`
	Revert  importRevertCmd  `cmd:"" help:"Take back an import: its punches, the members it made who have nothing else, the first days it moved."`
	Review  importReviewCmd  `cmd:"" help:"Review all doubted punches of an import that nobody has reviewed."`
}

type importPunchesCmd struct {
	clientFlags
	Files         []string `arg:"" help:"The files: machine logs, CSV, tables of dates (IN OUT as a pair), .xlsx or .xls." type:"existingfile"`
	Org           string   `required:"" help:"The organization's id."`
	Format        string   `default:"auto" enum:"auto,wide-csv,csv,attlog,dingtalk-xlsx" help:"auto finds out what the files are; or wide-csv, csv, attlog, dingtalk-xlsx."`
	Zone          string   `required:"" help:"The IANA zone of the times in the files, such as Asia/Shanghai."`
	Machine       string   `help:"The serial of the machine that wrote the files, if known."`
	CreateMembers bool     `help:"Provision unknown numbers as members, in the first group created."`
	Dates         string   `enum:",ymd,dmy,mdy" default:"" help:"The order of day and month where no line of the files proves it: ymd, dmy or mdy."`
	Encoding      string   `help:"The encoding where it is not detected rightly: utf-8, gb18030, big5, utf-16le, windows-1252 and so on."`
	Map           string   `placeholder:"number=NAME,at=NAME" help:"The columns where their names are unknown, by name or by place from 1. Fields: number, at, date, time, in, out, check_type, state."`
	DryRun        bool     `help:"Say what would be written, made, moved, refused and doubted, and write nothing."`
	Alias         []string `placeholder:"42=0042" help:"Whose a number of the files is; it becomes a badge of that member. May be given several times."`
}

func (c importPunchesCmd) Run(w world) error {
	if _, err := time.LoadLocation(c.Zone); err != nil || c.Zone == "Local" || c.Zone == "" {
		return fmt.Errorf("--zone %q is no IANA zone; use one such as Asia/Shanghai or UTC", c.Zone)
	}
	if c.Format == "wide-csv" && len(c.Files) != 2 {
		return fmt.Errorf("wide-csv takes two files, IN.csv OUT.csv; %d were given", len(c.Files))
	}
	server, err := c.open()
	if err != nil {
		return err
	}
	report, err := c.send(w, server)
	if err != nil {
		return err
	}
	c.print(w, report)
	if report.Refused > 0 {
		return errFound
	}
	return nil
}

// send uploads the files and follows the server's progress.
func (c importPunchesCmd) send(w world, server *client) (*commands.ImportReport, error) {
	body, pipe := io.Pipe()
	form := multipart.NewWriter(pipe)
	go func() { pipe.CloseWithError(c.write(form)) }()
	header := http.Header{"Content-Type": {form.FormDataContentType()}, "Accept": {"application/x-ndjson"}}
	res, err := server.send(w.ctx, http.MethodPost, "/orgs/"+c.Org+"/imports", body, header)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	line, err := follow(w, res.Body)
	return line.Report, err
}

func (c importPunchesCmd) write(form *multipart.Writer) error {
	fields := map[string]string{"format": c.Format, "zone": c.Zone, "machine": c.Machine, "create_members": fmt.Sprint(c.CreateMembers), "dry_run": fmt.Sprint(c.DryRun),
		"dates": c.Dates, "encoding": c.Encoding, "map": c.Map, "alias": strings.Join(c.Alias, ",")}
	for name, value := range fields {
		if value == "" {
			continue
		}
		if err := form.WriteField(name, value); err != nil {
			return err
		}
	}
	for _, name := range c.Files {
		if err := writeFile(form, name); err != nil {
			return err
		}
	}
	return form.Close()
}

func writeFile(form *multipart.Writer, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("open %s: %w", name, err)
	}
	defer f.Close()
	part, err := form.CreateFormFile("file", filepath.Base(name))
	if err != nil {
		return err
	}
	_, err = io.Copy(part, f)
	return err
}

// follow shows the progress lines until the last one comes, which holds a report.
func follow(w world, body io.Reader) (imports.Line, error) {
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 64<<10), 64<<20)
	bar := newBar(w)
	for lines.Scan() {
		var line imports.Line
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return line, fmt.Errorf("read the server's progress: %w", err)
		}
		switch {
		case line.Problem != nil:
			return line, &problem{Status: line.Problem.Status, Code: line.Problem.Code, Detail: line.Problem.Detail}
		case line.Report != nil, line.Reverted != nil, line.Reviewed != nil:
			bar.finish()
			return line, nil
		case line.Waiting != "":
			fmt.Fprintln(w.stderr, line.Waiting)
			continue
		}
		bar.set(line.Stage, line.Done, line.Total)
	}
	if err := lines.Err(); err != nil && !errors.Is(err, context.Canceled) {
		return imports.Line{}, fmt.Errorf("the server went away meanwhile: %w (run the same command again: it resumes)", err)
	}
	return imports.Line{}, errors.New("the server went away meanwhile; run the same command again: it resumes")
}

// print writes the report and every issue; a renamed or repeated file shows its finished report.
func (c importPunchesCmd) print(w world, r *commands.ImportReport) {
	for _, i := range r.Issues {
		kind := "refused"
		if i.Warning {
			kind = "warning"
		}
		lines := fmt.Sprintf("line %d", i.From)
		if i.To > i.From {
			lines = fmt.Sprintf("lines %d-%d", i.From, i.To)
		}
		fmt.Fprintf(w.stderr, "%s: %s: %s %s: %s\n", c.fileName(i.File), lines, kind, i.Code, i.Text)
	}
	if r.IssuesLeftOut > 0 {
		fmt.Fprintf(w.stderr, "and %d more that the report has no room for\n", r.IssuesLeftOut)
	}
	for i, read := range r.Read {
		fmt.Fprintf(w.stderr, "%s: read as %s\n", c.fileName(i), describe(read))
	}
	c.printPeople(w, r)
	fmt.Fprintln(w.stdout, summary(r))
}

// printPeople names whom the import made or moved, and asks whose a number is.
func (c importPunchesCmd) printPeople(w world, r *commands.ImportReport) {
	if !r.DryRun {
		return
	}
	if len(r.Made) > 0 {
		fmt.Fprintf(w.stderr, "members that would be made: %s\n", shortened(r.Made))
	}
	for _, m := range r.Moved {
		fmt.Fprintf(w.stderr, "%s would have joined on %s instead of %s\n", m.Number, m.To, m.From)
	}
	for _, a := range r.Asked {
		fmt.Fprintf(w.stderr, "%d lines wait: %s\n", a.Lines, a.Text)
	}
}

// shortened lists the first of many numbers.
func shortened(numbers []string) string {
	const most = 20
	if len(numbers) <= most {
		return strings.Join(numbers, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(numbers[:most], ", "), len(numbers)-most)
}

// summary is the line that says what an import did, or would do.
func summary(r *commands.ImportReport) string {
	counts := fmt.Sprintf("%d lines, %d punches %s, %d already known, %d duplicates, %d refused, %d warnings, %d members %s", r.Lines, r.Punches,
		would(r.DryRun, "written"), r.Known, r.Duplicates, r.Refused, r.Warnings, r.MembersCreated, would(r.DryRun, "created"))
	if r.Doubted > 0 {
		counts += fmt.Sprintf(", %d in doubt", r.Doubted)
	}
	head := fmt.Sprintf("import %s: ", r.Import)
	if r.DryRun {
		head = "dry run, nothing was written: "
	}
	if r.Equals != nil {
		return head + fmt.Sprintf("0 new: these punches came with import %s (%s)", r.Equals, counts)
	}
	return head + counts
}

func would(dry bool, done string) string {
	if dry {
		return "would be " + done
	}
	return done
}

func (c importPunchesCmd) fileName(i int) string {
	if i < len(c.Files) {
		return c.Files[i]
	}
	return fmt.Sprintf("file %d", i+1)
}

// describe says how a file was read: machine, GB18030, dates mdy, sheets 原始记录.
func describe(read punchfile.Reading) string {
	parts := []string{map[string]string{
		"machine": "a machine's lines", "table": "a table of punches", "days": "a table of days", "wide": "a table with a column per date", "blocks": "a machine's report, person by person",
	}[read.Layout]}
	if read.Encoding != "" {
		parts = append(parts, read.Encoding)
	}
	if len(read.Sheets) > 0 {
		parts = append(parts, "sheet "+strings.Join(read.Sheets, ", "))
	}
	if read.Header > 0 {
		parts = append(parts, fmt.Sprintf("column names on line %d", read.Header))
	}
	if read.Dates != "" {
		parts = append(parts, "dates "+read.Dates)
	}
	return strings.Join(parts, ", ")
}

// bar is a progress bar on a terminal, and a line now and then elsewhere.
type bar struct {
	w    world
	term *progressbar.ProgressBar
	last time.Time
}

func newBar(w world) *bar {
	b := &bar{w: w, last: time.Now()}
	if f, ok := w.stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		b.term = progressbar.NewOptions(1, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription("importing"),
			progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
	}
	return b
}

func (b *bar) set(stage commands.ImportStage, done, total int) {
	if b.term != nil {
		b.term.Describe(string(stage))
		b.term.ChangeMax(max(total, 1))
		_ = b.term.Set(done)
		return
	}
	if time.Since(b.last) > 2*time.Second {
		b.last = time.Now()
		fmt.Fprintf(b.w.stderr, "%s: %d of %d\n", stage, done, total)
	}
}

func (b *bar) finish() {
	if b.term != nil {
		_ = b.term.Finish()
	}
}
