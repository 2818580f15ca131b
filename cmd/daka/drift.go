package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dakahq/daka/api/readiness"
)

// mostDrift is how far the clock may be from the database's before the copy says that it is degraded (events §2).
const mostDrift = 500 * time.Millisecond

// driftPart compares the clock that facts are stamped with to the database's, which all copies share.
func driftPart(clock func() time.Time, pool *pgxpool.Pool) readiness.Part {
	return readiness.Part{Name: "clock_drift", Look: func(ctx context.Context) readiness.Finding {
		sent := clock()
		var theirs time.Time
		if err := pool.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&theirs); err != nil {
			return readiness.Fine() // read_models says that there is no Postgres; nothing is known of its clock
		}
		return drifted(sent, theirs, clock())
	}}
}

// drifted assesses a clock that was read somewhere between two instants of ours; what the way took is no drift.
func drifted(sent, theirs, got time.Time) readiness.Finding {
	off := max(sent.Sub(theirs), theirs.Sub(got), 0)
	if off <= mostDrift {
		return readiness.Fine()
	}
	return readiness.Finding{State: readiness.Degraded, Reason: "clock_off", Detail: fmt.Sprintf("this server's clock and Postgres's are %s apart or more", off.Round(10*time.Millisecond))}
}
