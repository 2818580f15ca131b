package commands

import (
	"context"
	"errors"
	"maps"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/punchfile"
)

// ImportMembers provisions members from a table with a head: number, name, email, phone, position, department, group, joined, left.
type ImportMembers struct {
	// CSV is a text with any separator and encoding; Book, where it is not nil, a workbook that the caller has opened.
	CSV  []byte
	Book punchfile.Book
	// Dates and Encoding are what the caller says about the file, each empty where the file says it itself.
	Dates, Encoding string
	// Update changes what a line says about a member who is there already; empty cells change nothing.
	Update bool
	// Departments makes the departments that no line finds, by their paths such as Works/Paint.
	Departments bool
	// DryRun says what would happen and writes nothing.
	DryRun bool
}

// MemberImport says what an import of members did, or would do, line by line.
type MemberImport struct {
	DryRun  bool `json:"dry_run"`
	Lines   int  `json:"lines"`
	Created int  `json:"created" doc:"members that were, or would be, provisioned"`
	Known   int  `json:"known" doc:"lines whose number a member has already; nothing changes about them"`
	Updated int  `json:"updated" doc:"lines that changed, or would change, a member who is there already"`
	Refused int  `json:"refused"`
	// Ignored are columns whose names mean nothing here; Departments those that were, or would be, made.
	Ignored     []string     `json:"ignored,omitempty"`
	Departments []string     `json:"departments,omitempty"`
	Items       []MemberLine `json:"items"`
}

// MemberLine is one line of an import of members.
type MemberLine struct {
	// Line counts from 1 with the head.
	Line   int        `json:"line"`
	Number string     `json:"number"`
	Action string     `json:"action" enum:"create,known,update,refused"`
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
	lineUpdate  = "update"
	lineRefused = "refused"
)

// memberLines is how many lines one import may have, the head aside.
const memberLines = 5000

// Import reads all lines, then does them some at a time. A line whose number is there already is left alone unless Update is set, so that a repeat
// adds nothing.
func (s *Members) Import(ctx context.Context, call ledger.Call, req ImportMembers) (MemberImport, error) {
	if err := domain.CheckCommandTime(call.CommandID, domain.At(s.ledger.Clock())); err != nil {
		return MemberImport{}, err
	}
	o, err := s.find.organization(ctx, call.Org)
	if err != nil {
		return MemberImport{}, err
	}
	table, err := readMembers(req)
	if err != nil {
		return MemberImport{}, err
	}
	out := MemberImport{DryRun: req.DryRun, Lines: len(table.rows), Ignored: table.ignored, Items: make([]MemberLine, len(table.rows))}
	job := &memberImport{s: s, call: call, req: req, org: o, seen: map[string]bool{}}
	if out.Departments, err = job.departments(ctx, table.rows); err != nil {
		return out, err
	}
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(importWorkers)
	for i, row := range table.rows {
		line, asked, err := job.check(row)
		if out.Items[i] = line; err != nil {
			return out, errors.Join(err, work.Wait())
		}
		if line.Action == lineRefused || line.Action == lineKnown || req.DryRun {
			continue
		}
		work.Go(func() (err error) {
			out.Items[i], err = job.write(ctx, line, asked, row)
			return err
		})
	}
	err = work.Wait()
	out.count()
	return out, err
}

func (m *MemberImport) count() {
	for _, line := range m.Items {
		switch line.Action {
		case lineCreate:
			m.Created++
		case lineKnown:
			m.Known++
		case lineUpdate:
			m.Updated++
		default:
			m.Refused++
		}
	}
}

// memberImport is one run of an import of members.
type memberImport struct {
	s    *Members
	call ledger.Call
	req  ImportMembers
	org  directory.Organization
	seen map[string]bool
}

// check finds out what a line would do; only what is not the line's fault is an error.
func (j *memberImport) check(row memberRow) (MemberLine, ProvisionMember, error) {
	line := MemberLine{Line: row.line, Number: row.cells["number"], Action: lineCreate}
	req, err := j.s.requestOf(j.call, j.org, row.cells)
	if row.bad != "" {
		err = domain.Refuse("file_invalid", "the line cannot be read: %s", row.bad)
	}
	if err == nil {
		_, err = req.event(j.s.find.problems())
	}
	if err == nil {
		line.Number, _ = domain.Number(req.Number)
		if j.seen[line.Number] {
			err = domain.Refuse("number_repeated", "the number %s is in the file twice; leave one line out", line.Number)
		}
		j.seen[line.Number] = true
	}
	holder, held := j.s.holderNow(j.org.ID, line.Number)
	if err == nil {
		err = row.leaving(req.Joined, held)
	}
	if err != nil {
		line, err = line.refuse(err)
		return line, req, err
	}
	if held {
		line.Action, line.Member = lineKnown, &holder
		if j.req.Update {
			line.Action = lineUpdate
		}
	}
	return line, req, nil
}

