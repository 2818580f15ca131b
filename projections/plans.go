package projections

import (
	"sync"

	"github.com/dakahq/daka/domain/attendance"
)

// planCache keeps compiled rules by group and version for the life of the engine.
type planCache struct {
	mu    sync.Mutex
	plans map[planKey]*attendance.Plan
}

func (c *planCache) get(key planKey, document []byte, from attendance.Date) (*attendance.Plan, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if plan := c.plans[key]; plan != nil {
		return plan, nil
	}
	plan, err := compileRule(document, key.version, from)
	if err != nil {
		return nil, err
	}
	if c.plans == nil {
		c.plans = map[planKey]*attendance.Plan{}
	}
	c.plans[key] = plan
	return plan, nil
}
