package query

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// Member is a membership as it is now; personal values are sealed.
type Member struct {
	ID       domain.ID `json:"id"`
	Number   string    `json:"number"`
	Name     *Sealed   `json:"-"`
	Email    *Sealed   `json:"-"`
	Phone    *Sealed   `json:"-"`
	Position string    `json:"position"`
	// Departments are in the order of their dates; the first is from the beginning.
	Departments []Posting            `json:"departments"`
	Account     *domain.ID           `json:"account"`
	Joined      domain.Date          `json:"joined"`
	Left        domain.Date          `json:"left,omitempty"`
	Roles       []domain.RoleGranted `json:"roles"`
	Groups      []Assignment         `json:"groups"`
	// Parked says why the member's figures do not go on, empty when they do.
	Parked string `json:"parked,omitempty"`
}

// Assignment is a group from a date on, until the next one; Group null is a time without one.
type Assignment struct {
	Group *domain.ID  `json:"group,omitempty" doc:"left out of a time without a group"`
	From  domain.Date `json:"from"`
}

// Posting is a department from a date on, until the next one; Department null is none.
type Posting struct {
	Department *domain.ID `json:"department,omitempty" doc:"left out of a time in no department"`
	// From is left out of what holds from the beginning.
	From domain.Date `json:"from,omitempty"`
}

// DepartmentOn is the department of a date, nil for none.
func (m *Member) DepartmentOn(date domain.Date) (department *domain.ID) {
	for i := range m.Departments {
		if m.Departments[i].From <= date {
			department = m.Departments[i].Department
		}
	}
	return department
}

// MemberFilter narrows a list; zero values do not.
type MemberFilter struct {
	// Department and Group are those that hold the member on the date On, or in the end when On is empty.
	Department *domain.ID
	Group      *domain.ID
	On         domain.Date
	Number     string
	// Current leaves out members whose membership has ended.
	Current bool
	// Among are the only members, nil for everybody.
	Among []domain.ID
}

func scanMember(row pgx.CollectableRow) (m Member, err error) {
	var org domain.ID
	var name, email, phone *string
	var nameEvent, emailEvent, phoneEvent, key *domain.ID
	var joined, left *time.Time
	var roles, groups, departments []byte
	err = row.Scan(&org, &m.ID, &m.Number, &name, &nameEvent, &email, &emailEvent, &phone, &phoneEvent, &key, &m.Position, &m.Account, &joined, &left, &roles, &groups, &departments, &m.Parked)
	if err != nil {
		return m, err
	}
	stream := domain.MemberStream(org, m.ID)
	m.Name = sealedOf(name, stream, nameEvent, "/name", key)
	m.Email = sealedOf(email, stream, emailEvent, "/email", key)
	m.Phone = sealedOf(phone, stream, phoneEvent, "/phone", key)
	m.Joined, m.Left = civil(joined), civil(left)
	if err = json.Unmarshal(roles, &m.Roles); err == nil {
		err = json.Unmarshal(groups, &m.Groups)
	}
	if err == nil {
		err = json.Unmarshal(departments, &m.Departments)
	}
	return m, err
}

// List lists by number.
func (r *Members) List(ctx context.Context, org domain.ID, f MemberFilter, cursor string, limit int) (Page[Member], error) {
	at, err := parseCursor(cursor, isText, isID)
	if err != nil {
		return Page[Member]{}, err
	}
	return paged(ctx, r.Within(org), limit, "members", scanMember, func(m *Member) []string { return []string{m.Number, m.ID.String()} },
		memberSQL+`WHERE m.org = $1 AND ($2::uuid IS NULL OR $2 = `+departmentOn("m", "coalesce($6::date, '9999-12-31')")+`) AND ($3 = '' OR m.number = $3 OR EXISTS (SELECT 1 FROM badges b WHERE b.org = m.org AND b.number = $3 AND b.member = m.member AND b.until_date IS NULL)) AND (NOT $4 OR m.left_on IS NULL)
			AND ($5::uuid IS NULL OR $5 = (SELECT a.group_id FROM assignments a WHERE a.org = m.org AND a.member = m.member AND a.from_date <= coalesce($6::date, 'infinity') ORDER BY a.from_date DESC LIMIT 1))
			`+onlyThose("m.member", 9)+`AND ($7 = '' OR (m.number, m.member::text) > ($7, $8)) ORDER BY m.number, m.member::text`,
		org, f.Department, f.Number, f.Current, f.Group, orNull(string(f.On)), at[0], at[1], f.Among)
}

// MemberCursor goes on behind a member of List.
func MemberCursor(m *Member) string { return cursorOf(m.Number, m.ID.String()) }

// ByID are the members with these ids, by id; ids that are no member's are left out.
func (r *Members) ByID(ctx context.Context, org domain.ID, ids []domain.ID) (map[domain.ID]Member, error) {
	members := make(map[domain.ID]Member, len(ids))
	found, err := List(ctx, r.Within(org), "members", scanMember, memberSQL+`WHERE m.org = $1 AND m.member = ANY($2)`, org, ids)
	for _, m := range found {
		members[m.ID] = m
	}
	return members, err
}

// One answers pgx.ErrNoRows when there is none in the organization.
func (r *Members) One(ctx context.Context, org, id domain.ID) (Member, error) {
	return one(ctx, r.Within(org), "the member", scanMember, memberSQL+`WHERE m.org = $1 AND m.member = $2`, org, id)
}

// ByNumber answers the latest holder of a number, pgx.ErrNoRows when nobody ever had it.
func (r *Members) ByNumber(ctx context.Context, org domain.ID, number string) (Member, error) {
	return one(ctx, r.Within(org), "the member", scanMember, memberSQL+`WHERE m.org = $1 AND m.member = (
		SELECT b.member FROM badges b WHERE b.org = $1 AND b.number = $2 ORDER BY b.from_date DESC, b.seq DESC LIMIT 1)`, org, number)
}

// Badge is one holding of a number; Until is empty while it is held.
type Badge struct {
	Number string           `json:"number"`
	Kind   domain.BadgeKind `json:"kind" enum:"staff,machine" doc:"staff is the 工号, machine is what a machine or a file knows the member by"`
	From   domain.Date      `json:"from"`
	Until  domain.Date      `json:"until,omitempty" doc:"the last day, inclusive; left out while the member has the number"`
}

// Badges lists the numbers that a member has held.
func (r *Members) Badges(ctx context.Context, org, id domain.ID) ([]Badge, error) {
	return List(ctx, r.Within(org), "badges", func(row pgx.CollectableRow) (b Badge, err error) {
		var from, until *time.Time
		err = row.Scan(&b.Number, &b.Kind, &from, &until)
		b.From, b.Until = civil(from), civil(until)
		return b, err
	}, `SELECT number, kind, from_date, until_date FROM badges WHERE org = $1 AND member = $2 ORDER BY from_date, seq`, org, id)
}
