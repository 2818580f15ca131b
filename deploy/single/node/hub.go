package node

import "sync"

// hub wakes subscriptions after a commit. A waiter's channel holds one signal; it says only "look again".
type hub struct {
	mu      sync.Mutex
	all     map[chan struct{}]struct{}
	streams map[string]map[chan struct{}]struct{}
}

func newHub() *hub {
	return &hub{all: map[chan struct{}]struct{}{}, streams: map[string]map[chan struct{}]struct{}{}}
}

// join registers a waiter for one stream, or for every event when name is empty; leave takes it away.
func (h *hub) join(name string) (wake <-chan struct{}, leave func()) {
	ch := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if name == "" {
		h.all[ch] = struct{}{}
	} else {
		if h.streams[name] == nil {
			h.streams[name] = map[chan struct{}]struct{}{}
		}
		h.streams[name][ch] = struct{}{}
	}
	return ch, func() { h.leave(name, ch) }
}

func (h *hub) leave(name string, ch chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.all, ch)
	delete(h.streams[name], ch)
	if len(h.streams[name]) == 0 {
		delete(h.streams, name)
	}
}

func (h *hub) announce(group []event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.all {
		nudge(ch)
	}
	if len(h.streams) == 0 {
		return
	}
	for i := range group {
		for ch := range h.streams[group[i].name] {
			nudge(ch)
		}
	}
}

func nudge(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
