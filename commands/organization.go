package commands

import (
	"context"
	"strings"

	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// Organizations are founded and changed here, with their settings.
type Organizations struct {
	ledger  *ledger.Ledger
	find    finder
	handles *Handles
}

// Await waits for the directory to know an organization that the ledger has. Errors: organization_not_found; the ledger's and the directory's.
func (s *Organizations) Await(ctx context.Context, org domain.ID) error {
	return s.find.refuseUnlessExists(ctx, domain.OrgStream(org), "organization_not_found", "there is no such organization")
}

// CreateOrganization founds an organization; attendance stays off until it is switched on.
type CreateOrganization struct {
	Name     string `json:"name"`
	Industry string `json:"industry,omitempty"`
	Address  string `json:"address,omitempty" format:"multiline"`
	// Country is two letters such as CN, empty for none.
	Country string `json:"country,omitempty"`
	// Handle is the sign-in name, 3 to 32 of a-z 0-9 -: people sign in with number@handle.
	Handle string `json:"handle,omitempty" maxLength:"32" doc:"people sign in with number@handle: 3 to 32 of a-z, 0-9 and -; left out, the name gives one, with a number when it is taken"`
	// NameHandle gives a handle out of the name where none is asked for.
	NameHandle bool `json:"-"`
	// Sample marks data that `--sample` made; the API does not offer it.
	Sample bool `json:"-"`
}

func (r CreateOrganization) event() (domain.OrganizationCreated, error) {
	var p domain.Problems
	e := domain.OrganizationCreated{
		Name: p.Text("/name", r.Name, true), Industry: p.Text("/industry", r.Industry, false),
		Address: domain.PrivateText(p.FreeText("/address", r.Address)),
		Country: strings.ToUpper(r.Country), Sample: r.Sample,
	}
	if r.Handle != "" {
		p.Handle("/handle", r.Handle)
	}
	if e.Country != "" && (len(e.Country) != 2 || strings.Trim(e.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		p.Add("/country", "must be two letters such as CN")
	}
	return e, p.Err()
}

// Create makes an organization without members, as the administrator does; the receipt's id is the organization's.
func (s *Organizations) Create(ctx context.Context, call ledger.Call, req CreateOrganization) (ledger.Receipt, error) {
	e, err := req.event()
	if err != nil {
		return ledger.Receipt{}, err
	}
	org := domain.ServerID("org", call.CommandID)
	call.Org, call.Subject = org, org
	name, err := s.handles.found(ctx, call, req)
	if err != nil {
		return ledger.Receipt{}, err
	}
	r, err := ledger.HandleClient(ctx, s.ledger, call, domain.OrgStream(org), func(st domain.OrganizationState, _ domain.Instant) ([]domain.Event, error) {
		return st.Found(e, name)
	})
	r.ID = org
	return r, err
}

// ChangeOrganization replaces the parts that are given.
type ChangeOrganization struct {
	Name     *string `json:"name,omitempty"`
	Industry *string `json:"industry,omitempty"`
	Address  *string `json:"address,omitempty" format:"multiline"`
	// Searchable says that people find the organization by its name.
	Searchable *bool `json:"searchable,omitempty"`
	// Handle is the owners' to change.
	// PeriodStartDay is the day of the calendar on which attendance months begin, from the month PeriodFrom on.
	PeriodStartDay *int    `json:"period_start_day,omitempty" minimum:"1" maximum:"28" doc:"attendance months begin on this day of the calendar: with 26, 2026-05 runs from 26 April to 25 May"`
	PeriodFrom     string  `json:"period_from,omitempty" pattern:"^[0-9]{4}-[0-9]{2}$" doc:"the first month that begins so, yyyy-mm; by default the next that has not begun"`
	Handle         *string `json:"handle,omitempty" maxLength:"32" doc:"people sign in with number@handle: 3 to 32 of a-z, 0-9 and -; only an owner changes it"`
}

// Change changes name, industry, address, handle, or whether it is found by its name. A handle is claimed first, and the one
// before is given back last.
func (s *Organizations) Change(ctx context.Context, call ledger.Call, req ChangeOrganization) (ledger.Receipt, error) {
	var p domain.Problems
	var e domain.OrganizationChanged
	e.Name = optionalText(&p, "/name", req.Name, true)
	e.Industry, e.Searchable = optionalText(&p, "/industry", req.Industry, false), req.Searchable
	if req.Address != nil {
		e.Address = domain.Private(p.FreeText("/address", *req.Address))
	}
	e.FirstDay = req.firstDay(&p)
	if req.Handle != nil {
		p.Handle("/handle", *req.Handle)
		e.Handle = req.Handle
	}
	if err := p.Err(); err != nil {
		return ledger.Receipt{}, err
	}
	if e.Handle != nil {
		if err := s.handles.mayName(ctx, call); err != nil {
			return ledger.Receipt{}, err
		}
		if err := s.handles.claim(ctx, call, *e.Handle); err != nil {
			return ledger.Receipt{}, err
		}
	}
	r, err := onOrganization(ctx, s.ledger, call, func(st domain.OrganizationState) ([]domain.Event, error) {
		return st.Change(e, s.find.latestDate(call.Org))
	})
	if err != nil || e.Handle == nil {
		return r, err
	}
	return r, s.handles.release(ctx, call, r)
}

// firstDay is the day on which attendance months shall begin, nil when nothing is said about it.
func (req ChangeOrganization) firstDay(p *domain.Problems) *domain.FirstDay {
	if req.PeriodStartDay == nil {
		if req.PeriodFrom != "" {
			p.Add("/period_from", "says from when, but not on which day; give period_start_day, too")
		}
		return nil
	}
	p.Within("/period_start_day", float64(*req.PeriodStartDay), 1, 28)
	if req.PeriodFrom != "" {
		p.Date("/period_from", domain.Date(req.PeriodFrom+"-01"), true)
	}
	return &domain.FirstDay{Day: *req.PeriodStartDay, From: req.PeriodFrom}
}

func optionalText(p *domain.Problems, pointer string, text *string, required bool) *string {
	if text == nil {
		return nil
	}
	t := p.Text(pointer, *text, required)
	return &t
}

// SetAttendance switches attendance on or off.
type SetAttendance struct {
	Enabled bool `json:"enabled"`
}

// SetAttendance lets people punch, or refuses their punches with attendance_disabled.
func (s *Organizations) SetAttendance(ctx context.Context, call ledger.Call, req SetAttendance) (ledger.Receipt, error) {
	return onOrganization(ctx, s.ledger, call, func(st domain.OrganizationState) ([]domain.Event, error) {
		return st.SwitchAttendance(req.Enabled)
	})
}

// SetApprovers names who approves requests; none means anyone with the right.
type SetApprovers struct {
	Approvers []domain.ID `json:"approvers"`
}

// SetApprovers names the approvers of an organization.
func (s *Organizations) SetApprovers(ctx context.Context, call ledger.Call, req SetApprovers) (ledger.Receipt, error) {
	if _, err := s.find.organization(ctx, call.Org); err != nil {
		return ledger.Receipt{}, err
	}
	for _, id := range req.Approvers {
		if _, err := s.find.member(ctx, call.Org, id); err != nil {
			return ledger.Receipt{}, err
		}
	}
	return onOrganization(ctx, s.ledger, call, func(st domain.OrganizationState) ([]domain.Event, error) {
		return st.SetApprovers(req.Approvers)
	})
}

// SetMonitoring says what the daily monitoring shows.
type SetMonitoring struct {
	Items []string `json:"items"`
}

// SetMonitoring sets the items of the daily monitoring.
func (s *Organizations) SetMonitoring(ctx context.Context, call ledger.Call, req SetMonitoring) (ledger.Receipt, error) {
	return onOrganization(ctx, s.ledger, call, func(st domain.OrganizationState) ([]domain.Event, error) {
		return st.SetMonitoring(req.Items)
	})
}

// DefineLeaveType adds or changes a leave type.
type DefineLeaveType struct {
	LeaveType string `json:"leave_type"`
	Name      string `json:"name"`
	Paid      bool   `json:"paid,omitempty"`
	Unit      string `json:"unit,omitempty" enum:"day,half_day,hour"`
}

// DefineLeaveType adds or changes a leave type; the default unit is day.
func (s *Organizations) DefineLeaveType(ctx context.Context, call ledger.Call, req DefineLeaveType) (ledger.Receipt, error) {
	var p domain.Problems
	e := domain.LeaveTypeDefined{
		LeaveType: p.Text("/leave_type", req.LeaveType, true), Name: p.Text("/name", req.Name, true), Paid: req.Paid, Unit: req.Unit,
	}
	if e.Unit == "" {
		e.Unit = "day"
	}
	if e.Unit != "day" && e.Unit != "half_day" && e.Unit != "hour" {
		p.Add("/unit", "must be day, half_day or hour")
	}
	if err := p.Err(); err != nil {
		return ledger.Receipt{}, err
	}
	return onOrganization(ctx, s.ledger, call, func(st domain.OrganizationState) ([]domain.Event, error) { return st.DefineLeaveType(e) })
}

// onOrganization decides on an organization's own stream.
func onOrganization(ctx context.Context, l *ledger.Ledger, call ledger.Call, decide func(domain.OrganizationState) ([]domain.Event, error)) (ledger.Receipt, error) {
	call.Subject = call.Org
	r, err := ledger.HandleClient(ctx, l, call, domain.OrgStream(call.Org), func(st domain.OrganizationState, _ domain.Instant) ([]domain.Event, error) {
		if !st.Exists {
			return nil, domain.Refuse("organization_not_found", "there is no such organization")
		}
		return decide(st)
	})
	r.ID = call.Org
	return r, err
}
