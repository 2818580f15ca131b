// Package wire turns events into the ledger's bytes and back.
//
// It is strict in both directions: what it cannot read again it does not write, and what it does not
// know it does not read. Old versions are lifted on the way in; recorded bytes are never changed.
package wire
