package directory

import (
	"slices"

	"github.com/dakahq/daka/domain"
)

// JoinRequest is a person's request to join, without its personal values, which are in the member's stream.
type JoinRequest struct {
	// Member is who the person becomes when it is approved.
	Member, Account domain.ID
	Number          string
	Department      *domain.ID
	Invitation      *domain.ID
	State           JoinState
	// As is the member that the account was linked to instead.
	As          *domain.ID
	RequestedAt domain.Instant
}

// JoinState is how far a request to join is.
type JoinState string

// The states of a request to join.
const (
	JoinPending  JoinState = "pending"
	JoinApproved JoinState = "approved"
	JoinRejected JoinState = "rejected"
	// JoinWithdrawn requests were taken back by the person.
	JoinWithdrawn JoinState = "withdrawn"
)

// Joins are the requests to join.
type Joins struct{ state *state }

// Pending gives the requests that wait for an answer, in no order.
func (d Joins) Pending(org domain.ID) []JoinRequest {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	o := d.state.orgs[org]
	if o == nil {
		return nil
	}
	var out []JoinRequest
	for _, q := range o.asks {
		if q.State == JoinPending {
			out = append(out, *q)
		}
	}
	return out
}

// Get gives the last request on a member's stream.
func (d Joins) Get(org, member domain.ID) (JoinRequest, bool) {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	if o := d.state.orgs[org]; o != nil {
		if q := o.asks[member]; q != nil {
			return *q, true
		}
	}
	return JoinRequest{}, false
}

// Of gives where an account has asked to join, in recorded order; JoinRequest tells what became of it.
func (d Joins) Of(account domain.ID) []Membership {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	return d.state.joinRequests[account]
}

// begins says that an event makes a member; a request to join alone does not.
func begins(event domain.Event) bool {
	switch event.(type) {
	case domain.MemberProvisioned, domain.MemberJoined:
		return true
	}
	return false
}

// ask folds a request to join and its answer; false for any other event.
func (o *organization) ask(member domain.ID, event domain.Event, received domain.Instant) bool {
	q := JoinRequest{}
	if known := o.asks[member]; known != nil {
		q = *known
	}
	switch e := event.(type) {
	case domain.JoinRequested:
		q = JoinRequest{
			Member: member, Account: e.Account, Number: e.Number, Department: e.Department, Invitation: e.Invitation,
			State: JoinPending, RequestedAt: received,
		}
	case domain.JoinApproved:
		q.State, q.As = JoinApproved, e.As
	case domain.JoinRejected:
		if q.State = JoinRejected; e.Withdrawn {
			q.State = JoinWithdrawn
		}
	default:
		return false
	}
	o.asks[member] = &q
	return true
}

// askedLocked remembers where an account has asked.
func (d *state) askedLocked(org domain.ID, event domain.Event) {
	e, asked := event.(domain.JoinRequested)
	m := Membership{Org: org, Member: e.Member}
	if asked && !slices.Contains(d.joinRequests[e.Account], m) {
		d.joinRequests[e.Account] = append(slices.Clone(d.joinRequests[e.Account]), m)
	}
}
