package rebuild

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/apply"
	"github.com/dakahq/daka/projections/assess"
	"github.com/dakahq/daka/projections/fold"
	"github.com/dakahq/daka/projections/tables"
)

// batchDays is how many member-days of a rebuild are assessed at once.
const batchDays = 3000

// loading fills punches, days and anomalies of a fresh schema, part by part of the spill: a part's punches go to Postgres in the order of
// their key, and beside it its members' days are assessed from the very same rows, so that no punch is read from Postgres again.
type loading struct {
	s                        *Shadow
	held                     *heldBack
	shared                   *sharedFacts
	punches, days, anomalies *copyStream
	jobs                     chan *batchJob
	order                    chan *batchJob
	hours                    map[fold.Hour]int32
	// memory and answers are used again: clearing new memory would cost more than filling it.
	memory, answers sync.Pool
	// members are everyone, in the order of the parts.
	members []tables.MemberKey
}

// batchJob is a batch with its members' rows; the answers are written in the order of the jobs.
type batchJob struct {
	spans  map[tables.MemberKey]tables.Dates
	days   int
	rows   map[tables.MemberKey][]spilled
	buffer *sharedBuffer
	answer chan *assess.Changes
}

// sharedBuffer is the memory of a part, which goes back when the last batch with its rows is assessed.
type sharedBuffer struct {
	memory []byte
	users  atomic.Int32
}

func (l *loading) release(of *sharedBuffer) {
	if of.users.Add(-1) == 0 {
		l.memory.Put(of)
	}
}

// load writes what is held back, and all days, and makes their keys.
func (s *Shadow) load(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	l := &loading{
		s: s, held: s.held, shared: &sharedFacts{days: s.days}, members: s.everyone(), hours: map[fold.Hour]int32{},
		punches:   s.stream(ctx, g, "punches", fold.PunchColumns, "org, member, at, local_date, place, review, voided"),
		days:      s.stream(ctx, g, "days", assess.DayColumns, "org, member, date, group_id, status, rule_version, marks"),
		anomalies: s.stream(ctx, g, "anomalies", assess.AnomalyColumns, "org, member, date, kind, state"),
		jobs:      make(chan *batchJob), order: make(chan *batchJob, 2*runtime.GOMAXPROCS(0)),
	}
	g.Go(func() error {
		defer close(l.jobs)
		defer close(l.order)
		defer l.punches.abort()
		return l.run(ctx)
	})
	g.Go(func() error { return s.schema.InTx(ctx, s.writeHeads(ctx)) })
	for range runtime.GOMAXPROCS(0) {
		g.Go(func() error { return l.assess(ctx) })
	}
	g.Go(func() error {
		defer l.days.abort()
		defer l.anomalies.abort()
		return l.write(ctx)
	})
	return g.Wait()
}

