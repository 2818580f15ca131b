package assess

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/tables"
)

// Meet gives every work the facts of its organization. Where this program cannot use them, such as a rule that it does not take, the members'
// days stay as they are. An error that passes is nobody's fault, and ends it.
func (c *Cohort) Meet(of func(domain.ID) (*facts.Organization, error), passing func(error) bool) (faults []*Fault, err error) {
	works := c.Works[:0]
	for _, k := range c.Works {
		k.Org, err = of(k.MemberKey.Org)
		switch {
		case err == nil:
			works = append(works, k)
		case passing(err):
			return nil, err
		default:
			delete(c.index, k.MemberKey)
			faults = append(faults, &Fault{k.MemberKey, err})
		}
	}
	c.Works = works
	return faults, nil
}

// Assess assesses on as many workers as the program may use processors, and gives the members whose days cannot be assessed.
func (c *Cohort) Assess() (faults []*Fault) {
	workers := max(1, min(runtime.GOMAXPROCS(0), len(c.Works)))
	found := make([][]*Fault, workers)
	var rest sync.WaitGroup
	part := func(i int) []*Work { return c.Works[i*len(c.Works)/workers : (i+1)*len(c.Works)/workers] }
	for i := 1; i < workers; i++ {
		rest.Go(func() { found[i] = Each(part(i)) })
	}
	found[0] = Each(part(0))
	rest.Wait()
	return slices.Concat(found...)
}

// Each assesses members one after another, and gives those whose days cannot be assessed.
func Each(works []*Work) (faults []*Fault) {
	for _, k := range works {
		err := k.assess()
		if err == nil {
			err = k.Broken
		}
		if fault, ok := faultIn(err); ok {
			k.assessDateByDate()
			faults = append(faults, fault)
		}
	}
	return faults
}

// assessDateByDate makes each date a try of its own: one that cannot be assessed has no row, whatever range it was asked in, live as in a replay.
func (k *Work) assessDateByDate() {
	whole, rows := k.Dates, []dayRow(nil)
	for d := whole.From; d <= whole.To; d++ {
		k.Dates = tables.Dates{From: d, To: d}
		if k.assess() == nil {
			rows = append(rows, k.Rows...)
		}
	}
	k.Dates, k.Rows = whole, rows
}

// assess fills the rows; a panic inside a rule is an error of that member.
func (k *Work) assess() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &Fault{k.MemberKey, fmt.Errorf("assessing %s to %s: panic: %v", k.From, k.To, r)}
		}
	}()
	f := k.Facts.Facts(k.Org, k.From, k.To)
	days := attendance.Assess(f, k.From, k.To)
	var bare []attendance.Day
	if len(f.Requests) > 0 {
		f.Requests = nil
		bare = attendance.Assess(f, k.From, k.To)
	}
	governed, waiting := k.Facts.Governed(k.Org), k.Facts.Waiting(k.From, k.To)
	k.Rows = make([]dayRow, 0, len(days))
	for i := range days {
		if !k.holds(&days[i], governed) {
			continue
		}
		rows := anomaliesOf(&days[i])
		explain(rows, &days[i], waiting)
		if bare != nil {
			rows = excused(rows, &bare[i])
		}
		k.Rows = append(k.Rows, newDayRow(&days[i], k.Facts.GroupOn(k.Org, days[i].Date), rows))
	}
	return nil
}

// Fault is a failure that belongs to one member and comes again on every try.
type Fault struct {
	tables.MemberKey
	Cause error
}

func faultIn(err error) (fault *Fault, ok bool) {
	ok = errors.As(err, &fault)
	return fault, ok
}

func (f *Fault) Error() string { return "member " + f.ID.String() + ": " + f.Cause.Error() }
func (f *Fault) Unwrap() error { return f.Cause }

// holds says whether the read model has a row for the day: a punch is on it, or the clock has reached the date within the membership, and
// a rule came before or a fact speaks of it.
func (k *Work) holds(d *attendance.Day, governed attendance.Date) bool {
	shown := governed != 0 && d.Date >= governed || k.Facts.Told(d.Date)
	return shown && k.Facts.Reached(k.Org, d.Date) || facts.Punched(d)
}

