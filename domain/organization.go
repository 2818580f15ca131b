package domain

import "slices"

// OrganizationCreated founds an organization; its name is public inside daka's search.
type OrganizationCreated struct {
	Name     string          `json:"name"`
	Industry string          `json:"industry,omitempty"`
	Address  *Sealed[string] `json:"address,omitempty" text:"lines"`
	// Country chooses the holidays that enter the calendar, ISO 3166 two letters, empty for none.
	Country string `json:"country,omitempty"`
	// Sample marks data that `--sample` made.
	Sample bool `json:"sample,omitempty"`
}

// OrganizationChanged replaces the parts that are not null.
type OrganizationChanged struct {
	Name     *string         `json:"name,omitempty"`
	Industry *string         `json:"industry,omitempty"`
	Address  *Sealed[string] `json:"address,omitempty" text:"lines"`
	// Searchable says that people who look for the name find it; from the start it is.
	Searchable *bool `json:"searchable,omitempty"`
	// Handle is the sign-in name, claimed before; people sign in with number@handle.
	Handle *string `json:"handle,omitempty"`
	// FirstDay is the day on which attendance months begin from a month on (rules 5.1).
	FirstDay *FirstDay `json:"period,omitempty"`
}

// DepartmentAdded adds a node to the tree; parent null is the root.
type DepartmentAdded struct {
	Department ID     `json:"department"`
	Name       string `json:"name"`
	Parent     *ID    `json:"parent,omitempty"`
}

// DepartmentChanged renames or moves a department.
type DepartmentChanged struct {
	Department ID      `json:"department"`
	Name       *string `json:"name,omitempty"`
	Parent     *ID     `json:"parent,omitempty"`
	// Root says that it has no parent any more.
	Root bool `json:"root,omitempty"`
	// From is the first day at the new place, inclusive, for groups that take departments; left out it holds from the beginning.
	From Date `json:"from,omitempty"`
}

// DepartmentClosed ends a department without members.
type DepartmentClosed struct {
	Department ID `json:"department"`
}

// OwnerAdded makes a member an owner. Alone says that no second person confirmed it, for there was none.
type OwnerAdded struct {
	Member ID   `json:"member"`
	Alone  bool `json:"alone,omitempty"`
}

// OwnerRemoved takes ownership away; the last owner stays.
type OwnerRemoved struct {
	Member ID `json:"member"`
}

// AttendanceEnabled lets people punch.
type AttendanceEnabled struct{}

// AttendanceDisabled refuses punches with attendance_disabled.
type AttendanceDisabled struct{}

// ApproversChanged names who approves requests.
type ApproversChanged struct {
	Approvers []ID `json:"approvers"`
}

// MonitoringChanged says what the daily monitoring shows; Items are anomaly kinds and `leave`, `overtime`, `trip`, `out`.
type MonitoringChanged struct {
	Items []string `json:"items"`
}

// LeaveTypeDefined adds or changes a leave type; Paid and Unit are for statistics.
type LeaveTypeDefined struct {
	LeaveType string `json:"leave_type"`
	Name      string `json:"name"`
	Paid      bool   `json:"paid"`
	Unit      string `json:"unit" enum:"day,half_day,hour"` // day, half_day or hour
}

func (OrganizationCreated) EventType() string { return "OrganizationCreated" }
func (OrganizationChanged) EventType() string { return "OrganizationChanged" }
func (DepartmentAdded) EventType() string     { return "DepartmentAdded" }
func (DepartmentChanged) EventType() string   { return "DepartmentChanged" }
func (DepartmentClosed) EventType() string    { return "DepartmentClosed" }
func (OwnerAdded) EventType() string          { return "OwnerAdded" }
func (OwnerRemoved) EventType() string        { return "OwnerRemoved" }
func (AttendanceEnabled) EventType() string   { return "AttendanceEnabled" }
func (AttendanceDisabled) EventType() string  { return "AttendanceDisabled" }
func (ApproversChanged) EventType() string    { return "ApproversChanged" }
func (MonitoringChanged) EventType() string   { return "MonitoringChanged" }
func (LeaveTypeDefined) EventType() string    { return "LeaveTypeDefined" }

