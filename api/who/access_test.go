package who

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/domain"
)

func TestRolesOfAMember(t *testing.T) {
	id := uuid.New()
	for name, c := range map[string]struct {
		granted []domain.Role
		org     directory.Organization
		want    []Role
	}{
		"nothing granted":         {nil, directory.Organization{}, []Role{domain.RoleEmployee}},
		"hr is an employee too":   {[]domain.Role{domain.RoleHR}, directory.Organization{}, []Role{domain.RoleHR, domain.RoleEmployee}},
		"an auditor alone is not": {[]domain.Role{domain.RoleAuditor}, directory.Organization{}, []Role{domain.RoleAuditor}},
		"a device is not":         {[]domain.Role{domain.RoleDevice}, directory.Organization{}, []Role{domain.RoleDevice}},
		"twice counts once":       {[]domain.Role{domain.RoleManager, domain.RoleManager}, directory.Organization{}, []Role{domain.RoleManager, domain.RoleEmployee}},
		"an owner":                {nil, directory.Organization{Owners: []domain.ID{id}}, []Role{domain.RoleOwner, domain.RoleEmployee}},
		"a named approver":        {nil, directory.Organization{Approvers: []domain.ID{id}}, []Role{domain.RoleEmployee, approver}},
	} {
		t.Run(name, func(t *testing.T) {
			m := directory.Member{ID: id}
			for _, r := range c.granted {
				m.Roles = append(m.Roles, domain.RoleGranted{Role: r})
			}
			require.Equal(t, c.want, RolesOf(c.org, m))
		})
	}
}
