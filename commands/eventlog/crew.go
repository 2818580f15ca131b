package eventlog

import "time"

// crew runs functions on goroutines that did such work before, where one is idle: calls into the client need deep stacks, which a new
// goroutine grows by copying, again and again.
type crew struct {
	work chan func()
	over <-chan struct{}
}

// idleFor is how long a goroutine waits for its next function.
const idleFor = time.Second

func newCrew(over <-chan struct{}) crew { return crew{work: make(chan func()), over: over} }

// do runs f beside the caller and never waits.
func (c crew) do(f func()) {
	select {
	case c.work <- f:
	default:
		go c.member(f)
	}
}

func (c crew) member(f func()) {
	idle := time.NewTimer(idleFor)
	defer idle.Stop()
	for {
		f()
		idle.Reset(idleFor)
		select {
		case f = <-c.work:
		case <-idle.C:
			return
		case <-c.over:
			return
		}
	}
}
