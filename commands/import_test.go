package commands_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/punchfile"
)

// importOf is an import of some contents, whatever their names.
func importOf(format punchfile.Format, zone string, contents ...string) commands.ImportPunches {
	req := commands.ImportPunches{Format: format, Zone: zone, CreateMembers: true}
	for _, text := range contents {
		sum := sha256.Sum256([]byte(text))
		req.Files = append(req.Files, domain.ImportFile{SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(text))})
	}
	req.Parse = func(now string, sink punchfile.Sink) (punchfile.Summary, error) {
		var files []punchfile.Source
		for _, text := range contents {
			files = append(files, punchfile.Source{Text: strings.NewReader(text)})
		}
		return punchfile.Read(punchfile.Options{Format: format, Now: now, Dates: req.Dates}, files, sink)
	}
	return req
}

func (c *company) imported(req commands.ImportPunches) commands.ImportReport {
	c.t.Helper()
	r, err := c.Imports.Run(c.t.Context(), c.call(), req)
	require.NoError(c.t, err)
	return r
}

// tally is a report without its issues, as it is compared.
func tally(r commands.ImportReport) [6]int {
	return [6]int{r.Lines, r.Punches, r.Known, r.Duplicates, r.Refused, r.MembersCreated}
}

const attlog = "  1\t2026-02-02 08:55:00\t1\t0\t0\t0\n  2\t2026-02-02 09:01:00\t1\t0\t0\t0\n  1\t2026-02-02 18:01:00\t1\t1\t0\t0\n" +
	"  1\t2026-02-02 08:55:00\t1\t0\t0\t0\nnonsense\n  2\t2000-01-01 00:00:07\t1\t0\t0\t0\n  2\t2026-02-03 08:59:00\t1\t0\t0\t0\n"

func TestAnImportBringsEveryLine(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	var told [2]int
	req := importOf(punchfile.AttLog, "Asia/Shanghai", attlog)
	req.Progress = func(_ commands.ImportStage, done, total int) { told = [2]int{done, total} }
	r := c.imported(req)
	require.Equal(t, [6]int{7, 5, 0, 1, 1, 2}, tally(r))
	require.Equal(t, [2]int{5, 5}, told)
	var codes []string
	for _, i := range r.Issues {
		codes = append(codes, i.Code)
	}
	require.Equal(t, []string{"duplicate", "fields", "clock_jump"}, codes)

	member := domain.ProvisionedMemberID(c.org, "2", 0)
	require.Equal(t, []domain.Event{
		domain.MemberProvisioned{Member: member, Number: "2", Joined: "2026-02-02"},
		domain.GroupAssigned{Group: group, From: "2026-02-02"},
	}, c.events(domain.MemberStream(c.org, member)), "joined on the first date without a clock jump")
	require.Equal(t, []domain.Event{domain.PunchRecorded{
		Member: member, Number: "2", At: domain.At(time.Date(1999, 12, 31, 16, 0, 7, 0, time.UTC)), Zone: "Asia/Shanghai",
		Wall: "2000-01-01T00:00:07", State: "0", Source: "file", SourceType: domain.SourceImport, Flags: []domain.Flag{domain.FlagClockJump},
	}}, c.events(domain.TimesheetStream(c.org, member, "200001")))
	require.Equal(t, []domain.Event{domain.ClockAdvanced{Through: domain.At(testNow)}}, c.events(domain.ClockStream(c.org, domain.At(testNow))))
}

func TestASecondImportOfTheSameFilesAnswersTheReport(t *testing.T) {
	c := newCompany(t)
	c.found()
	first := c.imported(importOf(punchfile.AttLog, "Asia/Shanghai", attlog))
	before := c.count()
	again, err := c.copy().Imports.Run(t.Context(), c.call(), importOf(punchfile.AttLog, "Asia/Shanghai", attlog))
	require.NoError(t, err)
	require.True(t, again.Replay)
	require.Equal(t, first.ID, again.ID)
	require.Equal(t, tally(first), tally(again))
	require.Equal(t, before, c.count(), "nothing was written")
	for _, i := range again.Issues {
		require.NotContains(t, i.Text, "nonsense", "the ledger never repeats a line")
	}

	other := c.imported(importOf(punchfile.AttLog, "Asia/Shanghai", attlog+"  1\t2026-02-03 09:00:00\t1\t0\t0\t0\n"))
	require.Equal(t, [6]int{8, 1, 5, 1, 1, 0}, tally(other), "what another file brought already is known")
}

