package sample

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/punchfile"
)

// machine is the serial of the sample's attendance machine.
const machine = "SAMPLE-1"

// founder writes the company; ids are derived from what each thing is, so that founding twice is founding once.
type founder struct {
	service *commands.Service
	log     *slog.Logger
	org     domain.ID
	from    domain.Date
	now     time.Time // in the company's zone
	ids     map[string]domain.ID
}

// Found founds the company, or adds the days since the last time; it returns when all is written.
func Found(ctx context.Context, service *commands.Service, log *slog.Logger) (domain.ID, error) {
	zone, err := time.LoadLocation(Zone)
	if err != nil {
		return domain.ID{}, fmt.Errorf("load the sample's zone: %w", err)
	}
	f := &founder{service: service, log: log, now: service.Ledger.Clock().In(zone), ids: map[string]domain.ID{}}
	f.from = domain.DateOf(f.now, zone).AddDays(1 - Days)
	if err := f.found(ctx); err != nil {
		return domain.ID{}, err
	}
	if err := f.people(ctx); err != nil {
		return domain.ID{}, err
	}
	if err := f.roster(ctx); err != nil {
		return domain.ID{}, err
	}
	if err := f.history(ctx); err != nil {
		return domain.ID{}, err
	}
	return f.org, f.requests(ctx)
}

// call is a command of the sample: its id is derived from what is made.
func (f *founder) call(what string) ledger.Call {
	p := domain.NewPreimage("daka/sample/1").LPID(f.org).LP(what)
	c := commands.SystemCall(f.org)
	c.Actor.ID = "sample"
	c.Method, c.Path = "SAMPLE", "/"+what
	c.CommandID, c.Derived = p.ID(), p.Bytes()
	return c
}

func (f *founder) found(ctx context.Context) error {
	if err := f.service.Directory.Fresh(ctx); err != nil { // else the members of an earlier start are not known yet
		return err
	}
	r, err := f.service.Organizations.Create(ctx, f.call("organization"), commands.CreateOrganization{Name: Name, Industry: "软件 Software", Country: "CN", Sample: true})
	if err != nil {
		return fmt.Errorf("found the sample company: %w", err)
	}
	f.org = r.ID
	if err := f.service.Directory.WaitFor(ctx, r.Stream, r.Revision); err != nil {
		return err
	}
	if err := f.name(ctx); err != nil {
		return fmt.Errorf("give the sample company its handle: %w", err)
	}
	for _, m := range f.service.Directory.Members(f.org) { // founded before: its first day stays
		f.from = min(f.from, m.Joined)
	}
	if _, err := f.service.Organizations.SetAttendance(ctx, f.call("attendance"), commands.SetAttendance{Enabled: true}); err != nil {
		return fmt.Errorf("switch the sample's attendance on: %w", err)
	}
	_, err = f.service.Organizations.DefineLeaveType(ctx, f.call("leave-type"), commands.DefineLeaveType{LeaveType: "annual", Name: "年假 Annual leave", Paid: true, Unit: "day"})
	return err
}

// name gives the company its handle; one that another organization took is left to it.
func (f *founder) name(ctx context.Context) error {
	handle := Handle
	_, err := f.service.Organizations.Change(ctx, f.call("handle"), commands.ChangeOrganization{Handle: &handle})
	if refusal := (*domain.Refusal)(nil); errors.As(err, &refusal) && refusal.Code == "handle_taken" {
		return nil
	}
	return err
}

