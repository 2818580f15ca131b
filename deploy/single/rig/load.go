package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// Ack is an acknowledged punch: its command id and where the receipt says it stands.
type Ack struct {
	Command  uuid.UUID `json:"command"`
	Position string    `json:"position"`
	At       time.Time `json:"at"`
	// Took is how long the punch waited for it, with all its tries.
	Took time.Duration `json:"-"`
}

// Load posts punches at a steady rate and retries each, under the same key, until the outcome is final.
// What was acknowledged goes to a file that is written before the count rises, so that it survives this process too.
type Load struct {
	Client  *Client
	Company *Company
	// PerSecond is the rate at which new punches begin.
	PerSecond int

	mu    sync.Mutex
	acks  []Ack
	file  *os.File
	wg    sync.WaitGroup
	stop  context.CancelFunc
	begun atomic.Int64
	// Doubtful counts answers that were not final: lost, 503 or 5xx.
	Doubtful atomic.Int64
	refused  atomic.Pointer[string]
}

// A punch without an answer is sent again after about retryFirst, then after twice as long each time, and not before the server's
// Retry-After, as a phone does.
const (
	retryFirst = 100 * time.Millisecond
	retryMost  = 4 * time.Second
)

// Begin starts posting until End; file keeps the acknowledgements.
func (l *Load) Begin(ctx context.Context, file string) error {
	f, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("creating the list of acknowledgements: %w", err)
	}
	l.file = f
	posting, stop := context.WithCancel(ctx)
	l.stop = stop
	l.wg.Go(func() {
		tick := time.NewTicker(time.Second / time.Duration(l.PerSecond))
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-posting.Done():
				return
			case <-tick.C:
				l.begun.Add(1)
				l.wg.Go(func() { l.punch(ctx, i) })
			}
		}
	})
	return nil
}

// End stops new punches and waits until every one that began has its final outcome.
func (l *Load) End() ([]Ack, error) {
	l.stop()
	l.wg.Wait()
	if err := l.file.Close(); err != nil {
		return nil, fmt.Errorf("closing the list of acknowledgements: %w", err)
	}
	if text := l.refused.Load(); text != nil {
		return nil, fmt.Errorf("a punch was refused: %s", *text)
	}
	if int(l.begun.Load()) != len(l.acks) {
		return nil, fmt.Errorf("%d punches began, %d have an answer", l.begun.Load(), len(l.acks))
	}
	return l.acks, nil
}

// Acked is how many punches have been acknowledged so far.
func (l *Load) Acked() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acks)
}

func (l *Load) punch(ctx context.Context, i int) {
	key, err := uuid.NewV7()
	if err != nil {
		return
	}
	body, began := l.Company.Punch(i), time.Now()
	for wait := retryFirst; ctx.Err() == nil; wait = min(2*wait, retryMost) {
		a, err := l.Client.Do(ctx, http.MethodPost, l.Company.PunchPath(), key.String(), body)
		switch {
		case err == nil && (a.Status == http.StatusCreated || a.Status == http.StatusOK):
			l.acknowledge(key, a.Body, time.Since(began))
			return
		case err == nil && a.Status/100 == 4 && a.Status != http.StatusTooManyRequests:
			text := fmt.Sprintf("%d %s", a.Status, a.Body)
			l.refused.CompareAndSwap(nil, &text)
			return
		}
		l.Doubtful.Add(1)
		time.Sleep(max(wait/2+rand.N(wait), asked(a)))
	}
}

// asked is how long an answer asks to wait, and up to half as long again, so that not everybody comes back at once.
func asked(a Answer) time.Duration {
	seconds, err := strconv.Atoi(a.Header.Get("Retry-After"))
	if err != nil || seconds < 1 {
		return 0
	}
	wait := time.Duration(seconds) * time.Second
	return wait + rand.N(wait/2)
}

func (l *Load) acknowledge(key uuid.UUID, receipt []byte, took time.Duration) {
	ack, err := ReadAck(key, receipt)
	ack.Took = took
	if err != nil {
		text := err.Error()
		l.refused.CompareAndSwap(nil, &text)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.file, "%s %s\n", key, ack.Position)
	l.acks = append(l.acks, ack)
}

// ReadAck takes the place of a punch out of its receipt.
func ReadAck(command uuid.UUID, receipt []byte) (Ack, error) {
	var r struct {
		Position string `json:"position"`
	}
	if err := json.Unmarshal(receipt, &r); err != nil || r.Position == "" {
		return Ack{}, fmt.Errorf("a receipt without position: %s", receipt)
	}
	return Ack{Command: command, Position: r.Position, At: time.Now()}, nil
}
