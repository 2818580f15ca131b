package domain

import "encoding/json"

// Event is a fact of the ledger; its name is its type on the wire.
type Event interface{ EventType() string }

// ActorKind says who acted: member, account, token, machine or system.
type ActorKind string

// The kinds of actor (events §2).
const (
	ActorMember  ActorKind = "member"
	ActorAccount ActorKind = "account"
	ActorToken   ActorKind = "token"
	ActorMachine ActorKind = "machine"
	ActorSystem  ActorKind = "system"
)

// Actor is who wrote an event.
type Actor struct {
	Kind ActorKind `json:"kind" enum:"member,account,token,machine,system"`
	ID   string    `json:"id"`
}

// Metadata is beside every event (events §2).
type Metadata struct {
	CommandID   ID     `json:"command_id"`
	RequestHash string `json:"request_hash"` // lower-case hex of the HMAC
	Actor       Actor  `json:"actor"`
	// Via is the session, device or token.
	Via string `json:"via,omitempty"`
	// Org is nil, and left out, for events of an account.
	Org ID `json:"org,omitzero"`
	// Subject is the id of the member, group, organization or account concerned; parking and erasure work by it.
	Subject       ID      `json:"subject"`
	ReceivedAt    Instant `json:"received_at"`
	CorrelationID ID      `json:"correlation_id"`
	CausationID   *ID     `json:"causation_id,omitempty"`
	// Schema is the integer version of the event type.
	Schema int `json:"schema" min:"1"`
	// KeyID names the key of the sealed fields, one per event.
	KeyID *ID `json:"key_id,omitempty"`
	// Batch is the import this event came with.
	Batch *ID `json:"batch,omitempty"`
	// Self says that somebody decided about themselves, for there was no other administrator.
	Self bool `json:"self,omitempty"`
}

// Recorded is an event as it stands in the ledger.
type Recorded struct {
	Stream   string
	Revision uint64
	ID       ID
	Type     string
	Event    Event
	Metadata Metadata
}

// State is folded from a stream's events; Evolve accepts every event and never refuses.
type State[S any] interface{ Evolve(Recorded) S }

// Fold applies a stream's events to the zero state.
func Fold[S State[S]](events []Recorded) S {
	var s S
	for _, e := range events {
		s = s.Evolve(e)
	}
	return s
}

// RawRule is a rule document as it was published, byte for byte.
type RawRule = json.RawMessage

// None is a decision to write nothing: the ledger says so already.
var None []Event

// A state is folded along one line of events: Evolve may reuse the memory of its receiver.
func put[K comparable, V any](m map[K]V, key K, value V) map[K]V {
	if m == nil {
		m = map[K]V{}
	}
	m[key] = value
	return m
}
