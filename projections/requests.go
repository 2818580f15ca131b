package projections

import (
	"fmt"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/tables"
)

// request applies what members ask for and what was answered; the effect on the days is derived (events §4).
func (w *writer) request(r *record) (bool, error) {
	org := r.name.Org
	switch e := r.Event.(type) {
	case domain.MakeupRequested:
		return true, w.requested(r, e.Request, e.Member, "makeup", e, e.Date, e.Date)
	case domain.LeaveRequested:
		return true, w.spanRequested(r, e.Request, e.Member, "leave", e, e.Span)
	case domain.TripRequested:
		return true, w.spanRequested(r, e.Request, e.Member, "trip", e, e.Span)
	case domain.OutRequested:
		return true, w.spanRequested(r, e.Request, e.Member, "out", e, e.Span)
	case domain.OvertimeRequested:
		return true, w.spanRequested(r, e.Request, e.Member, "overtime", e, e.Span)
	case domain.RequestApproved:
		w.decided(r, e.Request, e.Member, "approved", e.SelfApproved, e.Comment)
	case domain.RequestRejected:
		w.decided(r, e.Request, e.Member, "rejected", false, e.Reason)
	case domain.RequestWithdrawn:
		w.decided(r, e.Request, e.Member, "withdrawn", false, nil)
	case domain.RequestCancelled:
		w.decided(r, e.Request, e.Member, "cancelled", false, e.Reason)
	case domain.RequestCommented:
		w.comment(r, e.Request, "comment", e.Comment)
	case domain.MakeupCounted:
		m, err := memberOfRest(r.name)
		if err != nil {
			return true, err
		}
		if e.Released {
			w.do(`DELETE FROM makeups_counted WHERE org = $1 AND member = $2 AND request = $3`, org, m.ID, e.Request)
		} else {
			w.do(`INSERT INTO makeups_counted VALUES ($1, $2, $3, $4) ON CONFLICT (org, member, request) DO UPDATE SET month = excluded.month`, org, m.ID, e.Request, e.Month)
		}
	default:
		return false, nil
	}
	return true, nil
}

func (w *writer) spanRequested(r *record, id, who domain.ID, kind string, e domain.Event, s domain.Span) error {
	zone, err := w.cache.Zone(s.Zone)
	if err != nil {
		return err
	}
	from, to := s.FromDate, s.ToDate
	if s.From != nil {
		from = domain.DateOf(s.From.Time(), zone)
	}
	if s.To != nil {
		to = domain.DateOf(s.To.Time(), zone)
	}
	return w.requested(r, id, who, kind, e, from, to)
}

func (w *writer) requested(r *record, id, who domain.ID, kind string, e domain.Event, from, to domain.Date) error {
	for _, d := range []domain.Date{from, to} {
		if _, err := tables.ParseDate(d); err != nil {
			return fmt.Errorf("%s request: %w", kind, err)
		}
	}
	w.do(`INSERT INTO requests VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, $8, $9, NULL, NULL, false, $10, $11)`,
		r.name.Org, id, who, kind, tables.AsJSON(e), r.Metadata.KeyID, tables.AsJSON(r.Metadata.Actor), r.ID, r.at(), string(from), string(to))
	w.mark(tables.MemberKey{Org: r.name.Org, ID: who}, from, to)
	return nil
}

func (w *writer) decided(r *record, id, who domain.ID, state string, self bool, word *domain.Sealed[string]) {
	w.do(`UPDATE requests SET state = $3, decided_at = $4, decided_by = $5, self_approved = $6 WHERE org = $1 AND request = $2`,
		r.name.Org, id, state, r.at(), tables.AsJSON(r.Metadata.Actor), self)
	w.selfRequest(self || r.Metadata.Self && state == "cancelled", id)
	w.comment(r, id, state, word)
	m := tables.MemberKey{Org: r.name.Org, ID: who}
	w.marked[m] = true
	w.soil(`INSERT INTO dirty SELECT org, member, from_date - 2, to_date + 2 FROM requests WHERE org = $1 AND request = $2`, r.name.Org, id)
}

func (w *writer) comment(r *record, id domain.ID, kind string, word *domain.Sealed[string]) {
	w.do(`INSERT INTO request_comments VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		r.name.Org, id, int64(r.Revision), r.ID, kind, sealedText(word), r.Metadata.KeyID, tables.AsJSON(r.Metadata.Actor), r.at())
}
