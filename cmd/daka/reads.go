package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dakahq/daka/deploy/single/postgres"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/tables"
)

const (
	// poolSize leaves room for two copies and a rebuild below Postgres's default of 100.
	poolSize  = 12
	retryWait = 500 * time.Millisecond
	// foldLater is how long the read models leave a start to the commands at most.
	foldLater = 5 * time.Second
)

// reads brings the read side up, however long Postgres takes, and runs it until ctx ends.
func (m *machine) reads(ctx context.Context) error {
	url, appURL, err := m.database(ctx)
	if err != nil {
		return err
	}
	pool, err := openPool(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	var app *pgxpool.Pool
	if appURL != "" {
		if app, err = openPool(ctx, appURL); err != nil {
			return err
		}
		defer app.Close()
	}
	m.board.Watch(driftPart(m.config.clock, pool))
	m.openIdentity(ctx, pool)
	engine, err := m.openEngine(ctx, pool, app)
	if engine == nil {
		return err
	}
	defer engine.Close()
	m.registry.MustRegister(engine.Metrics())
	logHold{m}.watch(ctx, engine)
	m.api.SetReads(engine)
	m.commandsFirst(ctx)
	if err := engine.Run(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("the projections stopped: %w", err)
	}
	return nil
}

// commandsFirst leaves the processors to the directory at a start: everybody waits for it, and the read models' turn comes then.
func (m *machine) commandsFirst(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, foldLater)
	defer cancel()
	_ = m.service.Directory.Fresh(ctx)
}

var errNoDatabase = errors.New("DAKA_DATABASE_URL is no Postgres address such as postgres://daka@db.example.org/daka")

func openPool(ctx context.Context, url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errNoDatabase
	}
	config.MaxConns = poolSize
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("prepare the Postgres pool: %w", err)
	}
	return pool, nil
}

// database is the address of the read models' database, for the owner and, in the private cluster that it starts when none is given, for
// the role that reads.
func (m *machine) database(ctx context.Context) (owner, app string, err error) {
	if m.config.DatabaseURL != "" {
		return m.config.DatabaseURL, "", nil
	}
	server, err := postgres.Start(ctx, postgres.Config{Dir: postgresDir(m.config.Data), BinDir: m.config.PostgresBin, Log: m.log})
	if err != nil {
		return "", "", fmt.Errorf("start the private Postgres: %w", err)
	}
	m.mu.Lock()
	m.postgres = server
	m.mu.Unlock()
	return server.URL(postgres.Database), server.AppURL(postgres.Database), nil
}

// openEngine tries until the database takes the migrations; nil when ctx ended first. Errors: projections.ErrTooOld.
func (m *machine) openEngine(ctx context.Context, pool, app *pgxpool.Pool) (*projections.Engine, error) {
	<-m.ready
	for said := false; ctx.Err() == nil; {
		engine, err := projections.Open(ctx, projections.Config{Pool: pool, App: app, Log: m.following, Logger: m.log, Scratch: m.config.Data, Plain: m.config.without.reads()})
		if err == nil {
			return engine, nil
		}
		if errors.Is(err, tables.ErrTooOld) {
			return nil, err
		}
		m.api.ReadsProblem(err)
		m.letWrite()
		if !said && ctx.Err() == nil {
			m.log.WarnContext(ctx, "the read models cannot be opened yet; commands are taken meanwhile", slog.Any("error", err))
			said = true
		}
		if sleep(ctx, retryWait) != nil {
			break
		}
	}
	return nil, nil
}
