package feed

import (
	"fmt"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/wire"
)

// Decoder makes records of recorded bytes; it serves one goroutine.
type Decoder struct {
	// punches reads most punches in a short way; nil reads each as any event.
	punches *wire.PunchReader
}

// NewDecoder makes a decoder, which serves one goroutine.
func NewDecoder() *Decoder { return &Decoder{wire.NewPunchReader()} }

// decoderOf is a plain one, without the short way, or NewDecoder's.
func decoderOf(plain bool) *Decoder {
	if plain {
		return &Decoder{}
	}
	return NewDecoder()
}

// safely turns a panic into an error: bytes that no reader was made for are their subject's matter, not everybody's.
func (d *Decoder) safely(raw *eventlog.Raw) (e domain.Event, m domain.Metadata, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			e, m, err = nil, domain.Metadata{}, fmt.Errorf("decode %q: panic: %v", raw.Type, caught)
		}
	}()
	return d.read(raw)
}

// read decodes an event as rows can take it; most are punches without personal values: their texts hold no escapes.
func (d *Decoder) read(raw *eventlog.Raw) (domain.Event, domain.Metadata, error) {
	if d.punches != nil {
		if e, m, ok := d.punches.Read(raw.Type, raw.Data, raw.Metadata); ok {
			e.At, m.ReceivedAt = storableInstant(e.At), storableInstant(m.ReceivedAt)
			return e, m, nil
		}
	}
	e, m, err := wire.Decode(raw.Type, raw.Data, raw.Metadata)
	storableMetadata(&m)
	return storable(e), m, err
}
