package facts

import (
	"fmt"
	"sync"
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// Cache keeps what is costly to make of an event's words: time zones and compiled rules. An event never changes, so nothing in it grows old. The
// zero value is ready, and many goroutines may use one.
type Cache struct {
	zones sync.Map // by name

	mu    sync.Mutex
	plans map[domain.ID]*attendance.Plan // by the id of the RuleChanged
}

// plansMost bounds the compiled rules kept; one takes about 10 KB.
const plansMost = 4096

// Zone loads a time zone by its IANA name.
func (c *Cache) Zone(name string) (*time.Location, error) {
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

// AddZone teaches the cache a zone that the machine's own list lacks.
func (c *Cache) AddZone(name string, zone *time.Location) { c.zones.Store(name, zone) }

// Plan compiles a published rule once; event is the id of its RuleChanged.
func (c *Cache) Plan(event domain.ID, document []byte, version int, from attendance.Date) (*attendance.Plan, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if plan := c.plans[event]; plan != nil {
		return plan, nil
	}
	plan, err := compile(document, version, from)
	if err != nil {
		return nil, err
	}
	if c.plans == nil || len(c.plans) >= plansMost {
		c.plans = map[domain.ID]*attendance.Plan{}
	}
	c.plans[event] = plan
	return plan, nil
}

// compile makes a published document ready. Version and first date are the event's, whatever the document repeats of them.
func compile(document []byte, version int, from attendance.Date) (*attendance.Plan, error) {
	rule, err := attendance.ParseRule(document)
	if err != nil {
		return nil, fmt.Errorf("rule version %d: %w", version, err)
	}
	rule.EffectiveFrom = from
	plan, err := rule.Compile()
	if err != nil {
		return nil, fmt.Errorf("rule version %d: %w", version, err)
	}
	plan.Version = version
	return plan, nil
}
