package fold

import (
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/tables"
)

// MemberOfRest reads the member out of `<org>.<member>[.<month>]`.
func MemberOfRest(name domain.StreamName) (tables.MemberKey, error) {
	id, err := facts.MemberOf(name)
	return tables.MemberKey{Org: name.Org, ID: id}, err
}
