package api

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
)

// Reads is the read side, once Postgres answers.
type Reads struct{ *projections.Engine }

// SetReads joins the read side.
func (s *Server) SetReads(e *projections.Engine) { s.reads.Store(&Reads{e}) }

// ReadsProblem says why the read side is not up, for readiness.
func (s *Server) ReadsProblem(err error) { s.readsProblem.Store(&err) }

func (s *Server) readsUp(ctx context.Context) error {
	reads := s.reads.Load()
	if reads == nil {
		if why := s.readsProblem.Load(); why != nil && *why != nil {
			return fmt.Errorf("%w: %w", problem.ErrNoReads, *why)
		}
		return problem.ErrNoReads
	}
	return reads.Ready(ctx)
}

// Read is in the input of every query.
type Read struct {
	MinPosition string `query:"min_position" doc:"a receipt's position: wait up to 2 s until the read model has it"`
}

// Fresh is in the output of every query.
type Fresh struct {
	AsOf     string `header:"Daka-As-Of" doc:"how far the read models are: <stream>@<revision> when min_position asked for a stream, else @<number of the organization's events>"`
	AsOfTime string `header:"Daka-As-Of-Time" doc:"when the last of those events was received"`
	Stale    string `header:"Daka-Stale" doc:"true when the read models are behind what was asked for"`
}

// Paging is in the input of every list.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	Cursor string `query:"cursor" doc:"next of the page before"`
}

// List is a page of a list.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next" doc:"cursor of the next page, empty at the end"`
}

type listOutput[T any] struct {
	Fresh
	Body List[T]
}

func notFoundIfNone(err error, code, text string, args ...any) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return domain.Refuse(code, text, args...)
	}
	return err
}
