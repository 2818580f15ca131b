package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/dakahq/daka/deploy/single/sample"
)

// sample founds the sample company behind the running server; a failure is a warning, for the server is fine without it.
func (m *machine) sample(ctx context.Context) error {
	if !m.config.Sample {
		return nil
	}
	started := time.Now()
	org, err := sample.Found(ctx, m.service, m.log)
	if err != nil {
		if ctx.Err() == nil {
			m.log.WarnContext(ctx, "the sample company is not complete; the next start goes on", slog.Any("error", err))
		}
		return nil
	}
	m.log.InfoContext(ctx, "the sample company is there", slog.String("org", org.String()), slog.Duration("took", time.Since(started)))
	return nil
}
