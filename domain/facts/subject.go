package facts

import (
	"github.com/google/uuid"

	"github.com/dakahq/daka/domain"
)

// Subject is what parks together: a member, a group, an organization's own streams, a single stream of another category, or everything of
// an organization.
type Subject struct {
	Org  domain.ID
	Kind string
	ID   domain.ID
}

// Everything parks all of an organization.
const Everything = "everything"

// All is the subject under which everything of an organization parks.
func All(org domain.ID) Subject { return Subject{org, Everything, org} }

// Subjects are those under which an event may be parked, the most telling first. They are read from the stream's name, and for requests
// and badges also from the metadata, where the event could be read.
func Subjects(r Recorded, readable bool) []Subject {
	org := r.Name.Org
	own := Subject{org, r.Name.Category, r.ownID()}
	switch r.Name.Category {
	case "member", "timesheet", "roster", "balance":
		return []Subject{{org, "member", own.ID}, All(org)}
	case "org", "calendar", "clock":
		return []Subject{{org, "organization", org}, All(org)}
	case "account": // accounts are of no organization
		return []Subject{own}
	case "request", "badge":
		if readable && r.Metadata.Subject != (domain.ID{}) {
			return []Subject{{org, "member", r.Metadata.Subject}, own, All(org)}
		}
	}
	return []Subject{own, All(org)}
}

// ownID is the id in the stream's name behind the organization; a name without one is hashed.
func (r Recorded) ownID() domain.ID {
	if len(r.Name.Rest) >= 36 {
		if id, err := uuid.Parse(r.Name.Rest[:36]); err == nil {
			return id
		}
	}
	return domain.NewPreimage("daka/parked/1").LP(r.Stream).ID()
}
