package projections

import (
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/tables"
)

// zoneCache keeps loaded time zones.
type zoneCache struct{ zones sync.Map }

func (c *zoneCache) load(name string) (*time.Location, error) {
	if z, ok := c.zones.Load(name); ok {
		return z.(*time.Location), nil //nolint:forcetypeassert // only locations are stored
	}
	if name == "Local" {
		return nil, fmt.Errorf("%q is no time zone of the ledger", name)
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone %q: %w", name, err)
	}
	c.zones.Store(name, z)
	return z, nil
}

// memberOfRest reads the member out of `<org>.<member>[.<month>]`.
func memberOfRest(name domain.StreamName) (tables.MemberKey, error) {
	if len(name.Rest) < 36 {
		return tables.MemberKey{}, fmt.Errorf("stream of category %s names no member", name.Category)
	}
	id, err := uuid.Parse(name.Rest[:36])
	return tables.MemberKey{Org: name.Org, ID: id}, err
}
