package tables

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrDown says that Postgres does not answer; the same may be asked again in a moment.
var ErrDown = errors.New("the read models do not answer")

// Down says ErrDown of an error of the driver that means it, and gives every other error as it is. It is called where the driver's error is seen,
// so that an error of the same kind from elsewhere is never taken for it. A deadline alone is the caller's, and says nothing about Postgres.
func Down(err error) error {
	if err == nil || !unanswered(err) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrDown, err)
}

func unanswered(err error) bool {
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &pg): // shutting down, starting up, too many connections
		return pgerrcode.IsConnectionException(pg.Code) || strings.HasPrefix(pg.Code, pgerrcode.AdminShutdown[:3]) || pg.Code == pgerrcode.TooManyConnections
	case errors.As(err, &connect):
		return true
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return false
	case errors.As(err, &network): // a file's error holds one that looks like a network's
		_, file := network.(syscall.Errno)
		return !file
	}
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err)
}
