// Package eventlog is the event store as the ledger needs it, over the official EventStoreDB client.
//
// It is the only package that imports the client's esdb: what the client hides or gets wrong is mended here,
// once. Contexts are always obeyed, a dead client is replaced, and an append that may have been written is
// told apart from one that was refused.
package eventlog
