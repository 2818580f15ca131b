package commands

import (
	"context"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// counted refuses what speaks of a date that has not come where the member is, or on which they are no member.
func counted(m directory.Member, date, today domain.Date) error {
	switch {
	case date > today:
		return domain.Refuse("date_in_future", "%s has not come yet; what happens on it can be set right once it is here", date)
	case date < m.Joined:
		return domain.Refuse("before_joining", "%s is before the first day of the membership, %s; choose a later date, or let the membership begin earlier", date, m.Joined)
	case m.Left != "" && date > m.Left:
		return domain.Refuse("after_leaving", "%s is after the last day of the membership, %s; choose an earlier date, or let the membership end later", date, m.Left)
	}
	return nil
}

// mayCount refuses to let a punch count that was made on a date to come, or outside of the membership. To reject it is always possible.
func (s *Punches) mayCount(ctx context.Context, org, member, punch domain.ID, stream string) (func(domain.Instant) error, error) {
	m, err := s.find.member(ctx, org, member)
	if err != nil {
		return nil, err
	}
	events, err := s.ledger.Read(ctx, stream)
	if err != nil {
		return nil, err
	}
	for i := range events {
		if events[i].ID != punch {
			continue
		}
		r, err := ledger.Decode(events[i])
		if err != nil {
			return nil, err
		}
		if e, is := r.Event.(domain.PunchRecorded); is {
			zone, err := s.find.zones.load(e.Zone)
			if err != nil {
				return nil, err
			}
			return func(now domain.Instant) error {
				return counted(m, domain.DateOf(e.At.Time(), zone), domain.DateOf(now.Time(), zone))
			}, nil
		}
	}
	return func(domain.Instant) error { return nil }, nil
}
