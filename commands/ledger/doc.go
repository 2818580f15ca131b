// Package ledger runs commands on streams: it looks a command's id up, lets the domain decide, and appends at the exact revision.
//
// A use case names the stream and gives a decision; Handle and HandleMany do the rest. See README.md for the rules that make the remembered
// heads sound.
package ledger
