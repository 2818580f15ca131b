package exports

import (
	"context"
	"iter"
	"slices"

	"github.com/dakahq/daka/api/report"
	"github.com/dakahq/daka/api/sheets"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/query"
)

// reading is one export under way: the names that its rows need, and what it is asked for.
type reading struct {
	*Exports
	reads               *projections.Engine
	ask                 Ask
	departments, groups map[domain.ID]string
}

// people reads the persons of a file a page at a time: by the month's rows, or where there are none by ids.
func (e *Exports) people(ctx context.Context, reads *projections.Engine, ask Ask, ids []domain.ID) (sheets.People, error) {
	r := &reading{Exports: e, reads: reads, ask: ask, departments: map[domain.ID]string{}, groups: map[domain.ID]string{}}
	departments, err := reads.Organizations.Departments(ctx, ask.Org, ask.To)
	if err != nil {
		return nil, err
	}
	for _, d := range departments {
		r.departments[d.ID] = d.Name
	}
	groups, err := reads.Groups.List(ctx, ask.Org, ask.To)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		r.groups[g.ID] = g.Name
	}
	months := ask.Months
	if months == nil {
		months = pagesOf(ids)
	}
	return func(yield func(*sheets.Person, error) bool) {
		for rows, err := range months {
			if err == nil {
				err = r.page(ctx, rows, func(p *sheets.Person) bool { return yield(p, nil) })
			}
			if err == errStopped {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}, nil
}

// pagesOf are rows without figures.
func pagesOf(ids []domain.ID) iter.Seq2[[]Row, error] {
	return func(yield func([]Row, error) bool) {
		for part := range slices.Chunk(ids, pageSize) {
			rows := make([]Row, len(part))
			for i, id := range part {
				rows[i].Member = id
			}
			if !yield(rows, nil) {
				return
			}
		}
	}
}

type stopped struct{}

func (stopped) Error() string { return "the reader of the people stopped" }

var errStopped = stopped{}

// page reads what a page of people needs, and hands them on in the order of the rows.
func (r *reading) page(ctx context.Context, rows []Row, each func(*sheets.Person) bool) error {
	ids := make([]domain.ID, len(rows))
	for i := range rows {
		ids[i] = rows[i].Member
	}
	members, err := r.reads.Members.ByID(ctx, r.ask.Org, ids)
	if err != nil {
		return err
	}
	reports, err := report.NewReporter(ctx, r.reads, r.ask.Org, ids, r.ask.From, r.ask.To)
	if err != nil {
		return err
	}
	days := map[domain.ID][]sheets.Day{}
	err = r.reads.Days.Export(ctx, r.ask.Org, ids, r.ask.From, r.ask.To, func(d *query.MemberDay) error {
		days[d.Member] = append(days[d.Member], told(reports, d))
		return nil
	})
	if err != nil {
		return err
	}
	for _, row := range rows {
		m, is := members[row.Member]
		if !is {
			continue
		}
		if !each(r.person(ctx, &m, row.Figures, days[row.Member])) {
			return errStopped
		}
	}
	return nil
}

// told adds to a day what the daily report says in words.
func told(reports *report.Reporter, d *query.MemberDay) sheets.Day {
	words := reports.Of(d.Member, &d.Day)
	day := sheets.Day{Day: d.Day, Plan: words.PlanDetail, Result: words.AttendResult, Approvals: reports.Approvals(&words), Errand: len(words.AttendanceApprove) > 0}
	for _, link := range words.AttendanceApprove {
		day.Errand = day.Errand && link.Type != "trip"
	}
	return day
}

func (r *reading) person(ctx context.Context, m *query.Member, figures map[string]any, days []sheets.Day) *sheets.Person {
	p := &sheets.Person{Number: m.Number, Name: r.values.Text(ctx, r.ask.Org, m.Name), Position: m.Position, Figures: figures, Days: days}
	if department := m.DepartmentOn(r.ask.To); department != nil {
		p.Department = r.departments[*department]
	}
	for _, g := range m.Groups {
		if g.From <= r.ask.To {
			p.Group = r.groups[domain.Whole(g.Group)]
		}
	}
	return p
}