// OrganizationState is an organization as its own stream tells it.
type OrganizationState struct {
	Exists      bool
	Name        string
	Handle      string // empty for none
	Country     string
	Enabled     bool
	Sample      bool
	Departments map[ID]Department
	Owners      map[ID]bool
	// ProposedOwners are who proposed them; a second person has not confirmed yet.
	ProposedOwners map[ID]Actor
	// RemovedOwners are who proposed that they be owners no longer; a second person has not confirmed yet.
	RemovedOwners map[ID]Actor
	Tokens        map[ID]TokenState
	Approvers     []ID
	LeaveTypes    map[string]LeaveTypeDefined
	Monitoring    []string
	Months        AttendanceMonths
	industry      string
	hidden        bool
}

// Department is a node of the tree; Parent nil is the root.
type Department struct {
	Name   string
	Parent *ID
	Closed bool
}

// Evolve folds one event.
func (s OrganizationState) Evolve(r Recorded) OrganizationState {
	switch e := r.Event.(type) {
	case OrganizationCreated:
		s.Exists, s.Name, s.Country, s.Sample, s.industry = true, e.Name, e.Country, e.Sample, e.Industry
	case OrganizationChanged:
		s.Name, s.industry, s.Handle = either(e.Name, s.Name), either(e.Industry, s.industry), either(e.Handle, s.Handle)
		s.hidden = !either(e.Searchable, !s.hidden)
		if e.FirstDay != nil {
			s.Months = s.Months.With(*e.FirstDay)
		}
	case AttendanceEnabled:
		s.Enabled = true
	case AttendanceDisabled:
		s.Enabled = false
	case DepartmentAdded:
		s.Departments = put(s.Departments, e.Department, Department{Name: e.Name, Parent: e.Parent})
	case DepartmentChanged:
		d := s.Departments[e.Department]
		d.Name = either(e.Name, d.Name)
		if e.Parent != nil || e.Root {
			d.Parent = e.Parent
		}
		s.Departments = put(s.Departments, e.Department, d)
	case DepartmentClosed:
		d := s.Departments[e.Department]
		d.Closed = true
		s.Departments = put(s.Departments, e.Department, d)
	case ApproversChanged:
		s.Approvers = e.Approvers
	case LeaveTypeDefined:
		s.LeaveTypes = put(s.LeaveTypes, e.LeaveType, e)
	case MonitoringChanged:
		s.Monitoring = e.Items
	default:
		return s.evolveRights(r)
	}
	return s
}

func either[T any](changed *T, before T) T {
	if changed != nil {
		return *changed
	}
	return before
}

// errNoOrganization is answered for another organization's ids too.
func errNoOrganization() error {
	return Refuse("organization_not_found", "there is no such organization")
}

// Create founds the organization.
func (s OrganizationState) Create(e OrganizationCreated) ([]Event, error) {
	if s.Exists {
		return nil, Refuse("organization_exists", "the organization exists already")
	}
	return []Event{e}, nil
}

// Found is Create with the handle that was claimed before, empty for none.
func (s OrganizationState) Found(e OrganizationCreated, handle string) ([]Event, error) {
	events, err := s.Create(e)
	if err == nil && handle != "" {
		events = append(events, OrganizationChanged{Handle: &handle})
	}
	return events, err
}

// Change replaces the parts that are given; parts that stay the same are left out. Today is the organization's local date.
func (s OrganizationState) Change(e OrganizationChanged, today Date) ([]Event, error) {
	if !s.Exists {
		return nil, errNoOrganization()
	}
	if e.FirstDay != nil {
		if e.FirstDay.From == "" {
			e.FirstDay = &FirstDay{Day: e.FirstDay.Day, From: s.Months.Next(today)}
		}
		if slices.Contains(s.Months, *e.FirstDay) {
			e.FirstDay = nil
		} else if err := s.Months.check(*e.FirstDay, today); err != nil {
			return nil, err
		}
	}
	e.Name, e.Industry, e.Searchable = unlike(e.Name, s.Name), unlike(e.Industry, s.industry), unlike(e.Searchable, !s.hidden)
	e.Handle = unlike(e.Handle, s.Handle)
	if e == (OrganizationChanged{}) {
		return None, nil
	}
	return []Event{e}, nil
}

// unlike drops a change to what is there already.
func unlike[T comparable](changed *T, before T) *T {
	if changed != nil && *changed == before {
		return nil
	}
	return changed
}