func (f *founder) people(ctx context.Context) error {
	var last ledger.Receipt
	for i, d := range departments {
		r, err := f.service.Departments.Add(ctx, f.call(fmt.Sprint("department-", i)), commands.AddDepartment{Name: d.name})
		if err != nil {
			return fmt.Errorf("add the sample's department %s: %w", d.name, err)
		}
		f.ids[fmt.Sprint("department-", i)] = r.ID
	}
	for i, g := range groups(string(f.from)) {
		doc, err := g.document()
		if err != nil {
			return err
		}
		r, err := f.service.Groups.Create(ctx, f.call(fmt.Sprint("group-", i)), commands.CreateGroup{Name: g.name, Rule: doc})
		if err != nil {
			return fmt.Errorf("make the sample's group %s: %w", g.name, err)
		}
		f.ids[fmt.Sprint("group-", i)] = r.ID
	}
	for _, m := range members() {
		department, group := f.ids[fmt.Sprint("department-", m.department)], f.ids[fmt.Sprint("group-", m.group)]
		r, err := f.service.Members.Provision(ctx, f.call("member-"+m.number), commands.ProvisionMember{
			Number: m.number, Name: m.name, Position: m.position, Department: &department, Group: &group, Joined: f.from,
		})
		if err != nil {
			return fmt.Errorf("provision the sample's member %s: %w", m.number, err)
		}
		f.ids[m.number], last = r.ID, r
	}
	return f.service.Directory.WaitFor(ctx, last.Stream, last.Revision)
}

// history imports the machine's files, a file per month, so that a month that is over is never read twice.
func (f *founder) history(ctx context.Context) error {
	for from := f.from; from <= f.today(); from = nextMonth(from) {
		to := min(f.today(), nextMonth(from).AddDays(-1))
		if err := f.bring(ctx, file(from, to, f.now.Format(time.DateTime))); err != nil {
			return fmt.Errorf("import the sample's punches up to %s: %w", to, err)
		}
	}
	return nil
}

func (f *founder) today() domain.Date { return domain.DateOf(f.now, f.now.Location()) }

// nextMonth is the first day of the month after a date's.
func nextMonth(date domain.Date) domain.Date {
	t := date.Time()
	return domain.DateOf(time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC), time.UTC)
}

func (f *founder) bring(ctx context.Context, content string) error {
	if content == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(content))
	_, err := f.service.Imports.Run(ctx, f.call("import"), commands.ImportPunches{
		Files:  []domain.ImportFile{{SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(content))}},
		Format: punchfile.AttLog, Zone: Zone, Machine: machine,
		Parse: func(now string, sink punchfile.Sink) (punchfile.Summary, error) {
			return punchfile.Read(punchfile.Options{Format: punchfile.AttLog, Now: now}, []punchfile.Source{{Text: strings.NewReader(content)}}, sink)
		},
	})
	return err
}

// requests are a few leaves and a trip, approved but one, so that every state of a request is there to see.
func (f *founder) requests(ctx context.Context) error {
	for i, r := range []struct {
		number   string
		ago      int
		days     int
		trip     bool
		approved bool
	}{{"1005", 40, 2, false, true}, {"1018", 25, 1, false, true}, {"1033", 18, 3, true, true}, {"1047", 12, 1, false, true}, {"1052", 3, 1, false, false}} {
		made, err := f.request(ctx, fmt.Sprint("request-", i), r.number, nextWorkday(r.number, f.from.AddDays(Days-r.ago)), r.days, r.trip)
		if err != nil {
			return fmt.Errorf("ask for the sample's leave of %s: %w", r.number, err)
		}
		if !r.approved {
			continue
		}
		if _, err := f.service.Requests.Approve(ctx, f.call(fmt.Sprint("approval-", i)), commands.JudgeRequest{Request: made}); err != nil {
			return fmt.Errorf("approve the sample's leave of %s: %w", r.number, err)
		}
	}
	return nil
}

// nextWorkday is the first workday of a member from a date on: nobody takes leave on a day off.
func nextWorkday(number string, date domain.Date) domain.Date {
	for _, m := range members() {
		for m.number == number && !workday(m, date) {
			date = date.AddDays(1)
		}
	}
	return date
}

func (f *founder) request(ctx context.Context, what, number string, from domain.Date, days int, trip bool) (domain.ID, error) {
	span := commands.Span{FromDate: from, ToDate: from.AddDays(days - 1), Zone: Zone}
	if trip {
		r, err := f.service.Requests.Trip(ctx, f.call(what), commands.RequestTrip{Member: f.ids[number], Span: span, Reason: "客户现场 At the customer's"})
		return r.ID, err
	}
	r, err := f.service.Requests.Leave(ctx, f.call(what), commands.RequestLeave{Member: f.ids[number], LeaveType: "annual", Span: span, Reason: "休假 Holiday"})
	return r.ID, err
}
