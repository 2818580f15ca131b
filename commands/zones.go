package commands

import (
	"sync"
	"time"

	"github.com/dakahq/daka/domain"
)

// zones keeps time zones that were read from the machine's database; a punch by number needs one each time.
type zones struct{ loaded sync.Map }

func (z *zones) load(name string) (*time.Location, error) {
	if known, ok := z.loaded.Load(name); ok {
		return known.(*time.Location), nil //nolint:forcetypeassert // only locations are stored
	}
	zone, err := domain.Zone(name)
	if err == nil {
		z.loaded.Store(name, zone)
	}
	return zone, err
}
