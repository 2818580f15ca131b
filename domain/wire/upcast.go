package wire

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// step is one version of one type; its upcaster lifts it to the next version.
type step struct {
	eventType string
	version   int
}

// upcaster changes the fields of one version into those of the next, on bytes.
type upcaster func(fields map[string]jsontext.Value) error

// lift brings recorded data from its version to the newest, one step at a time.
func (r *registry) lift(k *kind, version int, data []byte) ([]byte, error) {
	var fields map[string]jsontext.Value
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, malformed(k.name, err)
	}
	if fields == nil {
		return nil, &MalformedEvent{Type: k.name, Problem: "must not be null"}
	}
	for v := version; v < k.version; v++ {
		up, ok := r.upcasters[step{k.name, v}]
		if !ok {
			return nil, &UnknownVersion{Type: k.name, Version: version}
		}
		if err := up(fields); err != nil {
			return nil, fmt.Errorf("lift %s from version %d: %w", k.name, v, err)
		}
	}
	return json.Marshal(fields, json.Deterministic(true))
}
