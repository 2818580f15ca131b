package projections

import (
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/tables"
)

// memberOfRest reads the member out of `<org>.<member>[.<month>]`.
func memberOfRest(name domain.StreamName) (tables.MemberKey, error) {
	id, err := facts.MemberOf(name)
	return tables.MemberKey{Org: name.Org, ID: id}, err
}
