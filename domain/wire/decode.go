package wire

import (
	"reflect"

	"github.com/dakahq/daka/domain"
)

var metadataPlan = planOf(reflect.TypeFor[domain.Metadata]())

// Decode reads an event and its metadata strictly. Sealed values stay sealed text.
//
// Errors: *UnknownEvent, *UnknownVersion, *MalformedEvent.
func Decode(eventType string, data, meta []byte) (domain.Event, domain.Metadata, error) {
	return newest.read(eventType, data, meta)
}

// DecodeMetadata reads the metadata alone, strictly.
func DecodeMetadata(meta []byte) (domain.Metadata, error) {
	var m domain.Metadata
	if err := metadataPlan.unmarshal(meta, reflect.ValueOf(&m).Elem()); err != nil {
		return m, malformed("metadata", err)
	}
	return m, nil
}

func (r *registry) read(eventType string, data, meta []byte) (domain.Event, domain.Metadata, error) {
	m, err := DecodeMetadata(meta)
	if err != nil {
		return nil, m, err
	}
	e, err := r.decode(eventType, m.Schema, data)
	return e, m, err
}

func (r *registry) decode(eventType string, version int, data []byte) (domain.Event, error) {
	k, known := r.kinds[eventType]
	if !known {
		return nil, &UnknownEvent{Type: eventType}
	}
	if version < 1 || version > k.version {
		return nil, &UnknownVersion{Type: eventType, Version: version}
	}
	if version < k.version {
		lifted, err := r.lift(k, version, data)
		if err != nil {
			return nil, err
		}
		data = lifted
	}
	e, err := k.decode(data)
	if err != nil {
		return nil, malformed(eventType, err)
	}
	return e, nil
}
