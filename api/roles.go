package api

import (
	"bytes"
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
)

// rolesBody says which roles a member shall have.
type rolesBody struct {
	Roles []roleItem `json:"roles,omitempty" nullable:"false" doc:"exactly these; left out, they stay as they are"`
	Owner *bool      `json:"owner,omitempty" doc:"true makes the member an owner, false takes it away; left out, it stays as it is"`
}

// roleItem is a role as its name alone, or with what a manager leads.
type roleItem struct {
	Role       domain.Role `json:"role"`
	Department *domain.ID  `json:"department"`
	Group      *domain.ID  `json:"group"`
}

// UnmarshalJSON takes "hr" for {"role": "hr"}.
func (r *roleItem) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte(`"`)) {
		return json.Unmarshal(b, &r.Role)
	}
	type plain roleItem
	return json.Unmarshal(b, (*plain)(r))
}

// Schema is in the documents.
func (roleItem) Schema(huma.Registry) *huma.Schema {
	name := &huma.Schema{Type: huma.TypeString, Enum: []any{"hr", "manager", "employee", "auditor", "device"}}
	id := func(about string) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Format: "uuid", Description: about}
	}
	object := &huma.Schema{
		Type: huma.TypeObject, Required: []string{"role"}, AdditionalProperties: false,
		Properties: map[string]*huma.Schema{
			"role": name, "department": id("a manager's: this department and those below it"), "group": id("a manager's: this attendance group"),
		},
	}
	object.PrecomputeMessages()
	name.PrecomputeMessages()
	return &huma.Schema{OneOf: []*huma.Schema{name, object}}
}

func (b rolesBody) command(member domain.ID) commands.SetRoles {
	out := commands.SetRoles{Member: member, Owner: b.Owner}
	if b.Roles != nil {
		out.Roles = []domain.RoleGranted{}
	}
	for _, r := range b.Roles {
		out.Roles = append(out.Roles, domain.RoleGranted{Role: r.Role, Department: r.Department, Group: r.Group})
	}
	return out
}
