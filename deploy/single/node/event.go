package node

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
)

// Revisions and expectations as EventStoreDB numbers them.
const (
	noStream      = -1
	anyRevision   = -2
	streamExists  = -4
	tombstoneRev  = math.MaxInt64
	deletedBefore = math.MaxInt64
)

// System event types.
const (
	typeMetadata  = "$metadata"
	typeTombstone = "$streamDeleted"
	typeLink      = "$>"
)

const sumSize = 16

// event is one record: revisions from 0, positions dense from 1, created in 100 ns ticks since 1970 UTC.
type event struct {
	pos, rev, stream, created int64
	name, typ                 string
	id                        [16]byte
	json                      bool
	data, meta                []byte
}

// checksum covers every field of the record; scratch is reused and returned.
func (e *event) checksum(scratch []byte) ([sumSize]byte, []byte) {
	b := append(scratch[:0], "daka event 1\x00"...)
	b = binary.BigEndian.AppendUint64(b, uint64(e.pos))
	b = binary.BigEndian.AppendUint64(b, uint64(e.rev))
	b = binary.BigEndian.AppendUint64(b, uint64(e.created))
	b = append(b, e.id[:]...)
	if e.json {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.name)))
	b = append(b, e.name...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.typ)))
	b = append(b, e.typ...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.data)))
	b = append(b, e.data...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.meta)))
	b = append(b, e.meta...)
	full := sha256.Sum256(b)
	return [sumSize]byte(full[:sumSize]), b
}

// size is what the append limit counts for one event, in bytes.
func (e *event) size() int { return len(e.data) + len(e.meta) + 2*len(e.typ) }
