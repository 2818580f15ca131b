package api

import (
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/domain"
)

// memberRef names a member in a body: by the id, or as me.
type memberRef struct {
	id domain.ID
	me bool
}

// UnmarshalJSON takes an id or "me".
func (m *memberRef) UnmarshalJSON(b []byte) error {
	if string(b) == `"me"` {
		m.me = true
		return nil
	}
	return json.Unmarshal(b, &m.id)
}

// Schema is in the documents.
func (memberRef) Schema(huma.Registry) *huma.Schema {
	schema := &huma.Schema{
		Type: huma.TypeString, Description: "the member's id, or me; by default the caller",
		Pattern: `^(me|[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})$`, PatternDescription: "an id, or me",
	}
	schema.PrecomputeMessages()
	return schema
}

// in is the member in the caller's organization; nil names nobody.
func (m *memberRef) in(a who.Access) (*domain.ID, error) {
	if m == nil {
		return nil, nil
	}
	if !m.me {
		return &m.id, nil
	}
	id, err := who.MemberOf(a, "me")
	if err != nil {
		return nil, err
	}
	return &id, nil
}

// nullableID tells null from what is left out.
type nullableID struct {
	given bool
	id    *domain.ID
}

// UnmarshalJSON takes an id or null.
func (n *nullableID) UnmarshalJSON(b []byte) error {
	n.given = true
	return json.Unmarshal(b, &n.id)
}

// Schema is in the documents.
func (nullableID) Schema(huma.Registry) *huma.Schema {
	schema := &huma.Schema{Type: huma.TypeString, Format: "uuid", Nullable: true}
	schema.PrecomputeMessages()
	return schema
}
