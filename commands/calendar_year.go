package commands

import (
	"context"
	"time"

	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/domain/holidayfile"
)

// LoadCalendarYear brings a country's year into the ledger: from a file, or where there is none as it is shipped.
type LoadCalendarYear struct {
	Country string
	// Year may be 0 where the file is of one year.
	Year int
	// File is the JSON of holiday-cn or an iCalendar file.
	File []byte
	// Source says where the file comes from; without it the file's own word counts.
	Source string
}

// CalendarPreview is what a change of the calendar would do.
type CalendarPreview struct {
	Country  string `json:"country,omitempty"`
	Year     int    `json:"year,omitempty"`
	Source   string `json:"source,omitempty"`
	SHA256   string `json:"sha256,omitempty" doc:"of the file"`
	Holidays int    `json:"holidays" doc:"holidays of the year, or of the request"`
	Workdays int    `json:"workdays"`
	// Changes are the dates whose entry would change; none where all is as it would be.
	Changes []domain.CalendarChange `json:"changes"`
	// MemberDays are the days of members that have come and would be assessed again.
	MemberDays int                `json:"member_days"`
	Left       []holidayfile.Left `json:"left" doc:"entries of the file that are left out: another_year, unmarked, repeats"`
}

// LoadYear loads a year; loading it again changes nothing, other days replace those that were loaded, also those of a file by the shipped ones.
func (s *Calendar) LoadYear(ctx context.Context, call ledger.Call, req LoadCalendarYear) (ledger.Receipt, error) {
	e, _, err := s.year(req)
	if err != nil {
		return ledger.Receipt{}, err
	}
	if _, err := s.find.organization(ctx, call.Org); err != nil {
		return ledger.Receipt{}, err
	}
	return s.onCalendar(ctx, call, func(st domain.CalendarState) ([]domain.Event, error) { return st.LoadYear(e) })
}

// PreviewYear says what LoadYear would do, and writes nothing.
func (s *Calendar) PreviewYear(ctx context.Context, org domain.ID, req LoadCalendarYear) (*CalendarPreview, error) {
	e, left, err := s.year(req)
	if err != nil {
		return nil, err
	}
	out := &CalendarPreview{Country: e.Country, Year: e.Year, Source: e.Source, SHA256: e.SHA256, Holidays: len(e.Holidays), Workdays: len(e.Workdays), Left: left}
	return out, s.preview(ctx, org, out, func(st domain.CalendarState) ([]domain.Event, error) { return st.LoadYear(e) })
}

// PreviewDays says what Declare would do, and writes nothing.
func (s *Calendar) PreviewDays(ctx context.Context, org domain.ID, req DeclareDays) (*CalendarPreview, error) {
	days, err := s.days(req)
	if err != nil {
		return nil, err
	}
	out := &CalendarPreview{Holidays: len(days.Holidays), Workdays: len(days.Workdays), Left: []holidayfile.Left{}}
	return out, s.preview(ctx, org, out, func(st domain.CalendarState) ([]domain.Event, error) { return st.Declare(days) })
}

func (s *Calendar) preview(ctx context.Context, org domain.ID, out *CalendarPreview, decide func(domain.CalendarState) ([]domain.Event, error)) error {
	if _, err := s.find.organization(ctx, org); err != nil {
		return err
	}
	st := stateOf(s.directory.Calendar(org))
	events, err := decide(st)
	if err != nil {
		return err
	}
	out.Changes, out.MemberDays = st.Changes(events), s.extent(org, events)
	return withinExtent(out.MemberDays)
}

// stateOf is the state of a calendar's stream as the directory knows it, without sources.
func stateOf(c *attendance.Calendar) domain.CalendarState {
	st := domain.CalendarState{Holidays: dated(c.Holidays), Workdays: dated(c.Workdays), Years: map[string]domain.CalendarYearLoaded{}}
	for country, days := range c.National {
		for date, name := range days.Holidays {
			yearOf(&st, country, date).Holidays[domain.Date(date.String())] = name
		}
		for date, name := range days.Workdays {
			yearOf(&st, country, date).Workdays[domain.Date(date.String())] = name
		}
	}
	return st
}

func yearOf(st *domain.CalendarState, country string, date attendance.Date) domain.CalendarYearLoaded {
	key := domain.CalendarKey(country, date.Year())
	year, is := st.Years[key]
	if !is {
		year = domain.CalendarYearLoaded{Country: country, Year: date.Year(), Holidays: map[domain.Date]string{}, Workdays: map[domain.Date]string{}}
		st.Years[key] = year
	}
	return year
}

