package commands_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/holidayfile"
)

// year2027 is a file of a year that is not shipped.
const year2027 = `{"year":2027,"papers":["https://www.gov.cn/2027.htm"],"days":[{"name":"元旦","date":"2027-01-01","isOffDay":true},
	{"name":"元旦","date":"2026-12-31","isOffDay":true},{"name":"春节","date":"2027-02-14","isOffDay":false}]}`

// TestAYearIsLoadedFromAFile: what would change is said first, the source and the hash are kept, and loading again takes it back.
func TestAYearIsLoadedFromAFile(t *testing.T) {
	c := newCompany(t)
	c.found()
	file := commands.LoadCalendarYear{Country: "CN", File: []byte(year2027)}
	before, err := c.Calendar.PreviewYear(t.Context(), c.org, file)
	require.NoError(t, err)
	require.Equal(t, 2027, before.Year)
	require.Len(t, before.SHA256, 64)
	require.Equal(t, []domain.CalendarChange{{Date: "2027-01-01", Kind: "holiday", After: ptr("元旦")}, {Date: "2027-02-14", Kind: "workday", After: ptr("春节")}}, before.Changes)
	require.Equal(t, []holidayfile.Left{{Date: "2026-12-31", Name: "元旦", Why: holidayfile.AnotherYear}}, before.Left)

	r, err := c.Calendar.LoadYear(t.Context(), c.call(), file)
	require.NoError(t, err)
	loaded := domain.CalendarYearLoaded{Country: "CN", Year: 2027, Holidays: map[domain.Date]string{"2027-01-01": "元旦"}, Workdays: map[domain.Date]string{"2027-02-14": "春节"},
		Source: "https://www.gov.cn/2027.htm", SHA256: before.SHA256}
	require.Equal(t, loaded, last(c.events(r.Stream)))

	after, err := c.Calendar.PreviewYear(t.Context(), c.org, file)
	require.NoError(t, err)
	require.Empty(t, after.Changes)
	n := len(c.events(r.Stream))
	_, err = c.Calendar.LoadYear(t.Context(), c.call(), file)
	require.NoError(t, err)
	require.Len(t, c.events(r.Stream), n, "the same year again changes nothing")

	file.File = []byte("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:元旦\nDTSTART;VALUE=DATE:20270102\nEND:VEVENT\nEND:VCALENDAR\n")
	file.Source = "HR's own list"
	other, err := c.Calendar.PreviewYear(t.Context(), c.org, file)
	require.NoError(t, err)
	require.Len(t, other.Changes, 3)
	_, err = c.Calendar.LoadYear(t.Context(), c.call(), file)
	require.NoError(t, err)
	require.Equal(t, "HR's own list", last(c.events(r.Stream)).(domain.CalendarYearLoaded).Source)

	_, err = c.Calendar.LoadYear(t.Context(), c.call(), commands.LoadCalendarYear{Country: "CN", File: []byte(`{"days":[{"name":"","date":"2028-01-01","isOffDay":true}]}`)})
	require.NoError(t, err)
	require.Regexp(t, "^sha256:[0-9a-f]{64}$", last(c.events(r.Stream)).(domain.CalendarYearLoaded).Source, "nobody said where it comes from")

	for want, req := range map[string]commands.LoadCalendarYear{
		"calendar_country_unknown": {Country: "DE", File: []byte(year2027)},
		"calendar_file_year":       {Country: "CN", Year: 2028, File: []byte(year2027)},
		"calendar_file_invalid":    {Country: "CN", File: []byte("a,b")},
	} {
		_, err := c.Calendar.PreviewYear(t.Context(), c.org, req)
		var refusal *domain.Refusal
		require.ErrorAs(t, err, &refusal)
		require.Equal(t, want, refusal.Code)
	}
	_, err = c.Calendar.PreviewYear(t.Context(), c.org, commands.LoadCalendarYear{Country: "CN", File: []byte("{\"year\":2027,\"days\":[{\"name\":\"a\u202eb\",\"date\":\"2027-01-01\",\"isOffDay\":true}]}")})
	var refusal *domain.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, domain.CodeText, refusal.Code)
}

// TestTheNextYearIsAskedForInTime: from 1 November, while a rule takes the country's holidays and the ledger has not got them.
func TestTheNextYearIsAskedForInTime(t *testing.T) {
	c := newCompany(t)
	c.found()
	require.Empty(t, c.Calendar.WantedOn(c.org, "2027-06-01"), "no rule takes holidays")
	_, err := c.Groups.Create(t.Context(), c.call(), commands.CreateGroup{Name: "Lab", Rule: []byte(strings.Replace(officeRule, `{`, `{"holidays":"CN",`, 1))})
	require.NoError(t, err)
	require.Empty(t, c.Calendar.WantedOn(c.org, "2026-10-31"))
	require.Equal(t, []commands.WantedYear{{Country: "CN", Year: 2027}}, c.Calendar.WantedOn(c.org, "2026-11-01"))
	require.Equal(t, []commands.WantedYear{{Country: "CN", Year: 2027}}, c.Calendar.WantedOn(c.org, "2027-03-01"), "the year has come")
	_, err = c.Calendar.LoadYear(t.Context(), c.call(), commands.LoadCalendarYear{Country: "CN", File: []byte(year2027)})
	require.NoError(t, err)
	require.Empty(t, c.Calendar.WantedOn(c.org, "2026-11-01"))
	require.Equal(t, 2026, commands.ShippedUntil())
	require.Equal(t, []string{"CN-2024", "CN-2025", "CN-2026"}, commands.ShippedYears())
	require.Empty(t, c.Calendar.Wanted(c.org), "in March")
}

func last(events []domain.Event) domain.Event { return events[len(events)-1] }
