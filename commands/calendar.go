package commands

import (
	"context"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// Calendar is an organization's holidays and workdays.
type Calendar struct {
	ledger    *ledger.Ledger
	directory *directory.Directory
	find      finder
}

// DeclareDays sets an organization's holidays and workdays; null takes a date back.
type DeclareDays struct {
	// Holidays are names by date.
	Holidays map[string]*string `json:"holidays,omitempty"`
	// Workdays are shifts by date, "" for the shift of the week.
	Workdays map[string]*string `json:"workdays,omitempty"`
}

// Declare writes what differs from the calendar as it is; the last word on a date wins.
func (s *Calendar) Declare(ctx context.Context, call ledger.Call, req DeclareDays) (ledger.Receipt, error) {
	days, err := s.days(req)
	if err != nil {
		return ledger.Receipt{}, err
	}
	if _, err := s.find.organization(ctx, call.Org); err != nil {
		return ledger.Receipt{}, err
	}
	return s.onCalendar(ctx, call, func(st domain.CalendarState) ([]domain.Event, error) { return st.Declare(days) })
}

// days checks what is declared.
func (s *Calendar) days(req DeclareDays) (domain.Days, error) {
	p := s.find.problems()
	days := domain.Days{Holidays: datesOf(&p, "/holidays", req.Holidays, true), Workdays: datesOf(&p, "/workdays", req.Workdays, false)}
	if len(days.Holidays)+len(days.Workdays) > 90 {
		p.Add("", "names more than 90 dates; send them in parts")
	}
	return days, p.Err()
}

func datesOf(p *domain.Problems, pointer string, days map[string]*string, named bool) map[domain.Date]*string {
	out := make(map[domain.Date]*string, len(days))
	for text, value := range days {
		date := p.Date(pointer+"/"+text, domain.Date(text), true)
		out[date] = optionalText(p, pointer+"/"+text, value, named)
	}
	return out
}

func (s *Calendar) onCalendar(ctx context.Context, call ledger.Call, decide func(domain.CalendarState) ([]domain.Event, error)) (ledger.Receipt, error) {
	call.Subject = call.Org
	r, err := ledger.HandleClient(ctx, s.ledger, call, domain.CalendarStream(call.Org), func(st domain.CalendarState, _ domain.Instant) ([]domain.Event, error) {
		events, err := decide(st)
		if err == nil && len(events) > 0 {
			err = withinExtent(s.extent(call.Org, events))
		}
		return events, err
	})
	r.ID = call.Org
	return r, err
}

// The years for which holidays may be shipped.
const firstShippedYear, lastShippedYear = 2024, 2035

// shippedYears are the holidays that come with the program, as they enter a ledger.
func shippedYears() []domain.CalendarYearLoaded {
	var out []domain.CalendarYearLoaded
	for year := firstShippedYear; year <= lastShippedYear; year++ {
		c, ok := attendance.ChinaCalendar(year)
		if !ok {
			continue
		}
		out = append(out, domain.CalendarYearLoaded{
			Country: attendance.HolidaysChina, Year: year, Holidays: dated(c.Holidays), Workdays: dated(c.Workdays),
			Source: attendance.ChinaCalendarSource(year),
		})
	}
	return out
}

func dated(days map[attendance.Date]string) map[domain.Date]string {
	out := make(map[domain.Date]string, len(days))
	for d, name := range days {
		out[domain.Date(d.String())] = name
	}
	return out
}
