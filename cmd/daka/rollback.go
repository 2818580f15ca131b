package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/dakahq/daka/api"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/projections"
)

const (
	// comparePatience is how long a start holds writes back for the comparison of the log with what was read of it. A Postgres that does not
	// come up stops no punch for longer.
	comparePatience = 5 * time.Second
	// compareEvery is how often a copy asks whether the leader found the log rolled back.
	compareEvery = time.Second
)

// logHold holds writes back while the log is not known to be the one that was read.
type logHold struct{ m *machine }

// untilCompared holds writes back from the start until the log was compared: what is written to an older copy of it would be lost with
// the copy, or take the places of events that were acknowledged.
func (h logHold) untilCompared() {
	h.m.hold.Set(holdLog, &ledger.HeldError{Code: "starting", Text: "the event store is being compared with what was read from it; nothing was written; send the same request again in a moment"})
	h.m.spawn(func(ctx context.Context) error {
		_ = sleep(ctx, comparePatience)
		h.m.letWrite()
		return nil
	})
}

// letWrite ends the hold of a start, unless the comparison said something else by now.
func (m *machine) letWrite() {
	m.compared.Do(func() { m.hold.Set(holdLog, nil) })
}

// watch compares the log, and from then on follows what the leading copy says of it.
func (h logHold) watch(ctx context.Context, engine *projections.Engine) {
	why := h.compare(ctx, engine)
	h.m.compared.Do(func() {}) // the hold of the start is over
	h.rollback(why)
	h.m.spawn(func(ctx context.Context) error {
		for sleep(ctx, compareEvery) == nil {
			now, err := engine.Rollback(ctx)
			if err != nil || now == why {
				continue
			}
			if now == "" {
				h.m.service.Rollback.Forget() // what this process remembers may be of the log before
			}
			h.rollback(now)
			why = now
		}
		return nil
	})
}

// compare is why the log does not fit, empty when it does or cannot be asked yet: the leader goes on asking.
func (h logHold) compare(ctx context.Context, engine *projections.Engine) string {
	bounded, cancel := context.WithTimeout(ctx, 2*comparePatience)
	defer cancel()
	err := engine.CheckLog(bounded)
	if rolled, is := errors.AsType[*projections.RollbackError](err); is {
		return rolled.Error()
	}
	if err != nil {
		h.m.log.WarnContext(ctx, "the event store could not be compared with what was read from it yet", slog.Any("error", err))
	}
	why, err := engine.Rollback(bounded)
	if err != nil {
		h.m.log.WarnContext(ctx, "it is not known yet whether the event store was rolled back", slog.Any("error", err))
	}
	return why
}

func (h logHold) rollback(why string) {
	if why == "" {
		h.m.hold.Set(holdLog, nil)
		return
	}
	h.m.hold.Set(holdLog, &ledger.HeldError{Code: "rollback_detected", Text: why})
}

type rollbackCmd struct {
	Declare rollbackDeclareCmd `cmd:"" help:"Take an event store that was put back to an older copy for the truth: rebuild from it, and begin the ledger's next epoch. What came after the copy is lost."`
}

type rollbackDeclareCmd struct {
	clientFlags
	Reason string `required:"" help:"Why the older copy is the truth from here on; it is written to the ledger in clear, so name nobody."`
}

func (c rollbackDeclareCmd) Run(w world) error {
	server, err := c.open()
	if err != nil {
		return err
	}
	var report api.RollbackReport
	if err := server.write(w.ctx, "POST", "/admin/rollback", api.RollbackDeclaration{Reason: c.Reason}, &report); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w.stdout, "declared: epoch %d began with %d events; %d people sign up again\n", report.Epoch, report.Events, report.Unregistered)
	return err
}