// write provisions or changes the member of a line.
func (j *memberImport) write(ctx context.Context, line MemberLine, req ProvisionMember, row memberRow) (MemberLine, error) {
	step := func(name string) ledger.Call {
		preimage := domain.NewPreimage("daka/member-line/1").LPID(j.org.ID).Raw(j.call.CommandID[:]).U32(uint32(line.Line)).LP(line.Number)
		if name != "" {
			preimage = preimage.LP(name)
		}
		return j.call.Derive(preimage)
	}
	if line.Action == lineUpdate {
		if err := j.update(ctx, step, *line.Member, req, row); err != nil {
			return line.refuse(err)
		}
	} else {
		r, err := j.s.Provision(ctx, step(""), req)
		if err != nil {
			return line.refuse(err)
		}
		line.Member = &r.ID
	}
	if left := row.cells["left"]; left != "" {
		if _, err := j.s.End(ctx, step("left"), EndMembership{Member: *line.Member, Left: domain.Date(left)}); err != nil {
			return line.refuse(err)
		}
	}
	return line, nil
}

// update changes what the line says; an empty cell says nothing.
func (j *memberImport) update(ctx context.Context, step func(string) ledger.Call, member domain.ID, req ProvisionMember, row memberRow) error {
	said := func(column, value string) *string {
		if row.cells[column] == "" {
			return nil
		}
		return &value
	}
	change := ChangeMember{Member: member, Name: said("name", req.Name), Email: said("email", req.Email), Phone: said("phone", req.Phone),
		Position: said("position", req.Position), Department: req.Department}
	if row.cells["joined"] != "" {
		change.Joined = &req.Joined
	}
	if _, err := j.s.Change(ctx, step("change"), change); err != nil {
		return err
	}
	if req.Group == nil {
		return nil
	}
	today := domain.DateOf(j.s.ledger.Clock(), j.s.find.zoneOfGroup(j.org.ID, req.Group))
	if m, _ := j.s.directory.Member(j.org.ID, member); m.ID != (domain.ID{}) {
		if now, has := m.Group(today); has && now == *req.Group {
			return nil
		}
	}
	_, err := j.s.AssignGroup(ctx, step("group"), AssignGroup{Member: member, Group: req.Group, From: today})
	return err
}

// departments makes, when asked, those that the lines name and nobody has made yet, or says which it would make.
func (j *memberImport) departments(ctx context.Context, rows []memberRow) (made []string, err error) {
	if !j.req.Departments {
		return nil, nil
	}
	tree := maps.Clone(j.org.Departments)
	if tree == nil {
		tree = map[domain.ID]directory.Department{}
	}
	j.org.Departments = tree
	for _, row := range rows {
		path := row.cells["department"]
		if path == "" {
			continue
		}
		if _, err := departmentNamed(tree, path); err == nil {
			continue
		}
		var parent *domain.ID
		names := strings.Split(path, "/")
		for i := range names {
			at := strings.Join(names[:i+1], "/")
			id := departmentAt(tree, at)
			if id == nil {
				call := j.call.Derive(domain.NewPreimage("daka/member-department/1").LPID(j.org.ID).Raw(j.call.CommandID[:]).LP(at))
				e := domain.DepartmentAdded{Department: domain.ServerID("department", call.CommandID), Name: strings.TrimSpace(names[i]), Parent: parent}
				if !j.req.DryRun {
					if _, err := onOrganization(ctx, j.s.ledger, call, func(st domain.OrganizationState) ([]domain.Event, error) { return st.AddDepartment(e) }); err != nil {
						return made, err
					}
				}
				id = &e.Department
				tree[e.Department] = directory.Department{Name: e.Name, Parent: parent}
				made = append(made, at)
			}
			parent = id
		}
	}
	return made, nil
}

// departmentAt is the open department of a whole path.
func departmentAt(tree map[domain.ID]directory.Department, path string) *domain.ID {
	for id, d := range tree {
		if !d.Closed && departmentPath(tree, id) == path {
			return &id
		}
	}
	return nil
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
