package commands

import (
	"cmp"
	"slices"

	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/punchfile"
)

// ImportReport is what an import answers, the first time and every time after, and what a dry run says would come of it.
type ImportReport struct {
	ledger.Receipt
	domain.ImportFinished
	DryRun bool `json:"dry_run,omitempty"`
	// New counts the punches that this run wrote or put back, or would.
	New int `json:"new"`
	// Equals names the import that brought all these punches already, in which case New is 0.
	Equals *domain.ID `json:"equals,omitempty"`
	// Read says how each file was read; a repeat that reads nothing has none.
	Read []punchfile.Reading `json:"read,omitempty"`
	// Made are the numbers of members whom the import made, or would; at most 5,000 are listed.
	Made []string `json:"made,omitempty"`
	// Moved are first days that the import moved back, or would; at most 5,000 are listed.
	Moved []MovedFirstDay `json:"moved,omitempty"`
	// Asked are the numbers whose lines wait until somebody says whose they are.
	Asked []AskedNumber `json:"asked,omitempty"`
}

// MovedFirstDay is a membership that begins earlier by an import; both dates are inclusive.
type MovedFirstDay struct {
	Number string      `json:"number"`
	From   domain.Date `json:"from"`
	To     domain.Date `json:"to"`
}

// AskedNumber is a number of a file that looks like others, whose lines are refused until an alias says whose they are.
type AskedNumber struct {
	Number string `json:"number"`
	// Like are the numbers that it looks like, those of members first.
	Like  []string `json:"like"`
	Lines int      `json:"lines"`
	Text  string   `json:"text"`
}

// peopleListed bounds the lists of people in a report.
const peopleListed = 5000

// told is what a run can say about itself, beside what the ledger keeps.
type told struct {
	new   int
	made  []string
	moved []MovedFirstDay
	// batches are the other imports that brought punches of these files.
	batches map[domain.ID]bool
	// mine counts punches that a run of this import before wrote; nobody's those that no import wrote.
	mine, nobodys int
}

// finishedReport answers the last report of an import.
func finishedReport(stream string, imp domain.ID, state domain.ImportState, events []domain.Recorded, dry bool) ImportReport {
	last := events[len(events)-1]
	r := ledger.NewReceipt(stream, last.Revision, []domain.ID{last.ID}, true)
	r.ID = imp
	return ImportReport{Receipt: r, ImportFinished: *state.Finished, DryRun: dry, Equals: &imp}
}

// answer is the report of a run; again says that the import had finished before.
func (j *importing) answer(r ledger.Receipt, again bool) ImportReport {
	report := ImportReport{Receipt: r, ImportFinished: j.report, DryRun: j.req.DryRun, Read: j.readBy, New: j.told.new}
	report.Issues = j.issues.full()
	report.Made, report.Moved = j.told.made, j.told.moved
	slices.Sort(report.Made)
	slices.SortFunc(report.Moved, func(a, b MovedFirstDay) int { return cmp.Compare(a.Number, b.Number) })
	report.Made = report.Made[:min(len(report.Made), peopleListed)]
	report.Moved = report.Moved[:min(len(report.Moved), peopleListed)]
	report.Asked = j.numbers.questions(j.lines)
	report.Equals = j.told.equals(j.id, again)
	return report
}

// equals is the one import that brought everything already, nil for none.
func (t told) equals(imp domain.ID, again bool) *domain.ID {
	switch {
	case t.new > 0 || t.nobodys > 0:
	case again && len(t.batches) == 0 && t.mine > 0:
		return &imp
	case t.mine == 0 && len(t.batches) == 1:
		for batch := range t.batches {
			return &batch
		}
	}
	return nil
}

// questions are the numbers that the report asks about, in order.
func (n numberBook) questions(book *lineBook) []AskedNumber {
	lines := map[int32]int{}
	for _, l := range book.lines {
		if _, asked := n.asked[l.number]; asked {
			lines[l.number]++
		}
	}
	var out []AskedNumber
	for i, ask := range n.asked {
		out = append(out, AskedNumber{Number: book.numbers[i], Like: ask.like, Lines: lines[i], Text: ask.text})
	}
	slices.SortFunc(out, func(a, b AskedNumber) int { return cmp.Compare(a.Number, b.Number) })
	return out
}