// Changes are the rows of a cohort that differ from what the read model holds.
type Changes struct {
	Days, Anomalies  *tables.Rows
	orgIDs, memberID [][16]byte
	dates            []time.Time
}

// Write stores the days that differ, and says how many.
func (c *Cohort) Write(ctx context.Context, tx pgx.Tx) (int, error) {
	ch := c.Compare()
	if err := ch.drop(ctx, tx); err != nil {
		return 0, err
	}
	if err := ch.insert(ctx, tx); err != nil {
		return 0, err
	}
	return ch.Days.Count, nil
}

// room makes room for the rows that will differ: all in an empty schema, else about one day of each member, the one that a punch changed.
func (c *Cohort) room() *Changes {
	rows, size := 0, 0
	for _, k := range c.Works {
		all, largest := 0, 0
		for i := range k.Rows {
			n := k.Rows[i].size()
			all, largest = all+n, max(largest, n)
		}
		if c.Fresh {
			rows, size = rows+len(k.Rows), size+all
		} else {
			rows, size = rows+1, size+largest
		}
	}
	return &Changes{Days: tables.NewRows(1, size), Anomalies: tables.NewRows(rows, 96)}
}

// Compare gives the rows that differ from what the read model holds.
func (c *Cohort) Compare() *Changes {
	ch := c.Into
	if ch == nil {
		ch = c.room()
	}
	ch.Days.Empty()
	ch.Anomalies.Empty()
	for _, k := range c.Works {
		for i := range k.Rows {
			row := &k.Rows[i]
			if c.Fresh {
				ch.add(k.MemberKey, row)
				continue
			}
			digest, there := k.digests[row.Day.Date]
			delete(k.digests, row.Day.Date)
			if there && digest == row.digest {
				continue
			}
			if there {
				ch.leave(k.MemberKey, row.Day.Date)
			}
			ch.add(k.MemberKey, row)
		}
		for date := range k.digests {
			ch.leave(k.MemberKey, date)
		}
	}
	return ch
}

func (ch *Changes) leave(m tables.MemberKey, d attendance.Date) {
	ch.orgIDs, ch.memberID, ch.dates = append(ch.orgIDs, m.Org), append(ch.memberID, m.ID), append(ch.dates, tables.PgDate(d))
}

func (ch *Changes) add(m tables.MemberKey, row *dayRow) {
	copyDay(ch.Days, m, row)
	for i, a := range row.anomalies {
		c := ch.Anomalies
		c.Begin(len(AnomalyColumns))
		c.ID(m.Org)
		c.ID(m.ID)
		c.Date(row.Day.Date)
		c.Int4(i)
		c.Text(a.kind)
		c.Int4(a.section)
		c.Text(a.check)
		c.Int4(a.minutes)
		c.Text(a.state)
	}
}

func (ch *Changes) drop(ctx context.Context, tx pgx.Tx) error {
	if len(ch.dates) == 0 {
		return nil
	}
	var b pgx.Batch
	for _, table := range []string{"days", "anomalies"} {
		b.Queue(`DELETE FROM `+table+` d USING unnest($1::uuid[], $2::uuid[], $3::date[]) AS q(org, member, date)
			WHERE d.org = q.org AND d.member = q.member AND d.date = q.date`, ch.orgIDs, ch.memberID, ch.dates)
	}
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("remove %d changed days: %w", len(ch.dates), err)
	}
	return nil
}

func (ch *Changes) insert(ctx context.Context, tx pgx.Tx) error {
	if err := ch.Days.Send(ctx, tx, "days", DayColumns); err != nil {
		return err
	}
	return ch.Anomalies.Send(ctx, tx, "anomalies", AnomalyColumns)
}

// MinutesWith sums leave and trip minutes of the dates held, as if only the requests that keep allows had been approved.
func (k *Work) MinutesWith(held map[attendance.Date]bool, keep func(*attendance.Request) bool) (leave, trip int) {
	f := k.Facts.Facts(k.Org, k.From, k.To)
	all := f.Requests
	f.Requests = nil
	for i := range all {
		if keep(&all[i]) {
			f.Requests = append(f.Requests, all[i])
		}
	}
	days := attendance.Assess(f, k.From, k.To)
	for i := range days {
		if held[days[i].Date] {
			leave += days[i].LeaveMin
			trip += days[i].TripMin
		}
	}
	return leave, trip
}
