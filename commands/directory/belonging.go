package directory

import (
	"log/slog"
	"slices"
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
)

// belong folds what a member's group depends on, and finds the groups anew.
func (o *organization) belong(m *Member, event domain.Event) {
	if !m.facts.Belong(event, time.Time{}) {
		return
	}
	m.Groups = o.groupsOf(m)
}

func (o *organization) groupsOf(m *Member) []Assignment {
	groups := o.facts.Belonging(m.facts.Groups, m.facts.Departments)
	out := make([]Assignment, len(groups))
	for i, g := range groups {
		out[i] = Assignment{g.Group, domain.Date(g.From.String())}
	}
	return out
}

// regroups says that an event may bring members into other groups whose own streams say nothing. Nobody is in a department that was just added.
func regroups(event domain.Event) bool {
	switch e := event.(type) {
	case domain.GroupLinked, domain.GroupUnlinked:
		return true
	case domain.DepartmentChanged:
		return e.Parent != nil || e.Root
	}
	return false
}

// applyTree applies what an event says of departments and of the groups that take them.
func (o *organization) applyTree(compiled *facts.Cache, r facts.Recorded, logger *slog.Logger) {
	o.applyFacts(compiled, r, logger)
	if !regroups(r.Event) || !o.facts.Linked() {
		return
	}
	for id, m := range o.members {
		if groups := o.groupsOf(m); !slices.Equal(groups, m.Groups) {
			moved := *m
			moved.Groups = groups
			o.members[id] = &moved
		}
	}
}
