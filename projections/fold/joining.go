package fold

import (
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/tables"
)

// joinings writes requests to join.
type joinings struct{ *Writer }

// joining applies requests to join and their answers; one person may ask again after a rejection.
func (w joinings) joining(r *feed.Record) (bool, error) {
	if r.Name.Category != "member" {
		return false, nil
	}
	m, err := MemberOfRest(r.Name)
	if err != nil {
		return true, err
	}
	switch e := r.Event.(type) {
	case domain.JoinRequested:
		w.Do(`INSERT INTO join_requests (org, member, revision, account, name, number, department, message, invitation, state, as_member, reason, event_id, reason_event, key_id, requested_at, answered_at, answered_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', NULL, NULL, $10, NULL, $11, $12, NULL, NULL)`,
			m.Org, m.ID, int64(r.Revision), e.Account, sealedText(e.Name), e.Number, e.Department, sealedText(e.Message), e.Invitation, r.ID, r.Metadata.KeyID, r.At())
	case domain.JoinApproved:
		w.joinAnswered(r, m, "approved", e.As, nil)
	case domain.JoinRejected:
		state := "rejected"
		if e.Withdrawn {
			state = "withdrawn"
		}
		w.joinAnswered(r, m, state, nil, e.Reason)
	default:
		return false, nil
	}
	return true, nil
}

func (w joinings) joinAnswered(r *feed.Record, m tables.MemberKey, state string, as *domain.ID, reason *domain.Sealed[string]) {
	w.Do(`UPDATE join_requests SET state = $3, as_member = $4, reason = $5, reason_event = $6, answered_at = $7, answered_by = $8 WHERE org = $1 AND member = $2 AND state = 'pending'`,
		m.Org, m.ID, state, as, sealedText(reason), r.ID, r.At(), tables.AsJSON(r.Metadata.Actor))
}
