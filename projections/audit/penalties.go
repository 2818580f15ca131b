package audit

import (
	"context"
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/consequence"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/query"
)

// PenaltiesKnownAt gives a member's penalties of an attendance month as the ledger knew them at an instant; the zero instant is now. Number and name
// are left out.
func (a *Audit) PenaltiesKnownAt(ctx context.Context, org, member domain.ID, month string, at time.Time) ([]query.Penalty, error) {
	if _, err := query.ParseMonth(month); err != nil {
		return nil, err
	}
	records, err := a.recordsOf(ctx, org, member, at, facts.Span{}, domain.OrgStream(org))
	if err != nil {
		return nil, err
	}
	f := newFold(a.cache, org, member)
	waivers := map[domain.ID]*record{}
	for i := range records {
		f.apply(&records[i])
		if _, is := records[i].Event.(domain.PenaltyWaived); is {
			waivers[records[i].ID] = &records[i]
		}
	}
	return f.penalties(month, waivers)
}

// penalties counts what the days since the first that matters say.
func (f *fold) penalties(month string, waivers map[domain.ID]*record) ([]query.Penalty, error) {
	from, to, err := f.org.Months.Span(month)
	if err != nil {
		return nil, err
	}
	terms := consequence.NewRules()
	for group, plans := range f.org.Rules {
		for _, plan := range plans {
			terms.Add(group, plan.Version, plan.Rule.EffectiveFrom, plan.Rule)
		}
	}
	dates, err := spanOf(min(terms.Since(from), from), to)
	if err != nil {
		return nil, err
	}
	dates.From = max(dates.From, f.member.Joined)
	var happened []consequence.Occurrence
	if !terms.Empty() && dates.From <= dates.To {
		for _, d := range f.days(dates) {
			happened = append(happened, consequence.Of(&d.Day, terms.On(f.member.GroupOn(f.org, d.Date), d.RuleVersion))...)
		}
	}
	counted := consequence.NewCalendar(f.org.Months).Of(month, happened)
	out := []query.Penalty{}
	for i := range counted.Penalties {
		p := query.PenaltyOf(f.member.ID, month, &counted.Penalties[i])
		if w := waivers[f.member.Waived[counted.Penalties[i].Occasion()]]; w != nil {
			at := w.Metadata.ReceivedAt.Time()
			p.Waived, p.WaivedAt, p.WaivedBy = true, &at, &w.Metadata.Actor
		}
		out = append(out, p)
	}
	return out, nil
}
