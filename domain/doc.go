// Package domain decides what may be written in the attendance ledger and what it means.
//
// It reads no clock, opens no connection and starts no goroutine: the same inputs give the same
// events on any machine, which is what lets an auditor repeat us.
package domain
