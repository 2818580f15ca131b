package projections

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/query"
	"github.com/dakahq/daka/projections/tables"
)

// Status is how the projection stands, as any copy sees it.
type Status struct {
	// Version numbers the live schema rm_<version>, 0 while this version's first one is being made; Shape names its tables and folds, empty then,
	// and Wanted those of this program.
	Version  int64             `json:"version"`
	Shape    string            `json:"shape"`
	Wanted   string            `json:"wanted"`
	Epoch    int64             `json:"epoch"`
	Leader   string            `json:"leader"`
	Leading  bool              `json:"leading"`
	Position eventlog.Position `json:"-"`
	// Applied is the text form of the checkpoint, for people only.
	Applied   string    `json:"position"`
	UpdatedAt time.Time `json:"updated_at"`
	// LagSeconds is how old the oldest event is that is not applied yet, 0 when all are; -1 when the log does not answer.
	LagSeconds float64 `json:"lag_seconds"`
	// Problem is why the projector has stopped (a gap, too many parked), empty when it goes on.
	Problem string `json:"problem"`
	// LastError is what this copy last stumbled over.
	LastError string         `json:"last_error"`
	Ledgers   []query.Ledger `json:"ledgers"`
	Parked    []query.Parked `json:"parked"`
	Dirty     int            `json:"dirty_members"`
	Stalls    uint64         `json:"stalls"`
	Counts    Counts         `json:"counts"`
}

// Counts are what this copy's projector did since it began to lead.
type Counts struct {
	Applied    int `json:"applied"`
	Parked     int `json:"parked"`
	Duplicates int `json:"duplicates"`
}

// Stopped says whether a person has to look.
func (s Status) Stopped() bool { return s.Problem != "" }

// Status asks Postgres and the log.
func (e *Engine) Status(ctx context.Context) (Status, error) {
	s := Status{Shape: e.shape.Name(), Wanted: e.shape.Name(), LagSeconds: -1}
	err := e.pool.QueryRow(ctx, `SELECT version, epoch, leader, commit_pos, prepare_pos, updated_at, CASE WHEN rollback <> '' THEN rollback ELSE problem END FROM projector, projection.log`).
		Scan(&s.Version, &s.Epoch, &s.Leader, &s.Position.Commit, &s.Position.Prepare, &s.UpdatedAt, &s.Problem)
	if err == nil && s.Version == 0 { // it is being made
		s.Shape = ""
		e.state.fill(&s)
		return s, nil
	}
	if err == nil {
		err = e.pool.QueryRow(ctx, "SELECT count(*) FROM dirty").Scan(&s.Dirty)
	}
	if err != nil {
		return s, fmt.Errorf("read the projection's status: %w", tables.Down(err))
	}
	s.Applied = fmt.Sprintf("%d/%d", s.Position.Commit, s.Position.Prepare)
	if s.Parked, err = e.Ledgers.Parked(ctx, nil); err != nil {
		return s, err
	}
	s.Ledgers, err = e.Ledgers.Sizes(ctx)
	if err != nil {
		return s, err
	}
	e.state.fill(&s)
	s.LagSeconds = lagOf(ctx, e.events, s.Position)
	return s, nil
}

// lagOf looks at the first event behind the checkpoint.
func lagOf(ctx context.Context, log *eventlog.Log, at eventlog.Position) float64 {
	if log == nil {
		return -1
	}
	head, ok, err := log.Head(ctx)
	if err != nil {
		return -1
	}
	if _, ours := domain.ParseStream(head.Stream); !ok || !ours || !feed.After(head.Position, at) {
		return 0
	}
	lag := time.Duration(0)
	err = log.ReadAll(ctx, at, 1, func(raw eventlog.Raw) error {
		lag = time.Since(raw.Created)
		return nil
	})
	if err != nil { // behind, and nobody can tell how far
		return -1
	}
	return max(lag.Seconds(), 0)
}

// troubleSoon is how long the leading copy may fail to read the log before it says so; a restart of the event store is shorter.
const troubleSoon = 5 * time.Second

var (
	// ErrStopped is a projector that goes on only after a person looked.
	ErrStopped = errors.New("the projector has stopped")
	// ErrBehind is a projector that cannot read the log on.
	ErrBehind = errors.New("the read models do not follow")
)

// Ready is nil while the read models follow the ledger; else it says why they do not. That the log cannot be read, only the leading copy knows.
func (e *Engine) Ready(ctx context.Context) error {
	var problem string
	var version int64
	err := e.pool.QueryRow(ctx, "SELECT CASE WHEN rollback <> '' THEN rollback ELSE problem END, version FROM projector, projection.log").Scan(&problem, &version)
	if err != nil {
		return fmt.Errorf("look how the read models stand: %w", tables.Down(err))
	}
	if problem == "" && (version == 0 || !e.Models.IsShown()) {
		return e.copies.whyBuilding(ctx)
	}
	if problem != "" {
		return fmt.Errorf("%w: %s", ErrStopped, problem)
	}
	if f := e.state.feed.Load(); f != nil && e.state.lead.Load() != nil {
		if t := f.Trouble.Load(); t != nil && time.Since(t.Since) > troubleSoon {
			return fmt.Errorf("%w: %w", ErrBehind, t.Err)
		}
	}
	return nil
}
