package wire

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/go-json-experiment/json"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"github.com/dakahq/daka/domain"
)

// Written is an event in the ledger's bytes, and as they will be read.
type Written struct {
	Data, Meta []byte
	// Event and Metadata are what Decode gives for the bytes: sealed values are text.
	Event    domain.Event
	Metadata domain.Metadata
}

// Encode writes an event as the ledger's bytes: deterministic JSON, personal values sealed. It sets m.Schema, and clears m.KeyID when nothing is sealed.
// What it could not read again it does not write.
func Encode(stream string, id domain.ID, e domain.Event, m *domain.Metadata, seal Seal) (data, meta []byte, err error) {
	w, err := Write(stream, id, e, m, seal)
	return w.Data, w.Meta, err
}

// Write is Encode for who needs the event as it will be read, too.
func Write(stream string, id domain.ID, e domain.Event, m *domain.Metadata, seal Seal) (Written, error) {
	return newest.encode(stream, id, e, m, seal)
}

func (r *registry) encode(stream string, id domain.ID, e domain.Event, m *domain.Metadata, seal Seal) (Written, error) {
	k, known := r.kinds[e.EventType()]
	if !known || reflect.TypeOf(e) != k.goType {
		return Written{}, fmt.Errorf("encode %T: %w", e, &UnknownEvent{Type: e.EventType()})
	}
	sealed := 0
	e, err := k.eachSealed(e, func(pointer string, s domain.Sealable) (domain.Sealable, error) {
		sealed++
		return sealField(s, seal, AAD(m.Org, stream, id, pointer))
	})
	if err != nil {
		return Written{}, err
	}
	m.Schema = k.version
	if sealed == 0 {
		m.KeyID = nil
	} else if m.KeyID == nil {
		return Written{}, fmt.Errorf("encode %s: personal values are sealed, but the metadata name no key", k.name)
	}
	return r.write(k, e, *m)
}

func (r *registry) write(k *kind, e domain.Event, m domain.Metadata) (w Written, err error) {
	if w.Data, err = marshal(e); err != nil {
		return Written{}, fmt.Errorf("encode %s: %w", k.name, err)
	}
	if w.Meta, err = marshal(m); err != nil {
		return Written{}, fmt.Errorf("encode metadata of %s: %w", k.name, err)
	}
	if w.Event, w.Metadata, err = r.read(k.name, w.Data, w.Meta); err != nil {
		return Written{}, fmt.Errorf("encode %s: it could not be read again: %w", k.name, err)
	}
	return w, nil
}

func sealField(s domain.Sealable, seal Seal, aad []byte) (domain.Sealable, error) {
	if seal == nil {
		return nil, errors.New("a personal value, but no key to seal it")
	}
	plain, err := s.Plain()
	if err != nil {
		return nil, err
	}
	text, err := seal(plain, aad)
	if err != nil {
		return nil, err
	}
	return s.WithText(text), nil
}

// marshal refuses invalid UTF-8, sorts maps and leaves empty optional fields out.
func marshal(v any) ([]byte, error) {
	return json.Marshal(v, json.Deterministic(true), jsonv1.OmitEmptyWithLegacySemantics(true))
}
