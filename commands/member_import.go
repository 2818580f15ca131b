package commands

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// ImportMembers provisions members from a table with a head: number, name, email, phone, position, department, group, joined.
type ImportMembers struct {
	// CSV is UTF-8, or GB 18030 as Chinese spreadsheets write it.
	CSV []byte
	// DryRun says what would happen and writes nothing.
	DryRun bool
}

// MemberImport says what an import of members did, or would do, line by line.
type MemberImport struct {
	DryRun  bool         `json:"dry_run"`
	Lines   int          `json:"lines"`
	Created int          `json:"created" doc:"members that were, or would be, provisioned"`
	Known   int          `json:"known" doc:"lines whose number a member has already; nothing changes about them"`
	Refused int          `json:"refused"`
	Items   []MemberLine `json:"items"`
}

// MemberLine is one line of an import of members.
type MemberLine struct {
	// Line counts from 1 with the head.
	Line   int        `json:"line"`
	Number string     `json:"number"`
	Action string     `json:"action" enum:"create,known,refused"`
	Member *domain.ID `json:"member,omitempty"`
	// Code and Text say why a line is refused, and how to mend it.
	Code string `json:"code,omitempty"`
	Text string `json:"text,omitempty"`
	// Refusal is what Code and Text were taken from, for another language.
	Refusal *domain.Refusal `json:"-"`
}

// The actions of a MemberLine.
const (
	lineCreate  = "create"
	lineKnown   = "known"
	lineRefused = "refused"
)

// memberLines is how many lines one import may have, the head aside.
const memberLines = 5000

// columnNames are the heads that a table may have, in both languages.
func columnNames() map[string]string {
	return map[string]string{
		"number": "number", "工号": "number", "name": "name", "姓名": "name", "email": "email", "邮箱": "email", "phone": "phone", "手机": "phone", "手机号": "phone",
		"position": "position", "职位": "position", "department": "department", "部门": "department", "group": "group", "考勤组": "group", "joined": "joined", "入职日期": "joined",
	}
}

// Import reads all lines, then provisions one after the other. A line whose number is there already is left alone, so that a repeat adds nothing.
func (s *Members) Import(ctx context.Context, call ledger.Call, req ImportMembers) (MemberImport, error) {
	if err := domain.CheckCommandTime(call.CommandID, domain.At(s.ledger.Clock())); err != nil {
		return MemberImport{}, err
	}
	o, err := s.find.organization(ctx, call.Org)
	if err != nil {
		return MemberImport{}, err
	}
	rows, err := memberRows(req.CSV)
	if err != nil {
		return MemberImport{}, err
	}
	out := MemberImport{DryRun: req.DryRun, Lines: len(rows), Items: []MemberLine{}}
	seen := map[string]bool{}
	for i, row := range rows {
		line, err := s.importLine(ctx, call, o, row, i+2, seen, req.DryRun)
		if err != nil {
			return out, err
		}
		switch line.Action {
		case lineCreate:
			out.Created++
		case lineKnown:
			out.Known++
		default:
			out.Refused++
		}
		out.Items = append(out.Items, line)
	}
	return out, nil
}

// memberRows are the lines by the names of their columns.
func memberRows(text []byte) ([]map[string]string, error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(text) {
		var err error
		if text, err = simplifiedchinese.GB18030.NewDecoder().Bytes(text); err != nil || bytes.ContainsRune(text, utf8.RuneError) {
			return nil, domain.Refuse("file_invalid", "the file is neither UTF-8 nor GB 18030; save it as CSV UTF-8")
		}
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil {
		return nil, domain.Refuse("file_invalid", "the file has no head; its first line names the columns: number,name,email,phone,position,department,group,joined")
	}
	names := columnNames()
	for i, h := range head {
		known, is := names[strings.ToLower(strings.TrimSpace(h))]
		if !is {
			return nil, domain.Refuse("file_invalid", "the column %q is unknown; the columns are number,name,email,phone,position,department,group,joined", h)
		}
		head[i] = known
	}
	var out []map[string]string
	for {
		cells, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, domain.Refuse("file_invalid", "the file cannot be read as CSV: %v", err)
		case len(out) == memberLines:
			return nil, domain.Refuse("file_invalid", "the file has more than %d lines; send it in parts", memberLines)
		}
		row := map[string]string{}
		for i, cell := range cells[:min(len(cells), len(head))] {
			row[head[i]] = strings.TrimSpace(cell)
		}
		out = append(out, row)
	}
}

