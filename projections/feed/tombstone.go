package feed

import "errors"

// A ledger stream is never deleted. Where it was done all the same, past the event store's guard, the stream's subject parks at the tombstone
// and everybody else goes on; what was applied before stays.

// ErrTombstone is why the subject of a deleted stream is parked.
var ErrTombstone = errors.New("its stream was deleted for good in the event store (a tombstone): the events in it cannot be read any more; put the event store back from a backup")
