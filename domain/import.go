package domain

import "reflect"

// ImportStarted opens an import; its id follows from organization, contents, format and zone, never from file names.
type ImportStarted struct {
	Import ID           `json:"import"`
	Files  []ImportFile `json:"files"`
	Format string       `json:"format" enum:"auto,wide-csv,csv,attlog,dingtalk-xlsx"` // auto, wide-csv, csv, attlog, dingtalk-xlsx
	Zone   string       `json:"zone"`
	// Machine is the serial that the lines came from, empty for "file".
	Machine       string `json:"machine,omitempty"`
	CreateMembers bool   `json:"create_members"`
	// Dates (ymd, dmy, mdy), Encoding and Map (number=NAME,at=NAME) are what a person said about the files, each empty where the files said it.
	Dates    string `json:"dates,omitempty"`
	Encoding string `json:"encoding,omitempty"`
	Map      string `json:"map,omitempty"`
}

// ImportFile is one file of an import, by content.
type ImportFile struct {
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// ImportFinished is the report of an import; a repeat answers it.
type ImportFinished struct {
	Import ID `json:"import"`
	// Lines counts data lines or cells read; the others say what became of them.
	Lines          int         `json:"lines"`
	Punches        int         `json:"punches"`           // PunchRecorded written by this import
	Known          int         `json:"known"`             // punches that the ledger already held
	Duplicates     int         `json:"duplicates"`        // equal lines inside the files
	Refused        int         `json:"refused"`           // lines that could not be read
	Warnings       int         `json:"warnings"`          // lines imported with a flag
	Doubted        int         `json:"doubted,omitempty"` // punches among Punches and Known whose clock is in doubt
	MembersCreated int         `json:"members_created"`   // MemberProvisioned written by this import
	Issues         []LineIssue `json:"issues,omitempty"`
	// IssuesLeftOut counts ranges beyond what fits into one event.
	IssuesLeftOut int `json:"issues_left_out,omitempty"`
}

// LineIssue names a run of lines with the same problem; lines count from 1.
type LineIssue struct {
	File int    `json:"file"` // index in Files
	From int    `json:"from"`
	To   int    `json:"to"`
	Code string `json:"code"`
	// Text is our explanation; it never repeats the line, which may name people.
	Text    string `json:"text,omitempty"`
	Warning bool   `json:"warning,omitempty"`
}

// ImportReverted says that the punches of an import were voided, and that what else it had made was taken back.
type ImportReverted struct {
	Import  ID  `json:"import"`
	Punches int `json:"punches"`
	// Members counts the members that the import had made and that ended before they began; Joined the first days put back to where they were.
	Members int `json:"members,omitempty"`
	Joined  int `json:"joined,omitempty"`
	// Kept is what stays, and why; KeptLeftOut counts what fits into no event.
	Kept        []ImportKept `json:"kept,omitempty"`
	KeptLeftOut int          `json:"kept_left_out,omitempty"`
}

// ImportKept is a member or a first day that stays although the import that made it was reverted.
type ImportKept struct {
	Member ID         `json:"member"`
	Number string     `json:"number"`
	What   KeptThing  `json:"what" enum:"member,joined"`
	Reason KeptReason `json:"reason" enum:"punches,account,changed,requests,roster,correction"`
}

// KeptThing is what a reversal left.
type KeptThing string

// What a reversal may leave.
const (
	KeptMember KeptThing = "member"
	KeptJoined KeptThing = "joined"
)

// KeptReason says why something stays.
type KeptReason string

// The reasons: the member has other punches, an account, requests, a roster or a correction, or somebody changed the record.
const (
	KeptPunches    KeptReason = "punches"
	KeptAccount    KeptReason = "account"
	KeptChanged    KeptReason = "changed"
	KeptRequests   KeptReason = "requests"
	KeptRoster     KeptReason = "roster"
	KeptCorrection KeptReason = "correction"
)

func (ImportStarted) EventType() string  { return "ImportStarted" }
func (ImportFinished) EventType() string { return "ImportFinished" }
func (ImportReverted) EventType() string { return "ImportReverted" }

// ImportState is one import as its own stream tells it.
type ImportState struct {
	Started  *ImportStarted
	Finished *ImportFinished
	Reverted *ImportReverted
	// StartedID is the event id that the import's effects follow from.
	StartedID ID
	// StartedAt is when the import began; a run after it judges clock jumps by the same instant.
	StartedAt Instant
	// RevertedID is the event id of the last reversal.
	RevertedID ID
	// Runs counts reports and reversals, so that a run after a reversal has command ids of its own.
	Runs int
}

// Evolve folds one event.
func (s ImportState) Evolve(r Recorded) ImportState {
	switch e := r.Event.(type) {
	case ImportStarted:
		s.Started, s.StartedID, s.StartedAt = &e, r.ID, r.Metadata.ReceivedAt
	case ImportFinished:
		s.Finished, s.Reverted = &e, nil
		s.Runs++
	case ImportReverted:
		s.Reverted, s.RevertedID = &e, r.ID
		s.Runs++
	}
	return s
}

// CodeUnknownNumber marks lines of numbers that nobody holds; such an import may be repeated once the members exist. CodeLookAlike marks those
// of numbers that look like another one; it may be repeated once somebody has said whose they are.
const (
	CodeUnknownNumber = "unknown_number"
	CodeLookAlike     = "look_alike"
)

// Done says that a repeat answers the finished report: it was not reverted, and no line waits for a member.
func (s ImportState) Done() bool {
	if s.Finished == nil || s.Reverted != nil {
		return false
	}
	for _, issue := range s.Finished.Issues {
		if issue.Code == CodeUnknownNumber || issue.Code == CodeLookAlike {
			return false
		}
	}
	return true
}

// Start opens the import; a repeat resumes it, but not as another machine's lines, which would be other facts.
func (s ImportState) Start(e ImportStarted) ([]Event, error) {
	if s.Started == nil {
		return []Event{e}, nil
	}
	if s.Started.Machine != e.Machine {
		return nil, Refuse("import_machine_differs", "these files were imported as lines of machine %q; name the same machine", s.Started.Machine)
	}
	return None, nil
}

// Finish writes the report.
func (s ImportState) Finish(e ImportFinished) ([]Event, error) {
	if s.Started == nil {
		return nil, errNoImport()
	}
	if s.Done() || s.Reverted == nil && s.Finished != nil && reflect.DeepEqual(*s.Finished, e) {
		return None, nil
	}
	return []Event{e}, nil
}

// Revert says that the import's punches are voided now.
func (s ImportState) Revert(e ImportReverted) ([]Event, error) {
	switch {
	case s.Started == nil:
		return nil, errNoImport()
	case s.Finished == nil:
		return nil, Refuse("import_running", "the import has not finished; repeat it first, then revert it")
	case s.Reverted != nil:
		return None, nil
	}
	return []Event{e}, nil
}

// MayReview says whether the punches of the import can be reviewed at once: it has finished and was not reverted.
func (s ImportState) MayReview() error {
	switch {
	case s.Started == nil:
		return errNoImport()
	case s.Finished == nil:
		return Refuse("import_running", "the import has not finished; repeat it first, then review its punches")
	case s.Reverted != nil:
		return Refuse("import_reverted", "the import was reverted; its punches count for nothing")
	}
	return nil
}

func errNoImport() error { return Refuse("import_not_found", "there is no such import") }
