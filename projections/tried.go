package projections

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"os"
)

// tryAgain tries what is parked once for each program: another version may be able to apply it. Which program tried last stands at the
// schema itself, so that it goes with the read models.
func (k *parking) tryAgain(ctx context.Context, p *Live) error {
	var parked int
	var tried string
	err := k.pool.QueryRow(ctx, `SELECT (SELECT count(*) FROM `+p.schema.Name()+`.parked), coalesce(obj_description(oid, 'pg_namespace'), '') FROM pg_namespace WHERE nspname = $1`, p.schema.Name()).
		Scan(&parked, &tried)
	if err != nil {
		return fmt.Errorf("look what is parked: %w", err)
	}
	if parked == 0 {
		return nil
	}
	own, err := k.ownName()
	if err != nil || tried == own {
		return err
	}
	if parked, err = k.retryAll(ctx, p); err != nil {
		return fmt.Errorf("try what is parked again: %w", err)
	}
	left, err := k.ledgers.Parked(ctx, nil)
	if err != nil {
		return err
	}
	k.log.InfoContext(ctx, "what was parked was tried again by this version", slog.Any("subjects", parked), slog.Any("left", len(left)))
	var comment string
	if err := k.pool.QueryRow(ctx, "SELECT format('COMMENT ON SCHEMA %I IS %L', $1::text, $2::text)", p.schema.Name(), own).Scan(&comment); err != nil {
		return fmt.Errorf("note who tried what is parked: %w", err)
	}
	if _, err := k.pool.Exec(ctx, comment); err != nil {
		return fmt.Errorf("note who tried what is parked: %w", err)
	}
	return nil
}

// ownName tells this program from any other build: the configured name, else the sum of its own file.
func (k *parking) ownName() (string, error) {
	if k.program != "" {
		return k.program, nil
	}
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the program's file: %w", err)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read the program's file: %w", err)
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("read the program's file: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16]), nil
}
