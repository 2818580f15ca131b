package ledger

import (
	"errors"
	"fmt"

	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/domain"
)

// Call is who asks for what: everything of a command but its meaning (events §1, §2).
type Call struct {
	CommandID domain.ID
	// Derived is the preimage of CommandID when it was derived; it then takes the body's place in the request hash.
	Derived []byte
	// Method and Path are the HTTP request's, with `me` resolved.
	Method, Path string
	// Body is the request's JSON, empty for none.
	Body  []byte
	Actor domain.Actor
	// Via is the session, device or token.
	Via string
	// Org is the organization, the nil id for an account's own commands.
	Org domain.ID
	// Subject is the member, group, organization or account concerned; the nil id stands for the organization.
	Subject domain.ID
	// Correlation is the id of the whole conversation; the nil id stands for CommandID.
	Correlation      domain.ID
	Causation, Batch *domain.ID
	// Self says that somebody decides about themselves, as only who is alone may.
	Self bool
}

// keyOrg is the organization of the key. A handle's stream is of no organization, and its key that of the one that claims.
func (c Call) keyOrg(stream string) domain.ID {
	if name, ok := domain.ParseStream(stream); ok && name.Category == "handle" {
		return c.Subject
	}
	return c.Org
}

// keySubject is whose key seals and hashes: the person's on streams about a person, else the organization's (events §2).
func (c Call) keySubject(stream string) domain.ID {
	name, ok := domain.ParseStream(stream)
	if !ok || c.Subject == (domain.ID{}) {
		return c.Org
	}
	switch name.Category {
	case "account", "member", "timesheet", "roster", "request", "balance", "handle", "installation":
		return c.Subject
	}
	return c.Org
}

// hash is the request hash of events §2, as lower-case hex.
func (c Call) hash(k keys.Key) (string, error) {
	if c.Derived != nil {
		return keys.DerivedHash(k, c.Method, c.Path, c.Derived)
	}
	return keys.RequestHash(k, c.Method, c.Path, c.Body)
}

func (c Call) metadata(hash string, key domain.ID, now domain.Instant) domain.Metadata {
	m := domain.Metadata{
		CommandID: c.CommandID, RequestHash: hash, Actor: c.Actor, Via: c.Via, Org: c.Org, Subject: c.Subject,
		ReceivedAt: now, CorrelationID: c.Correlation, CausationID: c.Causation, KeyID: &key, Batch: c.Batch, Self: c.Self,
	}
	if m.Subject == (domain.ID{}) {
		m.Subject = c.Org
	}
	if m.CorrelationID == (domain.ID{}) {
		m.CorrelationID = c.CommandID
	}
	return m
}

func (c Call) check(stream string) error {
	if c.CommandID == (domain.ID{}) {
		return errors.New("a command without an id")
	}
	name, ok := domain.ParseStream(stream)
	if !ok {
		return fmt.Errorf("%q is no stream of the ledger", stream)
	}
	if name.Org != c.Org {
		return fmt.Errorf("the stream %s is not of the organization %s", stream, c.Org)
	}
	return nil
}

// Derive makes a call one whose id is derived. Method and path leave its request hash, for the same fact may come by many ways.
func (c Call) Derive(preimage *domain.Preimage) Call {
	if c.Correlation == (domain.ID{}) {
		c.Correlation = c.CommandID
	}
	c.CommandID, c.Derived = preimage.ID(), preimage.Bytes()
	c.Method, c.Path, c.Body = "", "", nil
	return c
}

// Effect makes a call one that follows from an event (events §1); step tells apart what follows from one event.
func (c Call) Effect(causing domain.ID, step int) Call {
	out := c.Derive(domain.EffectPreimage(causing, step))
	out.Causation = &causing
	return out
}