// run hands out the parts: rows to Postgres, members to those who assess.
func (l *loading) run(ctx context.Context) error {
	rest := l.members
	for i := range l.held.spill.parts {
		n := 0
		for n < len(rest) && l.held.spill.partOf(rest[n].ID) == i {
			n++
		}
		if err := l.loadPartition(ctx, i, rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	if err := l.punches.end(); err != nil {
		return err
	}
	return l.writeHours(ctx)
}

func (l *loading) loadPartition(ctx context.Context, i int, members []tables.MemberKey) (err error) {
	of, _ := l.memory.Get().(*sharedBuffer)
	if of == nil {
		of = &sharedBuffer{}
	}
	of.users.Store(1)
	defer l.release(of)
	var rows []spilled
	if rows, of.memory, err = l.held.spill.take(i, of.memory); err != nil {
		return err
	}
	if err := l.keep(rows); err != nil {
		return err
	}
	return l.splitIntoBatches(ctx, members, rows, of)
}

// keep sends rows to Postgres and counts them by hour.
func (l *loading) keep(rows []spilled) error {
	for _, r := range rows {
		c := r.columns()
		if !l.held.finalVoided(r, c[spilledVoided]) {
			l.count(r, &c)
		}
		if err := l.punches.row(r); err != nil {
			return err
		}
	}
	return nil
}

// count counts a punch in its hour.
func (l *loading) count(r spilled, c *[punchColumnsCount][]byte) {
	days := attendance.Date(int32(binary.BigEndian.Uint32(c[spilledLocalDate])))
	l.hours[fold.Hour{Org: r.member().Org, Date: days + tables.PgDay, Hour: int16(binary.BigEndian.Uint16(c[spilledLocalHour]))}]++
}

func (l *loading) writeHours(ctx context.Context) error {
	w := fold.NewWriter(l.s.plans)
	w.AddHours(l.hours)
	return l.s.schema.InTx(ctx, func(tx pgx.Tx) error { return w.Flush(ctx, tx) })
}

// splitIntoBatches makes batches of a part's members, or of pieces of long memberships.
func (l *loading) splitIntoBatches(ctx context.Context, members []tables.MemberKey, rows []spilled, of *sharedBuffer) error {
	if len(members) == 0 {
		return nil
	}
	bounds, err := l.bounds(ctx, members)
	if err != nil {
		return err
	}
	job := newBatchJob(of)
	for _, m := range members {
		n := 0
		for n < len(rows) && rows[n].member() == m {
			n++
		}
		own := rows[:n:n]
		rows = rows[n:]
		s := bounds[m].span(own)
		for s.From != 0 && s.From <= s.To {
			piece := s
			piece.To = min(piece.To, piece.From+batchDays-1)
			if s.From = piece.To + 1; bounds[m].empty(piece, own) {
				continue
			}
			job.spans[m], job.rows[m] = piece, own
			job.days += piece.Days()
			if job.days >= batchDays {
				if err := l.enqueue(ctx, job); err != nil {
					return err
				}
				job = newBatchJob(of)
			}
		}
	}
	if len(rows) > 0 {
		return fmt.Errorf("%d punches of a rebuild belong to %s, who is not among the members", len(rows), rows[0].member().ID)
	}
	if len(job.spans) == 0 {
		return nil
	}
	return l.enqueue(ctx, job)
}

func newBatchJob(of *sharedBuffer) *batchJob {
	return &batchJob{buffer: of, spans: map[tables.MemberKey]tables.Dates{}, rows: map[tables.MemberKey][]spilled{}, answer: make(chan *assess.Changes, 1)}
}

func (l *loading) enqueue(ctx context.Context, job *batchJob) error {
	job.buffer.users.Add(1)
	for _, to := range []chan *batchJob{l.order, l.jobs} {
		select {
		case to <- job:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// bounds are the first date that can have a row but for punches, and the organization's clock, zero where there is none.
type bounds struct {
	first, through attendance.Date
	// governed is the first date with a rule; told are the first and the last date that facts but punches speak of.
	governed attendance.Date
	told     tables.Dates
}

func (l *loading) bounds(ctx context.Context, members []tables.MemberKey) (map[tables.MemberKey]bounds, error) {
	found := make(map[tables.MemberKey]bounds, len(members))
	var orgs, ids [][16]byte
	for _, m := range members {
		orgs, ids = append(orgs, m.Org), append(ids, m.ID)
	}
	err := l.s.schema.InTx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, boundsSQL, orgs, ids)
		if err != nil {
			return err
		}
		var m tables.MemberKey
		var governed, first, last, through *time.Time
		_, err = pgx.ForEachRow(rows, []any{(*[16]byte)(&m.Org), (*[16]byte)(&m.ID), &governed, &first, &last, &through}, func() error {
			found[m] = boundsOf(tables.DateAt(governed), tables.Dates{From: tables.DateAt(first), To: tables.DateAt(last)}, tables.DateAt(through))
			return nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read where the days of members begin: %w", err)
	}
	return found, nil
}

func boundsOf(governed attendance.Date, told tables.Dates, through attendance.Date) bounds {
	b := bounds{first: governed, through: through, governed: governed, told: told}
	if told.From != 0 && (b.first == 0 || told.From < b.first) {
		b.first = told.From
	}
	return b
}

// empty says that no date of a piece can have a row: it lies before any rule and no fact is about it, or behind the clock, and no punch is near.
func (b bounds) empty(piece tables.Dates, rows []spilled) bool {
	governed := b.governed != 0 && piece.To >= b.governed || b.told.From != 0 && piece.From <= b.told.To && b.told.From <= piece.To
	if come := b.through != 0 && piece.From <= b.through+1; come && governed {
		return false
	}
	from, to := tables.PgDate(piece.From-4).UnixMicro(), tables.PgDate(piece.To+5).UnixMicro()
	at, _ := slices.BinarySearchFunc(rows, from, func(r spilled, micros int64) int { return cmp.Compare(r.micros(), micros) })
	return at == len(rows) || rows[at].micros() >= to
}

// span is what dirtyRanges makes of a range without bounds: from the first date with a rule, a fact or a punch, to the clock or the last punch. Its
// beginning is zero where a member has none of these.
func (b bounds) span(rows []spilled) (s tables.Dates) {
	s = tables.Dates{From: b.first, To: 0}
	if b.through != 0 {
		s.To = b.through + 1
	}
	if len(rows) > 0 {
		first, last := attendance.DateOf(rows[0].at())-3, attendance.DateOf(rows[len(rows)-1].at())+4
		if s.From == 0 || first < s.From {
			s.From = first
		}
		s.To = max(s.To, last)
	}
	if s.From != 0 {
		s.From = max(s.From, tables.FirstDate)
	}
	s.To = min(s.To, tables.LastDate)
	return s
}

// assess assesses batches until there are no more.
func (l *loading) assess(ctx context.Context) error {
	for job := range l.jobs {
		ch, err := l.assessBatch(ctx, job)
		if err != nil {
			return fmt.Errorf("assess all days: %w", err)
		}
		l.release(job.buffer)
		job.answer <- ch
	}
	return nil
}

// assessBatch assesses the members of a job.
func (l *loading) assessBatch(ctx context.Context, job *batchJob) (*assess.Changes, error) {
	c := assess.NewCohort(job.spans)
	c.Fresh, c.Given = true, true
	slices.SortFunc(c.Works, func(a, b *assess.Work) int { return compareMembers(a.MemberKey, b.MemberKey) })
	var faults []*assess.Fault
	err := l.s.schema.InTx(ctx, func(tx pgx.Tx) (err error) {
		if faults, err = c.Meet(func(org domain.ID) (*facts.Organization, error) { return l.shared.get(ctx, tx, org) }, apply.Passing); err != nil {
			return err
		}
		return c.Load(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	for _, k := range c.Works {
		l.held.give(k, job.rows[k.MemberKey])
	}
	if faults = append(faults, assess.Each(c.Works)...); len(faults) > 0 {
		if err := l.s.schema.InTx(ctx, func(tx pgx.Tx) error { return l.s.days.ParkDays(ctx, tx, faults) }); err != nil {
			return nil, err
		}
	}
	c.Into, _ = l.answers.Get().(*assess.Changes)
	return c.Compare(), nil
}

// give hands a member the punches around the dates, those that load's query would find.
func (b *heldBack) give(k *assess.Work, rows []spilled) {
	from, to := tables.PgDate(k.From-4).UnixMicro(), tables.PgDate(k.To+5).UnixMicro()
	for _, r := range rows {
		if at := r.micros(); at < from || at >= to {
			continue
		}
		c := r.columns()
		if c[spilledVoided][0] != 0 {
			continue
		}
		p := r.punch(&c)
		for _, update := range b.updatesByPunch[r.id()] {
			p.Apply(update.Event)
		}
		k.Facts.Punches = append(k.Facts.Punches, p)
	}
}

// write hands the answers to Postgres in the order of the jobs, which is that of the days' key.
func (l *loading) write(ctx context.Context) error {
	for job := range l.order {
		select {
		case ch := <-job.answer:
			if err := l.days.add(ch.Days); err != nil {
				return err
			}
			if err := l.anomalies.add(ch.Anomalies); err != nil {
				return err
			}
			l.answers.Put(ch)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := l.days.end(); err != nil {
		return err
	}
	return l.anomalies.end()
}
