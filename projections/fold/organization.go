package fold

import (
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
)

// organizations writes organizations and their departments.
type organizations struct{ *Writer }

// organization applies what an organization says about itself.
func (w organizations) organization(r *feed.Record) (bool, error) {
	org := r.Name.Org
	switch e := r.Event.(type) {
	case domain.OrganizationCreated:
		w.Do(`INSERT INTO organizations (org, name, industry, address, country, sample, attendance, owners, approvers, monitoring, created_at, stream, address_event, address_key) VALUES ($1, $2, $3, $4, $5, $6, false, '{}', '{}', '{}', $7, $8, $9, $10)`,
			org, e.Name, e.Industry, sealedText(e.Address), e.Country, e.Sample, r.At(), r.Stream, r.ID, r.Metadata.KeyID)
	case domain.OrganizationChanged:
		w.Do(`UPDATE organizations SET name = coalesce($2, name), industry = coalesce($3, industry) WHERE org = $1`, org, e.Name, e.Industry)
		if e.Address != nil {
			w.Do(`UPDATE organizations SET address = $2, address_event = $3, address_key = $4 WHERE org = $1`, org, sealedText(e.Address), r.ID, r.Metadata.KeyID)
		}
		if f := e.FirstDay; f != nil {
			w.Do(`INSERT INTO attendance_months (org, from_month, start_day) VALUES ($1, $2, $3) ON CONFLICT (org, from_month) DO UPDATE SET start_day = excluded.start_day`, org, f.From, f.Day)
		}
	case domain.AttendanceEnabled:
		w.Do(`UPDATE organizations SET attendance = true WHERE org = $1`, org)
	case domain.AttendanceDisabled:
		w.Do(`UPDATE organizations SET attendance = false WHERE org = $1`, org)
	case domain.OwnerAdded:
		w.Do(`UPDATE organizations SET owners = array_append(array_remove(owners, $2), $2) WHERE org = $1`, org, e.Member)
	case domain.OwnerRemoved:
		w.Do(`UPDATE organizations SET owners = array_remove(owners, $2) WHERE org = $1`, org, e.Member)
	case domain.ApproversChanged:
		w.Do(`UPDATE organizations SET approvers = $2 WHERE org = $1`, org, e.Approvers)
	case domain.MonitoringChanged:
		w.Do(`UPDATE organizations SET monitoring = $2 WHERE org = $1`, org, e.Items)
	case domain.LeaveTypeDefined:
		w.Do(`INSERT INTO leave_types (org, leave_type, name, paid, unit) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (org, leave_type) DO UPDATE SET name = excluded.name, paid = excluded.paid, unit = excluded.unit`, org, e.LeaveType, e.Name, e.Paid, e.Unit)
	default:
		return w.department(r)
	}
	return true, nil
}

func (w organizations) department(r *feed.Record) (bool, error) {
	org := r.Name.Org
	switch e := r.Event.(type) {
	case domain.DepartmentAdded:
		w.Do(`INSERT INTO departments (org, department, name, parent, closed) VALUES ($1, $2, $3, $4, false)`, org, e.Department, e.Name, e.Parent)
		belonging{w.Writer}.place(org, e.Department, e.Parent, "", false)
	case domain.DepartmentChanged:
		w.Do(`UPDATE departments SET name = coalesce($3, name), parent = CASE WHEN $5 THEN NULL ELSE coalesce($4, parent) END WHERE org = $1 AND department = $2`, org, e.Department, e.Name, e.Parent, e.Root)
		if e.Parent != nil || e.Root {
			belonging{w.Writer}.place(org, e.Department, e.Parent, e.From, true)
		}
	case domain.DepartmentClosed:
		w.Do(`UPDATE departments SET closed = true WHERE org = $1 AND department = $2`, org, e.Department)
	default:
		return false, nil
	}
	return true, nil
}
