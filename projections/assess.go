package projections

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

// meet gives every work the facts of its organization. Where this program cannot use them, such as a rule that it does not take, the members'
// days stay as they are. An error that passes is nobody's fault, and ends it.
func (c *cohort) meet(of func(domain.ID) (*facts.Organization, error), passing func(error) bool) (faults []*memberFault, err error) {
	works := c.works[:0]
	for _, k := range c.works {
		k.org, err = of(k.MemberKey.Org)
		switch {
		case err == nil:
			works = append(works, k)
		case passing(err):
			return nil, err
		default:
			delete(c.index, k.MemberKey)
			faults = append(faults, &memberFault{k.MemberKey, err})
		}
	}
	c.works = works
	return faults, nil
}

// judge assesses on as many workers as the program may use processors, and gives the members whose days cannot be assessed.
func (c *cohort) judge() (faults []*memberFault) {
	workers := max(1, min(runtime.GOMAXPROCS(0), len(c.works)))
	found := make([][]*memberFault, workers)
	var rest sync.WaitGroup
	part := func(i int) []*work { return c.works[i*len(c.works)/workers : (i+1)*len(c.works)/workers] }
	for i := 1; i < workers; i++ {
		rest.Go(func() { found[i] = judgeAll(part(i)) })
	}
	found[0] = judgeAll(part(0))
	rest.Wait()
	return slices.Concat(found...)
}

func judgeAll(works []*work) (faults []*memberFault) {
	for _, k := range works {
		err := k.judge()
		if err == nil {
			err = k.broken
		}
		if fault, ok := faultIn(err); ok {
			k.judgeApart()
			faults = append(faults, fault)
		}
	}
	return faults
}

// judgeApart assesses date by date: one that cannot be assessed has no row, whatever range it was asked in, live as in a replay.
func (k *work) judgeApart() {
	whole, rows := k.Dates, []dayRow(nil)
	for d := whole.From; d <= whole.To; d++ {
		k.Dates = tables.Dates{From: d, To: d}
		if k.judge() == nil {
			rows = append(rows, k.rows...)
		}
	}
	k.Dates, k.rows = whole, rows
}

// judge fills the rows; a panic inside a rule is an error of that member.
func (k *work) judge() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &memberFault{k.MemberKey, fmt.Errorf("assessing %s to %s: panic: %v", k.From, k.To, r)}
		}
	}()
	f := k.facts.Facts(k.org, k.From, k.To)
	days := attendance.Assess(f, k.From, k.To)
	var bare []attendance.Day
	if len(f.Requests) > 0 {
		f.Requests = nil
		bare = attendance.Assess(f, k.From, k.To)
	}
	governed, waiting := k.facts.Governed(k.org), k.facts.Waiting(k.From, k.To)
	k.rows = make([]dayRow, 0, len(days))
	for i := range days {
		if !k.holds(&days[i], governed) {
			continue
		}
		rows := anomaliesOf(&days[i])
		explain(rows, &days[i], waiting)
		if bare != nil {
			rows = excused(rows, &bare[i])
		}
		k.rows = append(k.rows, newDayRow(&days[i], k.facts.GroupOn(days[i].Date), rows))
	}
	return nil
}

// memberFault is a failure that belongs to one member and comes again on every try.
type memberFault struct {
	tables.MemberKey
	cause error
}

func faultIn(err error) (fault *memberFault, ok bool) {
	ok = errors.As(err, &fault)
	return fault, ok
}

func (f *memberFault) Error() string { return "member " + f.ID.String() + ": " + f.cause.Error() }
func (f *memberFault) Unwrap() error { return f.cause }

// holds says whether the read model has a row for the day: a punch is on it, or the clock has reached the date within the membership, and
// a rule came before or a fact speaks of it.
func (k *work) holds(d *attendance.Day, governed attendance.Date) bool {
	shown := governed != 0 && d.Date >= governed || k.facts.Told(d.Date)
	return shown && k.facts.Reached(k.org, d.Date) || facts.Punched(d)
}

// changes are the rows of a cohort that differ from what the read model holds.
type changes struct {
	days, anomalies  *tables.Rows
	orgIDs, memberID [][16]byte
	dates            []time.Time
}

// write stores the days that differ, and says how many.
func (c *cohort) write(ctx context.Context, tx pgx.Tx) (int, error) {
	ch := c.compare()
	if err := ch.drop(ctx, tx); err != nil {
		return 0, err
	}
	if err := ch.insert(ctx, tx); err != nil {
		return 0, err
	}
	return ch.days.Count, nil
}

// room makes room for the rows that will differ: all in an empty schema, else about one day of each member, the one that a punch changed.
func (c *cohort) room() *changes {
	rows, size := 0, 0
	for _, k := range c.works {
		all, largest := 0, 0
		for i := range k.rows {
			n := k.rows[i].size()
			all, largest = all+n, max(largest, n)
		}
		if c.fresh {
			rows, size = rows+len(k.rows), size+all
		} else {
			rows, size = rows+1, size+largest
		}
	}
	return &changes{days: tables.NewRows(1, size), anomalies: tables.NewRows(rows, 96)}
}

func (c *cohort) compare() *changes {
	ch := c.into
	if ch == nil {
		ch = c.room()
	}
	ch.days.Empty()
	ch.anomalies.Empty()
	for _, k := range c.works {
		for i := range k.rows {
			row := &k.rows[i]
			if c.fresh {
				ch.add(k.MemberKey, row)
				continue
			}
			digest, there := k.digests[row.day.Date]
			delete(k.digests, row.day.Date)
			if there && digest == row.digest {
				continue
			}
			if there {
				ch.leave(k.MemberKey, row.day.Date)
			}
			ch.add(k.MemberKey, row)
		}
		for date := range k.digests {
			ch.leave(k.MemberKey, date)
		}
	}
	return ch
}

func (ch *changes) leave(m tables.MemberKey, d attendance.Date) {
	ch.orgIDs, ch.memberID, ch.dates = append(ch.orgIDs, m.Org), append(ch.memberID, m.ID), append(ch.dates, tables.PgDate(d))
}

func (ch *changes) add(m tables.MemberKey, row *dayRow) {
	copyDay(ch.days, m, row)
	for i, a := range row.anomalies {
		c := ch.anomalies
		c.Begin(len(anomalyColumns))
		c.ID(m.Org)
		c.ID(m.ID)
		c.Date(row.day.Date)
		c.Int4(i)
		c.Text(a.kind)
		c.Int4(a.section)
		c.Text(a.check)
		c.Int4(a.minutes)
		c.Text(a.state)
	}
}

func (ch *changes) drop(ctx context.Context, tx pgx.Tx) error {
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

func (ch *changes) insert(ctx context.Context, tx pgx.Tx) error {
	if err := ch.days.Send(ctx, tx, "days", dayColumns); err != nil {
		return err
	}
	return ch.anomalies.Send(ctx, tx, "anomalies", anomalyColumns)
}

// minutesWith sums leave and trip minutes of the dates held, as if only the requests that keep allows had been approved.
func (k *work) minutesWith(held map[attendance.Date]bool, keep func(*attendance.Request) bool) (leave, trip int) {
	f := k.facts.Facts(k.org, k.From, k.To)
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
