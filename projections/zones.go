package projections

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/tables"
)

// memberOfRest reads the member out of `<org>.<member>[.<month>]`.
func memberOfRest(name domain.StreamName) (tables.MemberKey, error) {
	if len(name.Rest) < 36 {
		return tables.MemberKey{}, fmt.Errorf("stream of category %s names no member", name.Category)
	}
	id, err := uuid.Parse(name.Rest[:36])
	return tables.MemberKey{Org: name.Org, ID: id}, err
}
