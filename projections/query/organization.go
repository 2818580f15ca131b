package query

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// Organization is an organization as it is now.
type Organization struct {
	ID         domain.ID   `json:"id"`
	Name       string      `json:"name"`
	Industry   string      `json:"industry"`
	Address    *Sealed     `json:"-"`
	Country    string      `json:"country"`
	Sample     bool        `json:"sample"`
	Attendance bool        `json:"attendance"`
	Owners     []domain.ID `json:"owners"`
	Approvers  []domain.ID `json:"approvers"`
	Monitoring []string    `json:"monitoring"`
	CreatedAt  time.Time   `json:"created_at"`
	// Through is the greatest ClockAdvanced known; zero before the first.
	Through time.Time `json:"through"`
}

const selectOrganization = `SELECT o.org, name, industry, address, country, sample, attendance, owners, approvers, monitoring, created_at, stream, address_event, address_key,
	(SELECT through FROM clocks c WHERE c.org = o.org) FROM organizations o `

func scanOrganization(row pgx.CollectableRow) (o Organization, err error) {
	var address *string
	var stream string
	var event, key *domain.ID
	var through *time.Time
	err = row.Scan(&o.ID, &o.Name, &o.Industry, &address, &o.Country, &o.Sample, &o.Attendance, &o.Owners, &o.Approvers, &o.Monitoring, &o.CreatedAt, &stream, &event, &key, &through)
	o.Address = sealedOf(address, stream, event, "/address", key)
	if through != nil {
		o.Through = *through
	}
	return o, err
}

// List lists by name; query is a part of the name, of any case, or empty.
func (r *Organizations) List(ctx context.Context, query, cursor string, limit int) (Page[Organization], error) {
	at, err := parseCursor(cursor, isText, isID)
	if err != nil {
		return Page[Organization]{}, err
	}
	return paged(ctx, r.Across(), limit, "organizations", scanOrganization, func(o *Organization) []string { return []string{o.Name, o.ID.String()} },
		selectOrganization+`WHERE ($1 = '' OR strpos(lower(name), lower($1)) > 0) AND ($2 = '' OR (name, o.org::text) > ($2, $3)) ORDER BY name, o.org::text`, query, at[0], at[1])
}

// One answers pgx.ErrNoRows when there is none.
func (r *Organizations) One(ctx context.Context, org domain.ID) (Organization, error) {
	return one(ctx, r.Within(org), "the organization", scanOrganization, selectOrganization+`WHERE o.org = $1`, org)
}

// Department is a node of an organization's tree.
type Department struct {
	ID      domain.ID  `json:"id"`
	Name    string     `json:"name"`
	Parent  *domain.ID `json:"parent"`
	Closed  bool       `json:"closed"`
	Members int        `json:"members" doc:"those who belong to it alone"`
	// Total counts those of the departments below it, too.
	Total int `json:"total" doc:"with the departments below it"`
}

// Departments lists the whole tree by name, with its members of a date.
func (r *Organizations) Departments(ctx context.Context, org domain.ID, on domain.Date) ([]Department, error) {
	return List(ctx, r.Within(org), "departments", pgx.RowToStructByName[Department], departmentSQL, org, string(on))
}

// LeaveType is a kind of leave that the organization has defined.
type LeaveType struct {
	LeaveType string `json:"leave_type"`
	Name      string `json:"name"`
	Paid      bool   `json:"paid"`
	Unit      string `json:"unit"`
}

// LeaveTypes lists them by their code.
func (r *Organizations) LeaveTypes(ctx context.Context, org domain.ID) ([]LeaveType, error) {
	return List(ctx, r.Within(org), "leave types", pgx.RowToStructByName[LeaveType], `SELECT leave_type, name, paid, unit FROM leave_types WHERE org = $1 ORDER BY leave_type`, org)
}
