package api

import (
	"context"
	"errors"

	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
)

// RollbackDeclaration says why the ledger goes on from an older copy.
type RollbackDeclaration struct {
	Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"why the older copy is the truth from here on; it is written to the ledger in clear, so name nobody"`
}

// RollbackReport is what a declared rollback came to.
type RollbackReport struct {
	Epoch  int64  `json:"epoch" doc:"the epoch of the transparency log that began"`
	Events uint64 `json:"events" doc:"events that the ledger has left"`
	// Unregistered are people whose registration was after the copy.
	Unregistered int   `json:"unregistered" doc:"accounts that the ledger no longer has: they were signed out and sign up again with the same number"`
	TookMS       int64 `json:"took_ms"`
}

type declareRollbackInput struct {
	route.Write
	Body RollbackDeclaration
}

func (s *administration) declareRollback(ctx context.Context, in *declareRollbackInput) (*read.One[RollbackReport], error) {
	call, err := in.Call(ctx, domain.ID{}, domain.ID{})
	if err != nil {
		return nil, err
	}
	reads, err := s.reads.Up()
	if err != nil {
		return nil, err
	}
	d, err := reads.DeclareRollback(ctx, func(ctx context.Context, atLeast int64) (int64, error) {
		epoch, err := s.use.Rollback.Declare(ctx, call, in.Body.Reason, int(atLeast))
		return int64(epoch), err
	})
	if err != nil {
		return nil, notRolledBack(busy(err))
	}
	gone, err := s.use.Rollback.ForgetUnwritten(ctx)
	if err != nil {
		return nil, err
	}
	return &read.One[RollbackReport]{Body: RollbackReport{Epoch: d.Epoch, Events: d.Events, Unregistered: gone, TookMS: d.Took.Milliseconds()}}, nil
}

func notRolledBack(err error) error {
	if errors.Is(err, projections.ErrNoRollback) {
		return domain.Refuse("rollback_none", "%s", projections.ErrNoRollback)
	}
	return err
}