// importLine checks a line and, unless it is a trial, provisions its member. Only what is not the line's fault is an error.
func (s *Members) importLine(ctx context.Context, call ledger.Call, o directory.Organization, row map[string]string, at int, seen map[string]bool, dry bool) (MemberLine, error) {
	line := MemberLine{Line: at, Number: row["number"], Action: lineCreate}
	req, err := s.requestOf(call, o, row)
	if err == nil {
		_, err = req.event(s.find.problems())
	}
	if err == nil {
		line.Number, _ = domain.Number(req.Number)
		if seen[line.Number] {
			err = domain.Refuse("number_repeated", "the number %s is in the file twice; leave one line out", line.Number)
		}
		seen[line.Number] = true
	}
	if err != nil {
		return line.refuse(err)
	}
	if holder, held := s.holderNow(o.ID, line.Number); held {
		line.Action, line.Member = lineKnown, &holder
		return line, nil
	}
	if dry {
		return line, nil
	}
	preimage := domain.NewPreimage("daka/member-line/1").LPID(o.ID).Raw(call.CommandID[:]).U32(uint32(at)).LP(line.Number)
	r, err := s.Provision(ctx, call.Derive(preimage), req)
	if err != nil {
		return line.refuse(err)
	}
	line.Member = &r.ID
	return line, nil
}

// refuse keeps a refusal in the line; other errors go on.
func (l MemberLine) refuse(err error) (MemberLine, error) {
	var refusal *domain.Refusal
	if !errors.As(err, &refusal) {
		return l, err
	}
	l.Action, l.Code, l.Text, l.Refusal = lineRefused, refusal.Code, refusal.Text, refusal
	return l, nil
}

// holderNow is the member who has a number and is written.
func (s *Members) holderNow(org domain.ID, number string) (domain.ID, bool) {
	for _, h := range s.directory.Holders(org, number) {
		if _, is := s.directory.Member(org, h.Member); is && h.Until == "" {
			return h.Member, true
		}
	}
	return domain.ID{}, false
}

// requestOf finds the department and the group that a line names.
func (s *Members) requestOf(call ledger.Call, o directory.Organization, row map[string]string) (ProvisionMember, error) {
	req := ProvisionMember{Number: row["number"], Name: row["name"], Email: row["email"], Phone: row["phone"], Position: row["position"]}
	var err error
	if req.Department, err = departmentNamed(o.Departments, row["department"]); err != nil {
		return req, err
	}
	if name := row["group"]; name != "" {
		for _, g := range s.directory.Groups(o.ID) {
			if !g.Closed && (g.Name == name || g.ID.String() == name) {
				req.Group = &g.ID
			}
		}
		if req.Group == nil {
			return req, domain.Refuse("group_not_found", "there is no open group %q; make it first, or leave the column empty", name)
		}
	}
	if row["joined"] == "" {
		req.Joined, err = s.find.dayOf(call, req.Group)
		return req, err
	}
	req.Joined = domain.Date(row["joined"])
	if day, err := time.Parse("2006/1/2", row["joined"]); err == nil { // as spreadsheets write it
		req.Joined = domain.DateOf(day, time.UTC)
	}
	return req, nil
}

// departmentNamed finds an open department by its id, its name if only one has it, or its path such as Works/Paint.
func departmentNamed(tree map[domain.ID]directory.Department, name string) (*domain.ID, error) {
	if name == "" {
		return nil, nil
	}
	var found []domain.ID
	for id, d := range tree {
		if !d.Closed && (d.Name == name || id.String() == name || departmentPath(tree, id) == name) {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 0:
		return nil, domain.Refuse("department_not_found", "there is no open department %q; add it first, or leave the column empty", name)
	case 1:
		return &found[0], nil
	}
	return nil, domain.Refuse("department_ambiguous", "%d departments are called %q; write the path, such as Works/Paint", len(found), name)
}

func departmentPath(tree map[domain.ID]directory.Department, id domain.ID) string {
	var names []string
	for range len(tree) {
		d := tree[id]
		names = append([]string{d.Name}, names...)
		if d.Parent == nil {
			break
		}
		id = *d.Parent
	}
	return strings.Join(names, "/")
}
