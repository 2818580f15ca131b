package route

import (
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/domain"
)

// MemberRef names a member in a body: by the id, or as me.
type MemberRef struct {
	ID domain.ID
	me bool
}

// UnmarshalJSON takes an id or "me".
func (m *MemberRef) UnmarshalJSON(b []byte) error {
	if string(b) == `"me"` {
		m.me = true
		return nil
	}
	return json.Unmarshal(b, &m.ID)
}

// Schema is in the documents.
func (MemberRef) Schema(huma.Registry) *huma.Schema {
	schema := &huma.Schema{
		Type: huma.TypeString, Description: "the member's id, or me; by default the caller",
		Pattern: `^(me|[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})$`, PatternDescription: "an id, or me",
	}
	schema.PrecomputeMessages()
	return schema
}

// In is the member in the caller's organization; nil names nobody.
func (m *MemberRef) In(a who.Access) (*domain.ID, error) {
	if m == nil {
		return nil, nil
	}
	if !m.me {
		return &m.ID, nil
	}
	id, err := who.MemberOf(a, "me")
	if err != nil {
		return nil, err
	}
	return &id, nil
}

// NullableID tells null from what is left out.
type NullableID struct {
	Given bool
	ID    *domain.ID
}

// UnmarshalJSON takes an id or null.
func (n *NullableID) UnmarshalJSON(b []byte) error {
	n.Given = true
	return json.Unmarshal(b, &n.ID)
}

// Schema is in the documents.
func (NullableID) Schema(huma.Registry) *huma.Schema {
	schema := &huma.Schema{Type: huma.TypeString, Format: "uuid", Nullable: true}
	schema.PrecomputeMessages()
	return schema
}
