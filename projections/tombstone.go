package projections

import (
	"errors"

	"github.com/dakahq/daka/domain"
)

// A ledger stream is never deleted. Where it was done all the same, past the event store's guard, the stream's subject parks at the tombstone
// and everybody else goes on; what was applied before stays.

// errTombstone is why the subject of a deleted stream is parked.
var errTombstone = errors.New("its stream was deleted for good in the event store (a tombstone): the events in it cannot be read any more; put the event store back from a backup")

// refuseDeleted answers a question that only the bytes of a deleted stream could answer.
func refuseDeleted(stream string) error {
	return domain.Refuse("stream_deleted", "the stream %s was deleted for good in the event store, so this cannot be told any more; ask the operator to put the event store back from a backup", stream)
}
