package wire

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/dakahq/daka/domain"
)

// Seal encrypts plain with AES-256-GCM and gives "s1." and base64url(nonce ‖ ciphertext ‖ tag) (events §3).
type Seal func(plain, aad []byte) (string, error)

// Open is the inverse of Seal; its error wraps ErrErased when the key was destroyed.
type Open func(text string, aad []byte) ([]byte, error)

// AAD binds a sealed value to its organization, stream, event and field (events §3); pointer is a JSON pointer such as /lat.
func AAD(org domain.ID, stream string, event domain.ID, pointer string) []byte {
	return domain.NewPreimage("daka/seal/1").LPID(org).LP(stream).Raw(event[:]).LP(pointer).Bytes()
}

// HasPersonal says that the event holds a personal value, sealed or clear.
func HasPersonal(e domain.Event) bool {
	k, known := newest.kinds[e.EventType()]
	if !known {
		return false
	}
	v := reflect.ValueOf(e)
	for _, f := range k.plan.sealed {
		if !v.Field(f.index).IsNil() {
			return true
		}
	}
	return false
}

// eachSealed gives a copy of the event in which change replaced every personal value.
func (k *kind) eachSealed(e domain.Event, change func(pointer string, s domain.Sealable) (domain.Sealable, error)) (domain.Event, error) {
	if len(k.plan.sealed) == 0 {
		return e, nil
	}
	out := reflect.New(k.goType).Elem()
	out.Set(reflect.ValueOf(e))
	var problems error
	for _, f := range k.plan.sealed {
		v := out.Field(f.index)
		if v.IsNil() {
			continue
		}
		next, err := change(f.pointer, v.Interface().(domain.Sealable))
		if err != nil {
			problems = errors.Join(problems, fmt.Errorf("%s %s: %w", k.name, f.pointer, err))
			continue
		}
		v.Set(reflect.ValueOf(next))
	}
	return out.Interface().(domain.Event), problems
}

// Reveal opens every sealed value that can be opened. Erased values stay sealed without an error; other failures stay sealed and are joined into the error.
func Reveal(stream string, id, org domain.ID, e domain.Event, open Open) (domain.Event, error) {
	k, known := newest.kinds[e.EventType()]
	if !known {
		return e, &UnknownEvent{Type: e.EventType()}
	}
	return k.eachSealed(e, func(pointer string, s domain.Sealable) (domain.Sealable, error) {
		if s.SealedText() == "" || open == nil {
			return s, nil
		}
		plain, err := open(s.SealedText(), AAD(org, stream, id, pointer))
		if errors.Is(err, ErrErased) {
			return s, nil
		}
		if err != nil {
			return nil, err
		}
		return s.WithPlain(plain)
	})
}
