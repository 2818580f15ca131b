package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// Security is the security log.
type Security struct{ *database }

// SecurityEntry is a line of the security log. It names people and organizations by id alone.
type SecurityEntry struct {
	// ID orders the entries as they were written.
	ID int64
	// At is when the first of Count equal ones happened.
	At   time.Time
	Kind string
	// Account is the person concerned, nil where none is known; Orgs are the organizations that may read the entry.
	Account *domain.ID
	Orgs    []domain.ID
	// Actor is kind:id of who did it, Subject the member or token that it was done to.
	Actor   string
	Subject *domain.ID
	// Route, Role, Detail and Agent are words of closed lists.
	Route, Role, Detail, Agent string
	Count                      int
}

const securityColumns = "at, kind, account, orgs, actor, subject, route, role, detail, agent, count"

// Keep writes entries in their order.
func (s *Security) Keep(ctx context.Context, entries []SecurityEntry) error {
	return s.within(ctx, "keep the security log", func(ctx context.Context, tx pgx.Tx) error {
		var batch pgx.Batch
		for _, e := range entries {
			if e.Orgs == nil {
				e.Orgs = []domain.ID{}
			}
			batch.Queue("INSERT INTO identity.security ("+securityColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
				e.At, e.Kind, e.Account, e.Orgs, e.Actor, e.Subject, e.Route, e.Role, e.Detail, e.Agent, e.Count)
		}
		return tx.SendBatch(ctx, &batch).Close()
	})
}

// OfOrg gives an organization's entries before an id, the last first; 0 begins at the end.
func (s *Security) OfOrg(ctx context.Context, org domain.ID, before int64, most int) ([]SecurityEntry, error) {
	return s.list(ctx, "orgs @> ARRAY[$1::uuid]", org, before, most)
}

// OfAccount gives a person's entries before an id, the last first; 0 begins at the end.
func (s *Security) OfAccount(ctx context.Context, account domain.ID, before int64, most int) ([]SecurityEntry, error) {
	return s.list(ctx, "account = $1", account, before, most)
}

func (s *Security) list(ctx context.Context, where string, id domain.ID, before int64, most int) ([]SecurityEntry, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	rows, err := s.pool.Query(ctx, "SELECT id, "+securityColumns+" FROM identity.security WHERE "+where+" AND ($2 = 0 OR id < $2) ORDER BY id DESC LIMIT $3", id, before, most)
	if err != nil {
		return nil, said("read the security log", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e SecurityEntry, err error) {
		err = row.Scan(&e.ID, &e.At, &e.Kind, &e.Account, &e.Orgs, &e.Actor, &e.Subject, &e.Route, &e.Role, &e.Detail, &e.Agent, &e.Count)
		return e, err
	})
	return list, said("read the security log", err)
}

// Sweep removes what is older than it is kept.
func (s *Security) Sweep(ctx context.Context, kept time.Duration) error {
	_, err := s.exec(ctx, "sweep the security log", "DELETE FROM identity.security WHERE at < $1", s.now().Add(-kept))
	return err
}
