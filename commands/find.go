package commands

import (
	"context"
	"errors"
	"time"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// finder finds what a command names, and refuses what is not there.
type finder struct {
	ledger    *ledger.Ledger
	directory *directory.Directory
	zones     *zones
}

// requireFresh waits until the directory is fresh enough to decide by (events §3).
func (s finder) requireFresh(ctx context.Context) error {
	if s.directory.Ready() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return s.directory.Fresh(ctx)
}

// waitForStream brings a stream that the directory does not hold yet into it; false when the ledger has no such stream.
func (s finder) waitForStream(ctx context.Context, stream string) (bool, error) {
	events, err := s.ledger.Read(ctx, stream)
	if err != nil {
		return false, err
	}
	if len(events) == 0 {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := s.directory.WaitFor(ctx, stream, events[len(events)-1].Revision); err != nil {
		return false, errors.Join(directory.ErrBehind, err) // the store has just answered
	}
	return true, nil
}

// organization finds an organization, else refuses with organization_not_found.
func (s finder) organization(ctx context.Context, id domain.ID) (directory.Organization, error) {
	if err := s.requireFresh(ctx); err != nil {
		return directory.Organization{}, err
	}
	o, ok := s.directory.Organization(id)
	if ok {
		return o, nil
	}
	if err := s.refuseUnlessExists(ctx, domain.OrgStream(id), "organization_not_found", "there is no such organization"); err != nil {
		return o, err
	}
	o, _ = s.directory.Organization(id)
	return o, nil
}

// refuseUnlessExists catches a stream up and refuses with code when the ledger has no such stream.
func (s finder) refuseUnlessExists(ctx context.Context, stream, code, text string) error {
	found, err := s.waitForStream(ctx, stream)
	if err != nil || found {
		return err
	}
	return domain.Refuse(code, "%s", text)
}

// member finds a member of an organization, else refuses with member_not_found.
func (s finder) member(ctx context.Context, org, id domain.ID) (directory.Member, error) {
	m, ok := s.directory.Member(org, id)
	if ok {
		return m, nil
	}
	if err := s.refuseUnlessExists(ctx, domain.MemberStream(org, id), "member_not_found", "there is no such member"); err != nil {
		return m, err
	}
	if m, ok = s.directory.Member(org, id); !ok { // who has only asked to join
		return m, domain.Refuse("member_not_found", "there is no such member")
	}
	return m, nil
}

// group finds an open group of an organization, else refuses with group_not_found.
func (s finder) group(ctx context.Context, org, id domain.ID) (directory.Group, error) {
	g, ok := s.directory.Group(org, id)
	if !ok {
		if err := s.refuseUnlessExists(ctx, domain.GroupStream(org, id), "group_not_found", "there is no such open group"); err != nil {
			return g, err
		}
		g, _ = s.directory.Group(org, id)
	}
	if g.Closed {
		return g, domain.Refuse("group_not_found", "there is no such open group")
	}
	return g, nil
}

// holders are all who ever held a number, in recorded order.
func (s finder) holders(ctx context.Context, org domain.ID, number string) ([]domain.Holding, error) {
	known := s.directory.Holders(org, number)
	if len(known) == 0 {
		if found, err := s.waitForStream(ctx, domain.BadgeStream(org, number)); err != nil || !found {
			return nil, err
		}
		known = s.directory.Holders(org, number)
	}
	return known, nil
}

// openDepartment says that a department may be named; nil is none and always good.
func openDepartment(tree map[domain.ID]directory.Department, id *domain.ID) bool {
	if id == nil {
		return true
	}
	d, known := tree[*id]
	return known && !d.Closed
}

// problems collects what is wrong with a command of now.
func (s finder) problems() domain.Problems {
	return domain.Problems{Today: domain.DateOf(s.ledger.Clock(), time.UTC)}
}

// latestDate is the date of now in the zone of the organization's rules in which it is latest, of UTC without a rule.
func (s finder) latestDate(org domain.ID) domain.Date {
	now, latest := s.ledger.Clock(), domain.Date("")
	for _, g := range s.directory.Groups(org) {
		latest = max(latest, domain.DateOf(now, s.zoneOfGroup(org, &g.ID)))
	}
	if latest == "" {
		return domain.DateOf(now, time.UTC)
	}
	return latest
}
