package limit

import (
	"bytes"
	"container/list"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/dakahq/daka/domain"
)

const (
	// smallBody is what a body may have that is read before its request takes a place.
	smallBody = 64 << 10
	// bodyTime is how long a small body may take, and any body until its least rate is asked for.
	bodyTime = 5 * time.Second
	// leastRate is what a caller must send on average after that, in bytes a second; a poor phone does three times as much.
	leastRate = 8 << 10
	// largeTime is how long a large JSON body may take.
	largeTime = 30 * time.Second
	// bodiesAtOnce is how many small bodies may be half here; bodiesOfCaller how many of one caller.
	bodiesAtOnce   = 1024
	bodiesOfCaller = 32
	// DefaultBody bounds a JSON body whose route says nothing else, in bytes.
	DefaultBody = 1 << 20
)

// reception bounds the small bodies that are half here. Nobody waits and nobody is refused: a body comes with its headers, in a moment, so
// when a share is used up, the oldest of the share is cut, which is a slow one. Shares are as in a pool: as many as are free.
type reception struct {
	mu     sync.Mutex
	most   int
	all    list.List // of *arriving, oldest first
	shares map[string]*list.List
}

// arriving is a body on its way.
type arriving struct {
	key, caller string
	cut         func()
	inAll, own  *list.Element
}

func newReception(most int) *reception {
	return &reception{most: most, shares: map[string]*list.List{}}
}

// begin notes a body; cut must end its reading, and end must be called.
func (b *reception) begin(key, caller string, many int, cut func()) (end func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	own := b.shares[key]
	if own == nil {
		own = list.New()
		b.shares[key] = own
	}
	if old := b.victim(own, caller, bodiesOfCaller*many); old != nil {
		old.cut()
		b.remove(old)
	}
	r := &arriving{key: key, caller: caller, cut: cut}
	r.inAll, r.own = b.all.PushBack(r), own.PushBack(r)
	b.shares[key] = own // the victim may have been its last
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.remove(r)
	}
}

// victim is the body to cut before another one of the share begins, nil when there is room.
func (b *reception) victim(own *list.List, caller string, callers int) *arriving {
	if own.Len() >= callers {
		if old, n := oldestOf(own, caller); n >= callers {
			return old
		}
	}
	switch {
	case own.Len() < b.most-b.all.Len():
		return nil
	case own.Len() > 0:
		return own.Front().Value.(*arriving)
	case b.all.Len() < b.most:
		return nil
	}
	return b.all.Front().Value.(*arriving)
}

func oldestOf(own *list.List, caller string) (oldest *arriving, n int) {
	for e := own.Front(); e != nil; e = e.Next() {
		if r := e.Value.(*arriving); r.caller == caller {
			if n++; oldest == nil {
				oldest = r
			}
		}
	}
	return oldest, n
}

func (b *reception) remove(r *arriving) {
	if r.inAll == nil {
		return
	}
	own := b.shares[r.key]
	b.all.Remove(r.inAll)
	own.Remove(r.own)
	r.inAll, r.own = nil, nil
	if own.Len() == 0 {
		delete(b.shares, r.key)
	}
}

// Receive reads the body of a typed request, and then takes a place in its lane; leave gives it back. A large body takes its place first,
// in a lane of its own. A caller who is not known is in the lane of strangers.
func (a *Admission) Receive(ctx context.Context, w http.ResponseWriter, r *http.Request, of Part, known bool, limit int64) (leave func(), err error) {
	l := laneOf(r.Method, r.URL.Path)
	if l == open {
		return func() {}, a.receiveSmall(ctx, w, r, of, limit)
	}
	if !known {
		l = strangers
	}
	if r.ContentLength >= 0 && r.ContentLength <= smallBody || l == strangers {
		if err := a.receiveSmall(ctx, w, r, of, min(limit, smallBody+1)); err != nil {
			return nil, err
		}
		return a.Place(ctx, of, l)
	}
	if leave, err = a.Place(ctx, of, large); err != nil {
		return nil, err
	}
	if err = receiveBody(Pace(w, r, largeTime), r, limit); err != nil {
		leave()
		return nil, err
	}
	return leave, nil
}

func (a *Admission) receiveSmall(ctx context.Context, w http.ResponseWriter, r *http.Request, of Part, limit int64) error {
	if r.Body == nil || r.Body == http.NoBody || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	hasCome(ctx)
	body := Pace(w, r, bodyTime)
	defer a.bodies.begin(of.Key, of.Caller, of.Many, body.cut)()
	return receiveBody(body, r, limit)
}

// receiveBody reads a body of fewer than limit bytes, and leaves what it read in its place.
func receiveBody(body *Paced, r *http.Request, limit int64) error {
	tooLarge := domain.Refuse("body_too_large", "the body has more than %d bytes, which is the most that is taken here", limit-1)
	if r.ContentLength >= limit {
		return tooLarge
	}
	buffer := bytes.NewBuffer(make([]byte, 0, max(0, min(r.ContentLength, smallBody))+bytes.MinRead))
	n, err := io.Copy(buffer, io.LimitReader(body, limit))
	switch {
	case err != nil:
		return BodyProblem(err)
	case n == limit:
		return tooLarge
	}
	body.Done()
	r.Body = io.NopCloser(buffer)
	return nil
}

// HalfHere is how many small bodies are on their way.
func (a *Admission) HalfHere() int {
	a.bodies.mu.Lock()
	defer a.bodies.mu.Unlock()
	return a.bodies.all.Len()
}

// TooSlow says that a body's deadline was over.
func TooSlow(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// SlowBody is the refusal of a body that came too slowly.
func SlowBody() error {
	return domain.Refuse("timeout", "the body came too slowly; nothing was written; send the same request again, by a better connection if this goes on")
}

// BodyProblem tells a slow caller from one that broke off.
func BodyProblem(err error) error {
	if TooSlow(err) {
		return SlowBody()
	}
	return domain.Refuse("malformed_body", "the body broke off: %v", err)
}

// Paced is a body whose caller must send at a least rate.
type Paced struct {
	io.ReadCloser
	control     *http.ResponseController
	began, last time.Time
	read        int64

	mu    sync.Mutex
	until time.Time
	isCut bool
}

// Pace gives a caller bodyTime to begin, then leastRate, and atMost in all. done must be called when the body is here.
func Pace(w http.ResponseWriter, r *http.Request, atMost time.Duration) *Paced {
	now := time.Now()
	return &Paced{ReadCloser: r.Body, control: http.NewResponseController(w), began: now, last: now.Add(atMost)}
}

// Read waits for the caller's next bytes as long as the least rate allows.
func (p *Paced) Read(b []byte) (int, error) {
	until := p.began.Add(bodyTime + time.Duration(p.read)*time.Second/leastRate)
	if until.After(p.last) {
		until = p.last
	}
	p.setDeadline(until)
	n, err := p.ReadCloser.Read(b)
	p.read += int64(n)
	return n, err
}

// setDeadline spares the system the calls that would change little.
func (p *Paced) setDeadline(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.isCut && (p.until.IsZero() || until.Sub(p.until) > 100*time.Millisecond) {
		p.until = until
		_ = p.control.SetReadDeadline(until)
	}
}

// cut ends the reading from another goroutine.
func (p *Paced) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.isCut = true
	_ = p.control.SetReadDeadline(time.Unix(1, 0))
}

// Done ends the deadline: past it the server would take the caller for gone, and stop a request that lasts.
func (p *Paced) Done() { _ = p.control.SetReadDeadline(time.Time{}) }
