package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// pinned lets this process run on one core only, and what start starts on another; restore undoes it for this process.
func pinned(ours, theirs int, start func() error) (restore func(), err error) {
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return nil, fmt.Errorf("asking for the cores: %w", err)
	}
	before := runtime.GOMAXPROCS(1)
	restore = func() {
		runtime.GOMAXPROCS(before)
		_ = pinThreads(&all)
	}
	if err := pinThreads(only(ours)); err != nil {
		restore()
		return nil, err
	}
	runtime.LockOSThread() // a child runs where the thread that starts it may
	defer runtime.UnlockOSThread()
	err = unix.SchedSetaffinity(0, only(theirs))
	if err == nil {
		err = start()
	}
	if err = errors.Join(err, unix.SchedSetaffinity(0, only(ours))); err != nil {
		restore()
		return nil, fmt.Errorf("starting on core %d: %w", theirs, err)
	}
	return restore, nil
}

func only(core int) *unix.CPUSet {
	var s unix.CPUSet
	s.Set(core)
	return &s
}

// pinThreads sets where this process's threads may run; those to come inherit it.
func pinThreads(cores *unix.CPUSet) error {
	entries, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return fmt.Errorf("listing this process's threads: %w", err)
	}
	for _, e := range entries {
		tid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if err := unix.SchedSetaffinity(tid, cores); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("pinning thread %d: %w", tid, err)
		}
	}
	return nil
}
