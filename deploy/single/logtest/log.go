// Package logtest keeps what a program under test writes, while it writes.
package logtest

import (
	"bytes"
	"strings"
	"sync"
)

// Log takes what is written to it. It is safe for many goroutines; the zero value is empty.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write adds text to the log and never fails.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// Bytes is all that was written so far, as a copy.
func (l *Log) Bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.text.Bytes())
}

// String is all that was written so far.
func (l *Log) String() string { return string(l.Bytes()) }

// Lines are the lines that were written so far, without their ends; nil when there is none.
func (l *Log) Lines() []string {
	text := strings.TrimSuffix(l.String(), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// Count says how often a part occurs in what was written so far.
func (l *Log) Count(part string) int { return strings.Count(l.String(), part) }
