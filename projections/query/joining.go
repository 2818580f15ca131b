package query

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// JoinRequest is a person's request to join; personal values are sealed. State is pending, approved, rejected or withdrawn.
type JoinRequest struct {
	// ID is the member that the person becomes on approval, and names the request.
	ID         domain.ID  `json:"id"`
	Account    domain.ID  `json:"account"`
	Name       *Sealed    `json:"-"`
	Number     string     `json:"number" doc:"what the person says; nobody has checked it"`
	Department *domain.ID `json:"department"`
	Message    *Sealed    `json:"-"`
	Invitation *domain.ID `json:"invitation"`
	State      string     `json:"state" enum:"pending,approved,rejected,withdrawn"`
	// As is the member that the account was linked to instead.
	As          *domain.ID    `json:"as"`
	Reason      *Sealed       `json:"-"`
	RequestedAt time.Time     `json:"requested_at"`
	AnsweredAt  *time.Time    `json:"answered_at"`
	AnsweredBy  *domain.Actor `json:"answered_by"`
}

const selectJoinRequest = `SELECT org, member, account, name, number, department, message, invitation, state, as_member, reason, event_id, reason_event, key_id,
	requested_at, answered_at, answered_by FROM join_requests `

func scanJoinRequest(row pgx.CollectableRow) (q JoinRequest, err error) {
	var org, event domain.ID
	var name, message, reason *string
	var reasonEvent, key *domain.ID
	var by []byte
	err = row.Scan(&org, &q.ID, &q.Account, &name, &q.Number, &q.Department, &message, &q.Invitation, &q.State, &q.As, &reason, &event, &reasonEvent, &key,
		&q.RequestedAt, &q.AnsweredAt, &by)
	stream := domain.MemberStream(org, q.ID)
	q.Name, q.Message = sealedOf(name, stream, &event, "/name", key), sealedOf(message, stream, &event, "/message", key)
	q.Reason = sealedOf(reason, stream, reasonEvent, "/reason", key)
	q.RequestedAt = q.RequestedAt.UTC()
	if by != nil {
		actor := actorOf(by)
		q.AnsweredBy = &actor
	}
	return q, err
}

// List lists the newest first; an empty state lists all.
func (r *JoinRequests) List(ctx context.Context, org domain.ID, state, cursor string, limit int) (Page[JoinRequest], error) {
	at, err := parseCursor(cursor, isInstant, isID)
	if err != nil {
		return Page[JoinRequest]{}, err
	}
	return paged(ctx, r.Within(org), limit, "requests to join", scanJoinRequest, func(q *JoinRequest) []string { return []string{q.RequestedAt.Format(time.RFC3339Nano), q.ID.String()} },
		selectJoinRequest+`WHERE org = $1 AND ($2 = '' OR state = $2)
			AND ($3 = '' OR (requested_at, member) < (nullif($3, '')::timestamptz, nullif($4, '')::uuid)) ORDER BY requested_at DESC, member DESC`,
		org, state, at[0], at[1])
}