// year is the event that a request asks for, and what was left out of its file.
func (s *Calendar) year(req LoadCalendarYear) (domain.CalendarYearLoaded, []holidayfile.Left, error) {
	none := domain.CalendarYearLoaded{}
	if len(req.File) == 0 {
		for _, e := range shippedYears() {
			if e.Country == req.Country && e.Year == req.Year {
				return e, []holidayfile.Left{}, nil
			}
		}
		return none, nil, domain.Refuse("calendar_year_unknown", "no holidays of %q %d are shipped (China: %d to %d); load them from a file, or declare them one by one",
			req.Country, req.Year, firstShippedYear, ShippedUntil())
	}
	if req.Country != attendance.HolidaysChina {
		return none, nil, domain.Refuse("calendar_country_unknown", "rules know the holidays of %s alone, not of %q; declare the days of another country as the organization's own",
			attendance.HolidaysChina, req.Country)
	}
	y, err := holidayfile.Read(req.File, req.Year)
	if err != nil {
		return none, nil, err
	}
	p := s.find.problems()
	e := domain.CalendarYearLoaded{Country: req.Country, Year: y.Year, Holidays: named(&p, y.Holidays), Workdays: named(&p, y.Workdays), Source: p.Text("/source", req.Source, false), SHA256: y.SHA256}
	if e.Source == "" {
		e.Source = p.Text("/file", y.Source, false)
	}
	if e.Source == "" { // neither says it
		e.Source = "sha256:" + y.SHA256
	}
	if y.Left == nil {
		y.Left = []holidayfile.Left{}
	}
	return e, y.Left, p.Err()
}

// named are a file's names as an event may hold them.
func named(p *domain.Problems, days map[domain.Date]string) map[domain.Date]string {
	out := make(map[domain.Date]string, len(days))
	for date, name := range days {
		out[p.Date("/file/"+string(date), date, true)] = p.Text("/file/"+string(date), name, false)
	}
	return out
}

// ShippedYears are the years whose holidays come with the program, as COUNTRY-YYYY.
func ShippedYears() (all []string) {
	for _, e := range shippedYears() {
		all = append(all, domain.CalendarKey(e.Country, e.Year))
	}
	return all
}

// ShippedUntil is the last year whose holidays of China come with the program.
func ShippedUntil() (last int) {
	for _, e := range shippedYears() {
		last = max(last, e.Year)
	}
	return last
}

// askFrom is the month from which the next year's holidays are asked for: the State Council publishes them in November.
const askFrom = time.November

// WantedYear is a year of a country that rules ask for and the ledger does not have.
type WantedYear struct {
	Country string
	Year    int
	// Shipped says that the year comes with the program, so that no file is needed.
	Shipped bool
}

// Wanted are the years that are missing now.
func (s *Calendar) Wanted(org domain.ID) []WantedYear {
	return s.WantedOn(org, domain.DateOf(s.ledger.Clock(), time.UTC))
}

// WantedOn are the years that are missing on a date: its own, and from 1 November the next, where a rule in force then takes a country's holidays.
func (s *Calendar) WantedOn(org domain.ID, today domain.Date) []WantedYear {
	year, month := today.YearMonth()
	dates := []domain.Date{today}
	if month >= askFrom {
		dates = append(dates, domain.DateOf(time.Date(year+1, time.January, 1, 0, 0, 0, 0, time.UTC), time.UTC))
	}
	calendar := s.directory.Calendar(org)
	wanted := []WantedYear{}
	for _, date := range dates {
		if !s.takesHolidays(org, date) {
			continue
		}
		if year, _ := date.YearMonth(); !calendar.National[attendance.HolidaysChina].Knows(year) {
			_, shipped := attendance.ChinaCalendar(year)
			wanted = append(wanted, WantedYear{Country: attendance.HolidaysChina, Year: year, Shipped: shipped})
		}
	}
	return wanted
}

// takesHolidays says whether the rule of an open group on a date goes by the holidays of a country.
func (s *Calendar) takesHolidays(org domain.ID, date domain.Date) bool {
	for _, g := range s.directory.Groups(org) {
		if g.Closed {
			continue
		}
		if plan, _ := s.directory.Rules.InForce(org, g.ID, date); plan != nil && plan.Rule.Holidays == attendance.HolidaysChina {
			return true
		}
	}
	return false
}
