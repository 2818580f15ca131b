package commands

import (
	"context"

	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// trial goes the way of an import without writing: what it would make, move, write, refuse and doubt.
type trial struct{ job *importing }

func (t trial) run(ctx context.Context) (ImportReport, error) {
	j := t.job
	if err := j.resolve(ctx); err != nil {
		return ImportReport{}, err
	}
	if err := t.members(ctx); err != nil {
		return ImportReport{}, err
	}
	sheets, err := j.sheets(ctx)
	if err != nil {
		return ImportReport{}, err
	}
	j.done.begin(StagePunches, sheets.lines(), j.req.Progress)
	for stream, s := range sheets {
		if err := t.sheet(ctx, stream, s); err != nil {
			return ImportReport{}, err
		}
	}
	return j.answer(ledger.Receipt{ID: j.id, Events: []domain.ID{}}, false), nil
}

// members finds who would be made and whose first day would move, as members and aliases do it.
func (t trial) members(ctx context.Context) error {
	j := t.job
	j.planned = map[int32][]domain.Holding{}
	for i, number := range j.lines.numbers {
		n := int32(i)
		if alias, is := j.numbers.alias[n]; is {
			if err := t.alias(ctx, n, alias); err != nil {
				return err
			}
			continue
		}
		if !j.provisions(i) {
			continue
		}
		holdings, err := j.s.find.holders(ctx, j.call.Org, number)
		if err != nil {
			return err
		}
		joined := j.lines.joined(i)
		if len(holdings) == 0 {
			j.planned[n] = []domain.Holding{{From: joined}}
			j.told.made = append(j.told.made, number)
			j.report.MembersCreated++
			continue
		}
		st, _, err := ledger.FoldStream[domain.MemberState](ctx, j.s.ledger, domain.MemberStream(j.call.Org, holdings[0].Member))
		if err != nil {
			return err
		}
		if st.Batch != nil && joined < st.Joined {
			j.told.moved = append(j.told.moved, MovedFirstDay{Number: number, From: st.Joined, To: joined})
		}
	}
	return nil
}

// alias takes the lines of a number for those of the member whom the alias names.
func (t trial) alias(ctx context.Context, n int32, alias string) error {
	j := t.job
	holdings, err := j.s.find.holders(ctx, j.call.Org, alias)
	if err != nil {
		return err
	}
	if len(holdings) == 0 {
		j.numbers.asked[n] = noAlias(j.lines.numbers[n], alias)
		return nil
	}
	held, err := j.s.find.holders(ctx, j.call.Org, j.lines.numbers[n])
	if err == nil && len(held) == 0 {
		j.planned[n] = holdings[len(holdings)-1:]
	}
	return err
}

// sheet counts which lines of a stream the ledger holds already.
func (t trial) sheet(ctx context.Context, stream string, s *sheet) error {
	j := t.job
	var st domain.TimesheetState
	if s.member != (domain.ID{}) {
		var err error
		if st, _, err = ledger.FoldStream[domain.TimesheetState](ctx, j.s.ledger, stream); err != nil {
			return err
		}
	}
	for _, i := range s.lines {
		_, fact := j.lines.punch(j, j.lines.lines[i], s.member)
		punch, known := st.Punch(domain.EventID(j.call.Org, stream, fact.CommandID(), 0))
		if !known {
			j.told.new++
			j.report.Punches++
			continue
		}
		if punch.Voided {
			j.told.new++
		}
		j.known(punch)
	}
	j.done.add(len(s.lines))
	return nil
}
