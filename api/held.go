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
func (s *health) held() error {
	if s.use == nil || s.use.Ledger == nil {
		return nil
	}
	return s.use.Ledger.Held()
}

// heldBack answers a write that comes while writes are held; what is only being looked at is waited for a moment. Signing in, and what an
// administrator does to end the hold, pass.
func (s *health) heldBack(r *http.Request) *problem.Problem {
	if strings.HasPrefix(r.URL.Path, v1+"/auth/") || strings.HasPrefix(r.URL.Path, v1+"/admin/") || s.held() == nil {
		return nil
	}
	ctx, done, _ := s.admission.AtStart(r.Context())
	defer done()
	held, is := errors.AsType[*ledger.HeldError](s.use.Ledger.AwaitHold(ctx, codeStarting))
	if !is {
		return nil
	}
	return problem.Held(r.Context(), held)
}

// lookAtLedger says whether writes are held, and why.
func (s *health) lookAtLedger(context.Context) readiness.Finding {
	held, is := errors.AsType[*ledger.HeldError](s.held())
	switch {
	case !is:
		return readiness.Fine()
	case held.Code == codeStarting:
		return readiness.Finding{State: readiness.Starting, Reason: codeStarting, Detail: held.Text}
	}
	return readiness.Finding{State: readiness.Down, Reason: held.Code, Detail: held.Text}
}

// admit lets a write wait for the directory at a start.
func (s *health) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead || !strings.HasPrefix(r.URL.Path, "/api/") {
			next.ServeHTTP(w, r)
			return
		}
		if !s.started(r) {
			p := problem.New(r.Context(), "starting", "the server is starting; nothing was written; send the same request again in a moment")
			p.RetryAfter = "2"
			p.Write(w)
			return
		}
		if p := s.heldBack(r); p != nil {
			p.Write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// started waits a moment for a directory that was never complete since the start; signing in does without.
func (s *health) started(r *http.Request) bool {
	d := s.directory
	if d == nil || d.Complete() || strings.HasPrefix(r.URL.Path, v1+"/auth/") {
		return true
	}
	ctx, done, room := s.admission.AtStart(r.Context())
	defer done()
	return room && (d.Fresh(ctx) == nil || d.Complete())
}
