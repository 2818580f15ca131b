package node

const rememberedIDs = 1 << 16

// written says where an event id went.
type written struct{ stream, rev, pos int64 }

// idCache remembers the newest event ids, for appends that expect any revision. It is keyed by the id alone, as
// EventStoreDB's is: of an id in two streams the first place is known, until it is forgotten.
type idCache struct {
	at   map[[16]byte]written
	ring [][16]byte
	next int
}

func newIDCache() *idCache {
	return &idCache{at: map[[16]byte]written{}}
}

func (c *idCache) add(id [16]byte, w written) {
	if first, known := c.at[id]; known {
		if w.pos < first.pos { // read back from the store in another order than it was written
			c.at[id] = w
		}
		return
	}
	if len(c.ring) < rememberedIDs {
		c.ring = append(c.ring, id)
	} else {
		delete(c.at, c.ring[c.next])
		c.ring[c.next] = id
		c.next = (c.next + 1) % rememberedIDs
	}
	c.at[id] = w
}
