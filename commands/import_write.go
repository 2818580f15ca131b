package commands

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

const (
	// importWorkers is how many streams an import writes at a time.
	importWorkers = 8
	// importChunk is how many commands one HandleMany takes, so that its deadline is far.
	importChunk = 400
	// importTries and importPause carry an import over a short outage of the event store.
	importTries = 6
	importPause = 2 * time.Second
)

// persist repeats what has an unknown outcome; every command of an import may be repeated.
func persist(ctx context.Context, do func() error) error {
	var err error
	for range importTries {
		if err = do(); !errors.Is(err, ledger.ErrUnknown) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(importPause):
		}
	}
	return err
}

// handleChunks is HandleMany for any number of commands.
func handleChunks[S domain.State[S]](ctx context.Context, l *ledger.Ledger, stream string, items []ledger.Item[S]) ([]ledger.Outcome, error) {
	var out []ledger.Outcome
	for len(items) > 0 {
		n := min(len(items), importChunk)
		var outcomes []ledger.Outcome
		err := persist(ctx, func() (err error) {
			outcomes, err = ledger.HandleMany(ctx, l, stream, items[:n])
			return err
		})
		if err != nil {
			return out, err
		}
		out, items = append(out, outcomes...), items[n:]
	}
	return out, nil
}

// members makes sure that every number has its holder, or names its lines as refused.
func (j *importing) members(ctx context.Context) error {
	var group *domain.ID
	for _, g := range j.s.directory.Groups(j.call.Org) {
		if !g.Closed {
			group = &g.ID
			break
		}
	}
	created := make([]bool, len(j.lines.numbers))
	j.done.begin(StageMembers, len(created), j.req.Progress)
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(importWorkers)
	for i := range j.lines.numbers {
		work.Go(func() error {
			var err error
			created[i], err = j.memberOf(ctx, i, group)
			j.done.add(1)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return fmt.Errorf("provision the members of the import: %w", err)
	}
	for i, c := range created {
		if c {
			j.report.MembersCreated++
			j.told.made = append(j.told.made, j.lines.numbers[i])
		}
	}
	return nil
}

// provisions says that the import may make the holder of a number or move the first day; lines in doubt do neither.
func (j *importing) provisions(i int) bool {
	_, asked := j.numbers.asked[int32(i)]
	_, alias := j.numbers.alias[int32(i)]
	return j.req.CreateMembers && !asked && !alias && j.lines.earliest[i] != ""
}

// memberOf provisions the holder of a number, or moves the first day of one that an import provisioned back to an earlier
// date. It looks at the member too, for a run before may have stopped between badge and member.
func (j *importing) memberOf(ctx context.Context, i int, group *domain.ID) (created bool, err error) {
	number := j.lines.numbers[i]
	if !j.provisions(i) {
		return false, nil
	}
	holdings, err := j.s.find.holders(ctx, j.call.Org, number)
	if err != nil {
		return false, err
	}
	call := j.effect(0, i)
	joined := j.lines.joined(i)
	if len(holdings) == 0 {
		return true, j.provision(ctx, call, number, joined, group)
	}
	first := holdings[0]
	m, known := j.s.directory.Member(j.call.Org, first.Member)
	if known && !j.again && joined >= m.Joined && joined >= first.From {
		return false, nil
	}
	st, _, err := ledger.FoldStream[domain.MemberState](ctx, j.s.ledger, domain.MemberStream(j.call.Org, first.Member))
	switch {
	case err != nil:
		return false, err
	case !st.Exists:
		return true, j.writeMember(ctx, call, first.Member, number, joined, group)
	case st.Batch != nil && (joined < st.Joined || joined < first.From):
		err = j.extendBack(ctx, call, number, first.Member, joined)
		if err == nil && joined < st.Joined {
			j.done.mu.Lock()
			j.told.moved = append(j.told.moved, MovedFirstDay{Number: number, From: st.Joined, To: joined})
			j.done.mu.Unlock()
		}
	}
	return st.Batch != nil && *st.Batch == j.id, err
}

func (j *importing) provision(ctx context.Context, call ledger.Call, number string, joined domain.Date, group *domain.ID) error {
	var r ledger.Receipt
	err := persist(ctx, func() (err error) {
		r, err = ledger.Handle(ctx, j.s.ledger, call, domain.BadgeStream(call.Org, number), func(st domain.BadgeState, _ domain.Instant) ([]domain.Event, error) {
			return st.Provision(call.Org, number, joined)
		})
		return err
	})
	if err != nil {
		return err
	}
	member := domain.ProvisionedMemberID(call.Org, number, r.Revision)
	return j.writeMember(ctx, call, member, number, joined, group)
}

func (j *importing) writeMember(ctx context.Context, call ledger.Call, member domain.ID, number string, joined domain.Date, group *domain.ID) error {
	call.Subject = member
	return persist(ctx, func() error {
		_, err := ledger.Handle(ctx, j.s.ledger, call, domain.MemberStream(call.Org, member), func(st domain.MemberState, _ domain.Instant) ([]domain.Event, error) {
			return st.Provision(domain.MemberProvisioned{Member: member, Number: number, Joined: joined}, group)
		})
		return err
	})
}

// extendBack moves number and first day of a member that an import provisioned: what a person entered stays.
func (j *importing) extendBack(ctx context.Context, call ledger.Call, number string, member domain.ID, joined domain.Date) error {
	if err := persist(ctx, func() error {
		_, err := ledger.Handle(ctx, j.s.ledger, call, domain.BadgeStream(call.Org, number), func(st domain.BadgeState, _ domain.Instant) ([]domain.Event, error) {
			return st.Assign(number, member, joined)
		})
		return err
	}); err != nil {
		return err
	}
	call.Subject = member
	return persist(ctx, func() error {
		_, err := ledger.Handle(ctx, j.s.ledger, call, domain.MemberStream(call.Org, member), func(st domain.MemberState, _ domain.Instant) ([]domain.Event, error) {
			return st.ExtendBack(joined)
		})
		return err
	})
}

// sheet is one timesheet stream of an import and its lines.
type sheet struct {
	member domain.ID
	lines  []int32
}

// sheetBook are the streams of an import by name.
type sheetBook map[string]*sheet

func (b sheetBook) lines() (n int) {
	for _, s := range b {
		n += len(s.lines)
	}
	return n
}

// write records the punches, many streams at a time.
func (j *importing) write(ctx context.Context) error {
	sheets, err := j.sheets(ctx)
	if err != nil {
		return err
	}
	j.done.begin(StagePunches, sheets.lines(), j.req.Progress)
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(importWorkers)
	for stream, s := range sheets {
		work.Go(func() error { return j.writeSheet(ctx, stream, s) })
	}
	if err := work.Wait(); err != nil {
		return fmt.Errorf("write the punches of the import: %w", err)
	}
	return nil
}

// sheets sorts the lines by stream; lines of unknown numbers are refused here.
func (j *importing) sheets(ctx context.Context) (sheetBook, error) {
	holdings := make([][]domain.Holding, len(j.lines.numbers))
	for i, number := range j.lines.numbers {
		var err error
		if holdings[i] = j.planned[int32(i)]; holdings[i] != nil {
			continue
		}
		if holdings[i], err = j.s.find.holders(ctx, j.call.Org, number); err != nil {
			return nil, err
		}
	}
	out := sheetBook{}
	for i, l := range j.lines.lines {
		wall := time.Unix(l.wall, 0).UTC()
		if why, asked := j.numbers.asked[l.number]; asked {
			j.refuseLine(l, domain.CodeLookAlike, why.text)
			continue
		}
		member, ok := domain.HolderOn(holdings[l.number], domain.Date(wall.Format(time.DateOnly)))
		if !ok {
			j.refuseUnknown(l)
			continue
		}
		if len(holdings[l.number]) > 1 {
			var err error
			if member, err = j.formerHolder(ctx, holdings[l.number], l, member); err != nil {
				return nil, err
			}
		}
		stream := domain.TimesheetStream(j.call.Org, member, wall.Format("200601"))
		if out[stream] == nil {
			out[stream] = &sheet{member: member}
		}
		out[stream].lines = append(out[stream].lines, int32(i))
		if l.jump {
			j.report.Doubted++
		}
	}
	return out, nil
}

func (j *importing) refuseUnknown(l importLine) {
	text := fmt.Sprintf("no member has the number %s", j.lines.numbers[l.number])
	if j.req.CreateMembers && j.lines.earliest[l.number] == "" {
		text += ", and nobody is made by lines in doubt alone"
	}
	j.refuseLine(l, domain.CodeUnknownNumber, text)
}

func (j *importing) refuseLine(l importLine, code, text string) {
	j.report.Refused++
	j.issues.put(domain.LineIssue{File: int(l.file), From: int(l.line), To: int(l.line), Code: code, Text: text})
}

// formerHolder is who already has the line: it may have been written before the number changed hands (events §1).
func (j *importing) formerHolder(ctx context.Context, holdings []domain.Holding, l importLine, holder domain.ID) (domain.ID, error) {
	_, fact := j.lines.punch(j, l, holder)
	month := domain.WallMonth(fact.Wall)
	for _, h := range holdings {
		if h.Member == holder {
			continue
		}
		found, err := j.s.find.alreadyIn(ctx, fact.CommandID(), domain.TimesheetStream(j.call.Org, h.Member, month))
		if err != nil || found {
			return h.Member, err
		}
	}
	return holder, nil
}

// writeSheet records the punches of one stream, some hundreds at a time, so that memory does not grow with them.
func (j *importing) writeSheet(ctx context.Context, stream string, s *sheet) error {
	known := map[int]domain.ID{} // the punches that the ledger held, by place in the sheet
	for from := 0; from < len(s.lines); from += importChunk {
		to := min(from+importChunk, len(s.lines))
		outcomes, err := handleChunks(ctx, j.s.ledger, stream, j.items(s, from, to))
		if err != nil {
			return err
		}
		for k, o := range outcomes {
			if o.Err != nil {
				return o.Err
			}
			if o.Receipt.Replay {
				known[from+k] = o.Receipt.Events[0]
			}
		}
		j.done.add(len(outcomes))
	}
	return j.count(ctx, stream, s, known)
}

// items are the commands of some lines of a stream.
func (j *importing) items(s *sheet, from, to int) []ledger.Item[domain.TimesheetState] {
	items := make([]ledger.Item[domain.TimesheetState], 0, to-from)
	for _, i := range s.lines[from:to] {
		e, fact := j.lines.punch(j, j.lines.lines[i], s.member)
		call := j.call.Derive(domain.NewPreimage("").Raw(fact.Preimage()))
		call.Subject, call.Causation = s.member, &j.state.StartedID
		items = append(items, ledger.Item[domain.TimesheetState]{Call: call, Decide: func(domain.TimesheetState, domain.Instant) ([]domain.Event, error) {
			return []domain.Event{e}, nil
		}})
	}
	return items
}

// count tells new punches from those the ledger held, and puts voided ones back: the files say that they happened.
func (j *importing) count(ctx context.Context, stream string, s *sheet, known map[int]domain.ID) error {
	var back []ledger.Item[domain.TimesheetState]
	var found []domain.PunchState
	if len(known) > 0 {
		st, _, err := ledger.FoldStream[domain.TimesheetState](ctx, j.s.ledger, stream)
		if err != nil {
			return err
		}
		for _, k := range slices.Sorted(maps.Keys(known)) {
			punch, _ := st.Punch(known[k])
			found = append(found, punch)
			if punch.Voided {
				back = append(back, j.restore(known[k], s, k))
			}
		}
		if _, err := handleChunks(ctx, j.s.ledger, stream, back); err != nil {
			return err
		}
	}
	j.done.mu.Lock()
	defer j.done.mu.Unlock()
	j.report.Punches += len(s.lines) - len(known)
	j.told.new += len(s.lines) - len(known) + len(back)
	for _, punch := range found {
		j.known(punch)
	}
	return nil
}

// known counts a punch that the ledger holds: as the import's own, from a run before, or as brought by others.
func (j *importing) known(punch domain.PunchState) {
	switch {
	case punch.Batch == nil:
		j.told.nobodys++
		j.report.Known++
	case *punch.Batch == j.id:
		j.told.mine++
		j.report.Punches++
	default:
		if j.told.batches == nil {
			j.told.batches = map[domain.ID]bool{}
		}
		j.told.batches[*punch.Batch] = true
		j.report.Known++
	}
}

func (j *importing) restore(punch domain.ID, s *sheet, k int) ledger.Item[domain.TimesheetState] {
	causing := j.state.StartedID
	if j.state.Reverted != nil {
		causing = j.state.RevertedID
	}
	call := j.call.Effect(causing, stepRestore+int(s.lines[k]))
	call.Subject = s.member
	return ledger.Item[domain.TimesheetState]{Call: call, Decide: func(st domain.TimesheetState, _ domain.Instant) ([]domain.Event, error) {
		return st.Restore(domain.PunchRestored{Punch: punch, Import: j.id})
	}}
}
