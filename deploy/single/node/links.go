package node

import (
	"strconv"
	"strings"
)

// follow resolves a link ("revision@stream", or "-1@stream" for the newest) as EventStoreDB does. A link that names no
// number is sent as an event of its own; one whose event is not to be seen is sent without an event.
func (r *reading) follow(e *event) (target, link *event, err error) {
	text, name, _ := strings.Cut(string(e.data), "@")
	rev, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return e, nil, nil
	}
	target, err = r.target(name, rev)
	return target, e, err
}

// target is the event at a revision of a stream as a read of it would show it; nil when it would not.
func (r *reading) target(name string, rev int64) (*event, error) {
	name, err := streamName([]byte(name))
	if err != nil || rev < -1 {
		return nil, nil
	}
	var p page
	err = r.s.store.with(r.ctx, func(rd *reader) error {
		v, err := rd.look(name)
		if rev < 0 {
			rev = v.head
		}
		if err != nil || !v.readable() || rev < v.first || rev > v.head {
			return err
		}
		if err = rd.streamPage(v, name, rev, 1, &p); err == nil && p.events[0].created < r.s.oldest(v.maxAge) {
			p.reset()
		}
		return err
	})
	if err != nil || len(p.events) == 0 {
		return nil, err
	}
	return &p.events[0], nil
}