func TestAnEarlierFileMovesJoinedBack(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	c.hire("9", &group)
	c.imported(importOf(punchfile.AttLog, "Asia/Shanghai", "1\t2026-02-02 08:55:00\n"))
	c.imported(importOf(punchfile.AttLog, "Asia/Shanghai", "1\t2026-01-05 08:55:00\n9\t2025-12-01 09:00:00\n"))
	member := domain.ProvisionedMemberID(c.org, "1", 0)
	require.Equal(t, []domain.Event{
		domain.MemberProvisioned{Member: member, Number: "1", Joined: "2026-02-02"}, domain.GroupAssigned{Group: group, From: "2026-02-02"},
		domain.MemberChanged{Joined: ptr(domain.Date("2026-01-05"))}, domain.GroupAssigned{Group: group, From: "2026-01-05"},
	}, c.events(domain.MemberStream(c.org, member)))
	require.Len(t, c.events(domain.BadgeStream(c.org, "1")), 2)
	require.Len(t, c.events(domain.MemberStream(c.org, domain.ProvisionedMemberID(c.org, "9", 0))), 2, "what a person entered stays")
	require.Equal(t, 3, c.count("timesheet")["PunchRecorded"])
}

func TestUnknownNumbersAreRefusedAndMayComeLater(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	c.hire("1", &group)
	req := importOf(punchfile.AttLog, "Asia/Shanghai", "1\t2026-02-02 08:55:00\n5\t2026-02-02 09:00:00\n")
	req.CreateMembers = false
	r := c.imported(req)
	require.Equal(t, [6]int{2, 1, 0, 0, 1, 0}, tally(r))
	require.Equal(t, []domain.LineIssue{{From: 2, To: 2, Code: "unknown_number", Text: "no member has the number 5"}}, r.Issues)
	events := c.count()["ImportFinished"]
	require.Equal(t, [6]int{2, 1, 0, 0, 1, 0}, tally(c.imported(req)))
	require.Equal(t, events, c.count()["ImportFinished"], "the same report is not written twice")
	c.hire("5", &group)
	require.Equal(t, [6]int{2, 2, 0, 0, 0, 0}, tally(c.imported(req)))
}

func TestAnImportThatStoppedIsResumed(t *testing.T) {
	c := newCompany(t)
	c.found()
	text := strings.Builder{}
	for day := range 20 {
		for number := range 20 {
			text.WriteString(strings.Join([]string{string(rune('A' + number)), testNow.AddDate(0, 0, day-30).Format("2006-01-02") + " 09:00:00"}, "\t") + "\n")
		}
	}
	req := importOf(punchfile.AttLog, "Asia/Shanghai", text.String())
	for _, stop := range []int{1, 100, 250} {
		ctx, cancel := context.WithCancel(t.Context())
		req.Progress = func(_ commands.ImportStage, done, _ int) {
			if done >= stop {
				cancel()
			}
		}
		_, err := c.Imports.Run(ctx, c.call(), req)
		require.Error(t, err)
		cancel()
	}
	req.Progress = nil
	r := c.imported(req)
	require.Equal(t, [6]int{400, 400, 0, 0, 0, 20}, tally(r), "as if it had never stopped")
	counts := c.count()
	require.Equal(t, 400, counts["PunchRecorded"])
	require.Equal(t, 20, counts["MemberProvisioned"])
	require.Equal(t, 20, counts["BadgeAssigned"])
	require.Equal(t, 1, counts["ImportStarted"])
}

func TestARevertedImportMayComeBack(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	req := importOf(punchfile.AttLog, "Asia/Shanghai", attlog)
	first := c.imported(req)
	call := c.call()
	reverted, err := c.Imports.Revert(t.Context(), call, commands.RevertImport{Import: first.ID})
	require.NoError(t, err)
	again, err := c.Imports.Revert(t.Context(), call, commands.RevertImport{Import: first.ID})
	require.NoError(t, err)
	require.True(t, again.Replay)
	require.Equal(t, reverted.Events, again.Events)
	counts := c.count()
	require.Equal(t, 5, counts["PunchVoided"])
	require.Equal(t, 1, counts["ImportReverted"])

	require.Equal(t, [6]int{7, 5, 0, 1, 1, 2}, tally(c.imported(req)))
	counts = c.count()
	require.Equal(t, 10, counts["PunchRecorded"], "the members whom the import had made are gone, and are made anew")
	require.Zero(t, counts["PunchRestored"])
	c.hire("7", &group)
	seven := importOf(punchfile.AttLog, "Asia/Shanghai", "7\t2026-02-02 08:55:00\n")
	c.revert(c.imported(seven))
	require.Equal(t, [6]int{1, 1, 0, 0, 0, 0}, tally(c.imported(seven)))
	counts = c.count()
	require.Equal(t, 11, counts["PunchRecorded"], "who was a member before has the same facts")
	require.Equal(t, 1, counts["PunchRestored"])
	_, err = c.Imports.Revert(t.Context(), c.call(), commands.RevertImport{Import: v7(testNow)})
	requireRefusal(t, err, "import_not_found", "there is no such import")
}

