package eventlog

import (
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestACrewNeverWaits(t *testing.T) {
	before := goleak.IgnoreCurrent()
	over := make(chan struct{})
	c := newCrew(over)
	const together = 50
	var started sync.WaitGroup
	release := make(chan struct{})
	var ended sync.WaitGroup
	for range together {
		started.Add(1)
		ended.Add(1)
		c.do(func() { started.Done(); <-release; ended.Done() })
	}
	started.Wait() // all of them run at once
	close(release)
	ended.Wait()
	close(over)
	goleak.VerifyNone(t, before)
}

func TestACrewWorksAgain(t *testing.T) {
	before := goleak.IgnoreCurrent()
	over := make(chan struct{})
	defer close(over)
	c := newCrew(over)
	workers := map[string]bool{}
	for range 200 {
		done := make(chan string)
		c.do(func() { done <- goroutine() })
		workers[<-done] = true
		time.Sleep(time.Millisecond) // it becomes idle
	}
	require.Less(t, len(workers), 20, "idle ones take the next work")
	require.Eventually(t, func() bool { return goleak.Find(before) == nil }, 10*time.Second, 10*time.Millisecond, "and end after a while")
}

// goroutine is the number of the one that asks.
func goroutine() string {
	stack := make([]byte, 64)
	name, _, _ := strings.Cut(string(stack[:runtime.Stack(stack, false)]), " [")
	return name
}
