package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// Database is the name of daka's database in the cluster.
	Database = "daka"

	ownerRole = "daka_owner"
	appRole   = "daka_app"
)

// duplicateObject and duplicateDatabase are Postgres's codes for "somebody was faster".
const (
	duplicateObject   = "42710"
	duplicateDatabase = "42P04"
	uniqueViolation   = "23505"
)

// furnish makes what every cluster has: the two roles and the database. Repeating it changes nothing.
func (s *Server) furnish(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.AdminURL("postgres"))
	if err != nil {
		return fmt.Errorf("postgres: connect to make roles: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, role := range []string{ownerRole, appRole} {
		if err := ensure(ctx, conn, "SELECT true FROM pg_roles WHERE rolname = $1", role,
			"CREATE ROLE "+role+" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"); err != nil {
			return err
		}
	}
	// The owner may step down to the role that reads, which is how the walls are tried at each start.
	if err := ensure(ctx, conn, "SELECT true FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles o ON o.oid = m.member WHERE o.rolname = '"+ownerRole+"' AND g.rolname = $1",
		appRole, "GRANT "+appRole+" TO "+ownerRole); err != nil {
		return err
	}
	return ensure(ctx, conn, "SELECT true FROM pg_database WHERE datname = $1", Database,
		"CREATE DATABASE "+Database+" OWNER "+ownerRole)
}

// ensure runs make unless look finds name; a rival who made it first is no error.
func ensure(ctx context.Context, conn *pgx.Conn, look, name, make string) error {
	var there bool
	err := conn.QueryRow(ctx, look, name).Scan(&there)
	if err == nil {
		return nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("postgres: look for %s: %w", name, err)
	}
	if _, err := conn.Exec(ctx, make); err != nil && !exists(err) {
		return fmt.Errorf("postgres: make %s: %w", name, err)
	}
	return nil
}

func exists(err error) bool {
	said, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (said.Code == duplicateObject || said.Code == duplicateDatabase || said.Code == uniqueViolation)
}