func TestImportsThatAreRefused(t *testing.T) {
	c := newCompany(t)
	c.found()
	for _, x := range []struct {
		req        commands.ImportPunches
		code, text string
	}{
		{importOf("xml", "Mars"), "request_invalid", `/zone "Mars" is no time zone; name one such as Asia/Shanghai; /format must be auto, wide-csv, csv, attlog or dingtalk-xlsx; /files holds no file; send one or more`},
		{importOf(punchfile.CSV, "UTC", ""), "file_invalid", "file 1: the file is empty; its first line names the columns number and at"},
	} {
		_, err := c.Imports.Run(t.Context(), c.call(), x.req)
		requireRefusal(t, err, x.code, x.text)
	}
	require.Zero(t, c.count("import")["ImportStarted"])
	c.imported(importOf(punchfile.AttLog, "UTC", "1\t2026-02-02 08:55:00\n"))
	req := importOf(punchfile.AttLog, "UTC", "1\t2026-02-02 08:55:00\n")
	req.Machine = "ZK1"
	_, err := c.Imports.Run(t.Context(), c.call(), req)
	requireRefusal(t, err, "import_machine_differs", `these files were imported as lines of machine ""; name the same machine`)
}

// sharedFile reads a file of real punches, which are no part of the repository.
func sharedFile(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("DAKA_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	text, err := os.ReadFile(filepath.Join(dir, "data", name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("real punches are not here (%s); set DAKA_SHARED to the folder that holds data/", dir)
	}
	require.NoError(t, err)
	return string(text)
}

func TestRealFilesAreImportedWhole(t *testing.T) {
	for _, x := range []struct {
		name    string
		format  punchfile.Format
		files   []string
		punches int
	}{
		{"wide", punchfile.WideCSV, []string{"kaggle50_in_time.csv", "kaggle50_out_time.csv"}, 23_648},
		{"saisandeep", punchfile.AttLog, []string{"zk_saisandeep_1_attlog.dat"}, 5_567},
		{"thrawn", punchfile.AttLog, []string{"zk_thrawn_1_attlog.dat"}, 14_359},
	} {
		t.Run(x.name, func(t *testing.T) {
			var contents []string
			for _, f := range x.files {
				contents = append(contents, sharedFile(t, f))
			}
			c := newCompany(t)
			c.found()
			began := time.Now()
			r := c.imported(importOf(x.format, "Asia/Kolkata", contents...))
			t.Logf("%d punches in %v, %d refused, %d warnings, %d duplicates, %d issues", r.Punches, time.Since(began), r.Refused, r.Warnings, r.Duplicates, len(r.Issues))
			require.Len(t, r.Issues, r.Refused+r.Warnings+r.Duplicates, "every line with a problem is named")
			require.Equal(t, x.punches, r.Punches+r.Duplicates)
			require.Equal(t, r.Punches, c.count("timesheet")["PunchRecorded"])
			before := c.count()
			require.Equal(t, tally(r), tally(c.imported(importOf(x.format, "Asia/Kolkata", contents...))))
			require.Equal(t, before, c.count())
		})
	}
}

// numbersOf are the numbers of the organization's members.
func (c *company) numbersOf() []string {
	var out []string
	for _, m := range c.Directory.Members(c.org) {
		out = append(out, m.Number)
	}
	slices.Sort(out)
	return out
}

// punches are the lines that a member's month holds.
func (c *company) punches(member domain.ID, month string) (out []domain.PunchRecorded) {
	for _, e := range c.events(domain.TimesheetStream(c.org, member, month)) {
		if punch, is := e.(domain.PunchRecorded); is {
			out = append(out, punch)
		}
	}
	return out
}

// byCode are the lines of a report's issues by code.
func byCode(r commands.ImportReport, code string) (lines []int) {
	for _, i := range r.Issues {
		if i.Code == code {
			lines = append(lines, i.From)
		}
	}
	return lines
}

