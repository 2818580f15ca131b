package api

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dakahq/daka/api/limit"
	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/readiness"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/tables"
)

// The parts that every copy has; cmd/daka adds those of the machine it runs on.
const (
	partEventStore = "event_store"
	partDirectory  = "directory"
	partReadModels = "read_models"
	partLedger     = "ledger"
	partProxy      = "proxy"
)

// health says how each part of the server is, and holds writes back while they cannot be taken.
type health struct {
	use       *commands.Service
	directory *directory.Directory
	reads     *read.Side
	now       func() time.Time
	admission *limit.Admission
	board     *readiness.Board
	arrivals  *who.Arrivals
	eventLog  *eventlog.Log
}

// watchParts puts the API's own parts on the board.
func (s *health) watchParts() {
	if s.eventLog != nil {
		s.board.Watch(readiness.Part{Name: partEventStore, Needed: true, Look: s.lookAtEventStore})
	}
	if s.directory != nil {
		s.board.Watch(readiness.Part{Name: partDirectory, Needed: true, Look: s.lookAtDirectory})
	}
	if s.use != nil {
		s.board.Watch(readiness.Part{Name: partLedger, Look: s.lookAtLedger})
	}
	s.board.Watch(readiness.Part{Name: partReadModels, Look: s.lookAtReadModels})
	if s.use != nil {
		s.board.Watch(readiness.Part{Name: "clock", Look: s.lookAtClock})
	}
	s.board.Watch(readiness.Part{Name: partProxy, Look: s.lookAtProxy})
}

// lookAtProxy says what a proxy writes and nobody believes. Anybody can write it, so it makes the copy no worse.
func (s *health) lookAtProxy(context.Context) readiness.Finding {
	found := readiness.Fine()
	if s.arrivals.ProxyUnbelieved() {
		found.Reason = "proxy_untrusted"
	}
	return found
}

// refusedLately is how long an append that was refused for want of room or rights is believed to go for the next one, too.
const refusedLately = 30 * time.Second

func (s *health) lookAtEventStore(ctx context.Context) readiness.Finding {
	if err := s.eventLog.Ping(ctx); err != nil {
		return readiness.Finding{State: readiness.Stalled, Reason: reasonOf(err, "unreachable"), Detail: err.Error()}
	}
	if err, at := s.eventLog.Refused(); err != nil && time.Since(at) < refusedLately {
		return readiness.Finding{State: readiness.Stalled, Reason: reasonOf(err, "failed"), Detail: err.Error()}
	}
	return readiness.Fine()
}

func (s *health) lookAtDirectory(context.Context) readiness.Finding {
	switch {
	case s.directory.Ready():
		return readiness.Fine()
	case s.directory.Complete():
		return readiness.Finding{State: readiness.Stalled, Reason: "catching_up"}
	}
	return readiness.Finding{State: readiness.Starting, Reason: "catching_up"}
}

// lookAtClock says that the clock went back; punches are taken and flagged meanwhile.
func (s *health) lookAtClock(context.Context) readiness.Finding {
	behind := s.use.Ledger.Regressed()
	if behind == 0 {
		return readiness.Fine()
	}
	return readiness.Finding{State: readiness.Degraded, Reason: "clock_regressed", Detail: fmt.Sprintf("the clock is %s behind the last fact of a stream", behind.Round(time.Second))}
}

// lookAtReadModels finds out whether figures follow; no punch needs them.
func (s *health) lookAtReadModels(ctx context.Context) readiness.Finding {
	err := s.reads.Ready(ctx)
	if err == nil {
		return readiness.Fine()
	}
	found := readiness.Finding{State: readiness.Degraded, Reason: reasonOf(err, "unreachable"), Detail: err.Error()}
	if errors.Is(err, projections.ErrOthersAnswer) {
		found.State = readiness.Building
	}
	if !s.reads.Joined() && passing(found.Reason) {
		found.State = readiness.Starting
	}
	return found
}

// passing reasons go by themselves while a server starts; others want a person.
func passing(reason string) bool {
	return reason == "unreachable" || reason == "starting" || reason == "too_many_connections"
}

// reasonOf finds a stable code for an error of a store, and otherwise gives that of the part.
func reasonOf(err error, otherwise string) string {
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg):
		return postgresReason(pg.Code, otherwise)
	case errors.Is(err, eventlog.ErrFull), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "disk_full"
	case errors.Is(err, eventlog.ErrDenied), errors.Is(err, fs.ErrPermission), errors.Is(err, tables.ErrWalls):
		return "rights_missing"
	case errors.Is(err, projections.ErrStopped):
		return "projector_stopped"
	case errors.Is(err, projections.ErrBehind):
		return "projector_behind"
	case errors.Is(err, tables.ErrBuilding):
		return "building"
	case errors.Is(err, problem.ErrNoReads):
		return "starting"
	}
	return otherwise
}

// postgresReason reads a SQLSTATE.
func postgresReason(code, otherwise string) string {
	switch {
	case strings.HasPrefix(code, "28"):
		return "password_wrong"
	case code == "42501":
		return "rights_missing"
	case code == "3D000":
		return "database_missing"
	case code == "53100":
		return "disk_full"
	case code == "53300":
		return "too_many_connections"
	case strings.HasPrefix(code, "57P"), strings.HasPrefix(code, "08"):
		return "unreachable"
	}
	return "failed"
}
