package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/dakahq/daka/deploy/single/sample"
	"github.com/dakahq/daka/domain"
)

// sample founds the sample company behind the running server; a failure is a warning, for the server is fine without it.
func (m *machine) sample(ctx context.Context) error {
	if !m.config.Sample {
		return nil
	}
	started := time.Now()
	var org domain.ID
	err := m.service.Ledger.AwaitHold(ctx, "starting") // a start compares its stores first, and writes nothing meanwhile
	if err == nil {
		org, err = sample.Found(ctx, m.service, m.log)
	}
	if err == nil {
		err = sample.SignIns(ctx, m.service, org)
	}
	if err != nil {
		if ctx.Err() == nil {
			m.log.WarnContext(ctx, "the sample company is not complete; the next start goes on", slog.Any("error", err))
		}
		return nil
	}
	m.log.InfoContext(ctx, "the sample company is there", slog.String("org", org.String()), slog.Duration("took", time.Since(started)))
	return nil
}

// welcomeSample says how to sign in as each role; the accounts are there a few seconds after the first start.
func (m *machine) welcomeSample(w world) {
	fmt.Fprintf(w.stdout, "  or as somebody of the sample company, with the password %s:\n", sample.Password)
	for _, p := range sample.People() {
		fmt.Fprintf(w.stdout, "    %-9s %s or %s@%s\n", p.Role, p.Phone, p.Number, sample.Handle)
	}
}
