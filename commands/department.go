package commands

import (
	"context"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// Departments are the tree of an organization.
type Departments struct {
	ledger    *ledger.Ledger
	directory *directory.Directory
	find      finder
}

// AddDepartment adds a node to the tree of departments.
type AddDepartment struct {
	Name   string     `json:"name"`
	Parent *domain.ID `json:"parent,omitempty"`
}

// Add adds a department; the receipt's id is its own.
func (s *Departments) Add(ctx context.Context, call ledger.Call, req AddDepartment) (ledger.Receipt, error) {
	var p domain.Problems
	e := domain.DepartmentAdded{Department: domain.ServerID("department", call.CommandID), Name: p.Text("/name", req.Name, true), Parent: req.Parent}
	if err := p.Err(); err != nil {
		return ledger.Receipt{}, err
	}
	r, err := onOrganization(ctx, s.ledger, call, func(st domain.OrganizationState) ([]domain.Event, error) { return st.AddDepartment(e) })
	r.ID = e.Department
	return r, err
}

// ChangeDepartment renames, moves or closes a department.
type ChangeDepartment struct {
	// Department is in the path or the body, as the API has it.
	Department domain.ID  `json:"department"`
	Name       *string    `json:"name,omitempty"`
	Parent     *domain.ID `json:"parent,omitempty"`
	// Root moves it to the top, out of its parent.
	Root bool `json:"-"`
	// From is the first day at the new place, for groups that take departments; empty is the day of the command in the organization's zone.
	From   domain.Date `json:"from,omitempty"`
	Closed bool        `json:"closed,omitempty"`
}

// Change renames, moves or closes a department.
func (s *Departments) Change(ctx context.Context, call ledger.Call, req ChangeDepartment) (ledger.Receipt, error) {
	p := s.find.problems()
	e := domain.DepartmentChanged{Department: req.Department, Name: optionalText(&p, "/name", req.Name, true), Parent: req.Parent, Root: req.Root, From: p.Date("/from", req.From, false)}
	if err := p.Err(); err != nil {
		return ledger.Receipt{}, err
	}
	today := s.find.dayOfOrganization(call)
	if e.From == "" {
		e.From = today
	}
	r, err := onOrganization(ctx, s.ledger, call, func(st domain.OrganizationState) ([]domain.Event, error) {
		events, err := st.ChangeDepartment(e)
		if err != nil || !req.Closed {
			return events, err
		}
		closing, err := st.CloseDepartment(req.Department, s.headcount(call.Org, req.Department, today))
		return append(events, closing...), err
	})
	r.ID = req.Department
	return r, err
}

// headcount is how many members belong to a department itself on a day or later, and have not left.
func (s *Departments) headcount(org, department domain.ID, today domain.Date) int {
	n := 0
	for _, m := range s.directory.Members(org) {
		if m.Left == "" && m.Departments.Ever(department, today) {
			n++
		}
	}
	return n
}
