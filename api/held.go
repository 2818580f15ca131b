package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/readiness"
	"github.com/dakahq/daka/commands/ledger"
)

// codeStarting is the code of holds that pass by themselves.
const codeStarting = "starting"

// held is why nothing is written at the moment, a *commands.HeldError; nil when commands are taken.
func (s *Server) held() error {
	if s.config.Service == nil || s.config.Service.Ledger == nil {
		return nil
	}
	return s.config.Service.Ledger.Held()
}

// heldBack answers a write that comes while writes are held; what is only being looked at is waited for a moment. Signing in, and what an
// administrator does to end the hold, pass.
func (s *Server) heldBack(r *http.Request) *problem.Problem {
	if strings.HasPrefix(r.URL.Path, v1+"/auth/") || strings.HasPrefix(r.URL.Path, v1+"/admin/") || s.held() == nil {
		return nil
	}
	patience := freshPatience
	defer s.admission.starting.Add(-1)
	if s.admission.starting.Add(1) > mostStarting {
		patience = 0
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	held, is := errors.AsType[*ledger.HeldError](s.config.Service.Ledger.AwaitHold(ctx, codeStarting))
	if !is {
		return nil
	}
	return problem.Held(r.Context(), held)
}

// lookAtLedger says whether writes are held, and why.
func (s *Server) lookAtLedger(context.Context) readiness.Finding {
	held, is := errors.AsType[*ledger.HeldError](s.held())
	switch {
	case !is:
		return readiness.Fine()
	case held.Code == codeStarting:
		return readiness.Finding{State: readiness.Starting, Reason: codeStarting, Detail: held.Text}
	}
	return readiness.Finding{State: readiness.Down, Reason: held.Code, Detail: held.Text}
}