// TestNumbersThatLookAlike: nobody is made who differs from somebody by zeros, case, width or by what a spreadsheet did to a number.
func TestNumbersThatLookAlike(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	holder := c.hire("0042", &group)
	machine := importOf(punchfile.Auto, "Asia/Shanghai", "  42\t2026-02-02 08:55:00\t1\t0\n  42\t2026-02-02 18:01:00\t1\t1\n")
	asked := c.imported(machine)
	require.Equal(t, [6]int{2, 0, 0, 0, 2, 0}, tally(asked))
	require.Equal(t, []int{1, 2}, byCode(asked, "look_alike"))
	require.Equal(t, "the number 42 looks like 0042; say whose it is: --alias 42=0042", asked.Issues[0].Text)
	require.Equal(t, []string{"0042"}, c.numbersOf())

	machine.Aliases = map[string]string{"42": "0042"}
	answered := c.imported(machine)
	require.Equal(t, [6]int{2, 2, 0, 0, 0, 0}, tally(answered))
	require.Len(t, c.punches(holder, "202602"), 2)
	require.Equal(t, []string{"0042"}, c.numbersOf())
	later := c.imported(importOf(punchfile.Auto, "Asia/Shanghai", "  42\t2026-02-03 08:55:00\t1\t0\n"))
	require.Equal(t, [6]int{1, 1, 0, 0, 0, 0}, tally(later), "the alias is a badge: nobody is asked again")

	sheet := c.imported(importOf(punchfile.Auto, "Asia/Shanghai", "number,at\n0042.0,2026-02-04 08:55\n\"0042\",2026-02-04 12:01\n'0042,2026-02-04 13:01\n=\"\"0042\"\",2026-02-04 18:01\n００４２,2026-02-05 08:55\n"))
	require.Equal(t, [6]int{5, 5, 0, 0, 0, 0}, tally(sheet))
	require.Equal(t, []string{"0042"}, c.numbersOf())
}

func TestASpreadsheetsNumbersAreReadAsTheOnlyOneTheyCanBe(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	holder := c.hire("0042", &group)
	r := c.imported(importOf(punchfile.Auto, "Asia/Shanghai", "number,at\n42.0,2026-02-03 08:55\n4.2E+01,2026-02-03 18:01\n\"0042\",2026-02-04 08:55\n'0042,2026-02-04 18:01\n=\"\"0042\"\",2026-02-05 18:01\n"))
	require.Equal(t, [6]int{5, 5, 0, 0, 0, 0}, tally(r))
	require.Equal(t, []int{2, 3}, byCode(r, "look_alike_read"))
	require.Len(t, c.punches(holder, "202602"), 5)
	require.Equal(t, []string{"0042"}, c.numbersOf())
}

func TestLookAlikesOfEachOtherAreAsked(t *testing.T) {
	c := newCompany(t)
	c.found()
	req := importOf(punchfile.Auto, "Asia/Shanghai", "number,at\na01,2026-02-02 08:55\nＡ０１,2026-02-02 18:01\nA01,2026-02-02 12:01\n")
	r := c.imported(req)
	require.Equal(t, [6]int{3, 0, 0, 0, 3, 0}, tally(r))
	require.Empty(t, c.numbersOf())
	req.Aliases = map[string]string{"a01": "A01"}
	r = c.imported(req)
	require.Equal(t, [6]int{3, 3, 0, 0, 0, 1}, tally(r))
	require.Equal(t, []string{"A01"}, c.numbersOf())
}

func TestTwoThatBothExistStayTwo(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	one, two := c.hire("42", &group), c.hire("0042", &group)
	r := c.imported(importOf(punchfile.Auto, "Asia/Shanghai", "number,at\n42,2026-02-03 08:55\n0042,2026-02-03 08:56\n"))
	require.Equal(t, [6]int{2, 2, 0, 0, 0, 0}, tally(r))
	require.Len(t, c.punches(one, "202602"), 1)
	require.Len(t, c.punches(two, "202602"), 1)
}

// TestNobodyIsMadeByLinesInDoubt, and nobody's first day moves by one.
func TestNobodyIsMadeByLinesInDoubt(t *testing.T) {
	c := newCompany(t)
	c.found()
	r := c.imported(importOf(punchfile.Auto, "Asia/Shanghai", "  166\t2026-02-02 08:55:38\t1\t0\n\t2000-01-01 00:00:00\t1\t0\n  166\t2063-05-03 08:55:38\t1\t1\n  166\t2026-02-02 18:01:00\t1\t1\n  777\t2000-01-01 12:00:00\t1\t0\n"))
	require.Equal(t, [6]int{5, 3, 0, 0, 2, 1}, tally(r))
	require.Equal(t, []int{3, 5}, byCode(r, "clock_jump"))
	require.Equal(t, []string{"166"}, c.numbersOf())
	c.imported(importOf(punchfile.Auto, "Asia/Shanghai", "  166\t2026-02-03 08:55:00\t1\t0\n  166\t2020-01-01 00:00:10\t1\t0\n  166\t2026-02-03 18:01:00\t1\t0\n"))
	for _, m := range c.Directory.Members(c.org) {
		require.Equal(t, domain.Date("2026-02-02"), m.Joined)
	}
}
