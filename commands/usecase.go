package commands

import (
	"context"
	"errors"
	"time"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/domain"
)

// judged waits until the directory is fresh enough to judge by (events §3).
func (s *Service) judged(ctx context.Context) error {
	if s.Directory.Ready() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return s.Directory.Fresh(ctx)
}

// catchUp brings a stream that the directory does not hold yet into it; false when the ledger has no such stream.
func (s *Service) catchUp(ctx context.Context, stream string) (bool, error) {
	events, err := s.Ledger.Read(ctx, stream)
	if err != nil {
		return false, err
	}
	if len(events) == 0 {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := s.Directory.WaitFor(ctx, stream, events[len(events)-1].Revision); err != nil {
		return false, errors.Join(directory.ErrBehind, err) // the store has just answered
	}
	return true, nil
}

// organization finds an organization, else refuses with organization_not_found.
func (s *Service) organization(ctx context.Context, id domain.ID) (directory.Organization, error) {
	if err := s.judged(ctx); err != nil {
		return directory.Organization{}, err
	}
	o, ok := s.Directory.Organization(id)
	if ok {
		return o, nil
	}
	if err := s.missing(ctx, domain.OrgStream(id), "organization_not_found", "there is no such organization"); err != nil {
		return o, err
	}
	o, _ = s.Directory.Organization(id)
	return o, nil
}

// missing catches a stream up and refuses with code when the ledger has no such stream.
func (s *Service) missing(ctx context.Context, stream, code, text string) error {
	found, err := s.catchUp(ctx, stream)
	if err != nil || found {
		return err
	}
	return domain.Refuse(code, "%s", text)
}

// member finds a member of an organization, else refuses with member_not_found.
func (s *Service) member(ctx context.Context, org, id domain.ID) (directory.Member, error) {
	m, ok := s.Directory.Member(org, id)
	if ok {
		return m, nil
	}
	if err := s.missing(ctx, domain.MemberStream(org, id), "member_not_found", "there is no such member"); err != nil {
		return m, err
	}
	if m, ok = s.Directory.Member(org, id); !ok { // who has only asked to join
		return m, domain.Refuse("member_not_found", "there is no such member")
	}
	return m, nil
}

// group finds an open group of an organization, else refuses with group_not_found.
func (s *Service) group(ctx context.Context, org, id domain.ID) (directory.Group, error) {
	g, ok := s.Directory.Group(org, id)
	if !ok {
		if err := s.missing(ctx, domain.GroupStream(org, id), "group_not_found", "there is no such open group"); err != nil {
			return g, err
		}
		g, _ = s.Directory.Group(org, id)
	}
	if g.Closed {
		return g, domain.Refuse("group_not_found", "there is no such open group")
	}
	return g, nil
}

// holders are all who ever held a number, in recorded order.
func (s *Service) holders(ctx context.Context, org domain.ID, number string) ([]domain.Holding, error) {
	known := s.Directory.Holders(org, number)
	if len(known) == 0 {
		if found, err := s.catchUp(ctx, domain.BadgeStream(org, number)); err != nil || !found {
			return nil, err
		}
		known = s.Directory.Holders(org, number)
	}
	out := make([]domain.Holding, len(known))
	for i, h := range known {
		out[i] = domain.Holding(h)
	}
	return out, nil
}

// openDepartment says that a department may be named; nil is none and always good.
func openDepartment(tree map[domain.ID]directory.Department, id *domain.ID) bool {
	if id == nil {
		return true
	}
	d, known := tree[*id]
	return known && !d.Closed
}