// SwitchAttendance lets people punch, or refuses their punches from now on.
func (s OrganizationState) SwitchAttendance(on bool) ([]Event, error) {
	switch {
	case !s.Exists:
		return nil, errNoOrganization()
	case on == s.Enabled:
		return None, nil
	case on:
		return []Event{AttendanceEnabled{}}, nil
	}
	return []Event{AttendanceDisabled{}}, nil
}

// AddDepartment adds a node below a parent that is open.
func (s OrganizationState) AddDepartment(e DepartmentAdded) ([]Event, error) {
	if !s.Exists {
		return nil, errNoOrganization()
	}
	if err := s.openDepartment(e.Parent, "/parent"); err != nil {
		return nil, err
	}
	return []Event{e}, nil
}

// ChangeDepartment renames or moves a department; it cannot move below itself.
func (s OrganizationState) ChangeDepartment(e DepartmentChanged) ([]Event, error) {
	if err := s.openDepartment(&e.Department, "/department"); err != nil {
		return nil, err
	}
	if err := s.openDepartment(e.Parent, "/parent"); err != nil {
		return nil, err
	}
	if s.below(e.Parent, e.Department) {
		return nil, Refuse("department_cycle", "a department cannot move below itself; choose another parent")
	}
	before := s.Departments[e.Department]
	e.Name = unlike(e.Name, before.Name)
	if e.Parent != nil && sameID(e.Parent, before.Parent) {
		e.Parent = nil
	}
	e.Root = e.Root && before.Parent != nil
	if e.Parent == nil && !e.Root {
		e.From = ""
	}
	if e.Name == nil && e.Parent == nil && !e.Root {
		return None, nil
	}
	return []Event{e}, nil
}

// CloseDepartment ends a department without open children; members says how many belong to it now.
func (s OrganizationState) CloseDepartment(id ID, members int) ([]Event, error) {
	d, known := s.Departments[id]
	if !known {
		return nil, errNoDepartment("/department")
	}
	if d.Closed {
		return None, nil
	}
	for _, child := range s.Departments {
		if child.Parent != nil && *child.Parent == id && !child.Closed {
			return nil, Refuse("department_not_empty", "the department has the open department %q below it; close that first", child.Name)
		}
	}
	if members > 0 {
		return nil, Refuse("department_not_empty", "the department has %d members; move them to another department first", members)
	}
	return []Event{DepartmentClosed{Department: id}}, nil
}

// Department checks that a department exists and is open; nil is the root and always good.
func (s OrganizationState) openDepartment(id *ID, pointer string) error {
	if id == nil {
		return nil
	}
	if d, known := s.Departments[*id]; !known || d.Closed {
		return errNoDepartment(pointer)
	}
	return nil
}

// CheckDepartment refuses a department that is unknown or closed; nil is none and always good.
func (s OrganizationState) CheckDepartment(id *ID) error { return s.openDepartment(id, "/department") }

func errNoDepartment(pointer string) error {
	return &Refusal{Code: "department_not_found", Text: "there is no such open department", Fields: []FieldProblem{{pointer, "name an open department of this organization"}}}
}

func (s OrganizationState) below(node *ID, ancestor ID) bool {
	for range len(s.Departments) + 1 {
		if node == nil {
			return false
		}
		if *node == ancestor {
			return true
		}
		node = s.Departments[*node].Parent
	}
	return true
}

// DefineLeaveType adds or changes a leave type.
func (s OrganizationState) DefineLeaveType(e LeaveTypeDefined) ([]Event, error) {
	if !s.Exists {
		return nil, errNoOrganization()
	}
	if s.LeaveTypes[e.LeaveType] == e {
		return None, nil
	}
	return []Event{e}, nil
}

// SetApprovers names who approves requests.
func (s OrganizationState) SetApprovers(approvers []ID) ([]Event, error) {
	if slices.Equal(s.Approvers, approvers) {
		return None, nil
	}
	return []Event{ApproversChanged{Approvers: approvers}}, nil
}

// SetMonitoring says what the daily monitoring shows.
func (s OrganizationState) SetMonitoring(items []string) ([]Event, error) {
	if slices.Equal(s.Monitoring, items) {
		return None, nil
	}
	return []Event{MonitoringChanged{Items: items}}, nil
}
