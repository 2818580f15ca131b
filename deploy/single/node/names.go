package node

import "sync"

const (
	cachedNames = 1 << 16
	cachedBytes = 16 << 20 // of the names themselves: they may be long
)

// names remembers stream names by number, for all readers.
type names struct {
	mu   sync.RWMutex
	byID map[int64]string
	size int
}

func newNames() *names { return &names{byID: map[int64]string{}} }

func (n *names) get(id int64) (string, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	s, ok := n.byID[id]
	return s, ok
}

func (n *names) put(id int64, name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.byID) >= cachedNames || n.size > cachedBytes {
		clear(n.byID)
		n.size = 0
	}
	n.byID[id] = name
	n.size += len(name)
}
