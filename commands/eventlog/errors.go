package eventlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
)

// The outcomes of a call; match with errors.Is, the cause is wrapped beside them.
var (
	// ErrConflict is a stream that is not at the expected revision; nothing was written.
	ErrConflict = errors.New("the stream is at another revision")
	// ErrAmbiguous is an append that may or may not have been written: repeat it unchanged, or read.
	ErrAmbiguous = errors.New("the append may or may not have been written")
	// ErrFull is a store without disk space; nothing was written.
	ErrFull = errors.New("the event store's disk is full")
	// ErrDenied is a missing permission; nothing was written.
	ErrDenied = errors.New("the event store denies access")
	// ErrDeleted is a stream with a tombstone.
	ErrDeleted = errors.New("the stream was deleted for good")
	// ErrInvalid is an append that the store will never take, such as one above its size limit; nothing was written.
	ErrInvalid = errors.New("the event store refuses the append")
	// ErrUnavailable is a store that could not be reached; for an append: nothing was sent.
	ErrUnavailable = errors.New("the event store cannot be reached")
	// ErrTLS is a server that is there, and with which TLS, or its absence, does not work out: the settings must change.
	ErrTLS = errors.New("the event store's TLS does not fit the connection string")
	// ErrClosed is a Log after Close.
	ErrClosed = errors.New("the event log is closed")
)

// clientPanic is a panic inside the client, such as its "unreachable code".
type clientPanic struct{ value any }

func (p *clientPanic) Error() string {
	return fmt.Sprintf("the event store's client panicked: %v", p.value)
}

// notLeader says that a node refused a call because it does not lead: nothing was done. It may name the leader, or not, or know none, as during
// an election; the gRPC status is then "not found" or "unknown", so this is asked before any other meaning of them.
func notLeader(err error) bool {
	return codeOf(err) == esdb.ErrorCodeNotLeader || err != nil && strings.Contains(strings.ToLower(err.Error()), leaderInfo)
}

// cutShort says that the server ended an append while it was being sent. A store writes what it has whole, so nothing was written. The client
// drops why: gRPC gives the status only to who receives, and the client gives up after sending.
func cutShort(err error) bool {
	return errors.Is(err, io.EOF) && strings.Contains(err.Error(), "could not send append request")
}

// leaderInfo stands in what EventStoreDB says in both cases: "Leader info available", "No leader info available in response".
const leaderInfo = "leader info available"

// appendError says what became of an append: only what the server surely refused is not ambiguous.
func appendError(err error) error {
	if errors.Is(err, ErrUnavailable) || errors.Is(err, ErrClosed) {
		return err
	}
	kind := ErrAmbiguous
	switch code := codeOf(err); {
	case notLeader(err):
		kind = ErrUnavailable
	case code == esdb.ErrorCodeWrongExpectedVersion:
		kind = ErrConflict
	case code == esdb.ErrorCodeAccessDenied, code == esdb.ErrorCodeUnauthenticated:
		kind = ErrDenied
	case code == esdb.ErrorCodeStreamDeleted:
		kind = ErrDeleted
	case code == esdb.ErrorCodeUnknown:
		kind = hidden(err)
	}
	return fmt.Errorf("%w: %w", kind, err)
}

// hidden looks under the client's code 0 for the gRPC status that it buried.
func hidden(err error) error {
	var carrier interface{ GRPCStatus() *status.Status }
	if !errors.As(err, &carrier) {
		return ErrAmbiguous
	}
	switch s := carrier.GRPCStatus(); {
	case s.Code() == codes.ResourceExhausted && isDiskFull(s.Message()):
		return ErrFull
	case s.Code() == codes.InvalidArgument:
		return ErrInvalid
	}
	return ErrAmbiguous
}

// isDiskFull knows a node's words for "disk full"; gRPC's own limits share its code.
func isDiskFull(message string) bool {
	return strings.HasPrefix(message, "disk full") || strings.HasPrefix(message, "the disk is full")
}

// readError names the outcome of a read or subscription.
func readError(err error) error {
	switch codeOf(err) {
	case esdb.ErrorCodeStreamDeleted:
		return fmt.Errorf("%w: %w", ErrDeleted, err)
	case esdb.ErrorCodeAccessDenied, esdb.ErrorCodeUnauthenticated:
		return fmt.Errorf("%w: %w", ErrDenied, err)
	case esdb.ErrorUnavailable, esdb.ErrorCodeConnectionClosed, esdb.ErrorCodeNotLeader:
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if notLeader(err) || grpcCode(err) == codes.Canceled { // cancelled by the client, which closed the connection to a node that no longer leads
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// grpcCode is the gRPC status under the client's wrappings; OK when there is none.
func grpcCode(err error) codes.Code {
	var carrier interface{ GRPCStatus() *status.Status }
	if !errors.As(err, &carrier) {
		return codes.OK
	}
	return carrier.GRPCStatus().Code()
}

// noCode is no code of the client.
const noCode esdb.ErrorCode = -1

// codeOf finds the client's code under its wrappings (its own FromError sees only the outermost).
func codeOf(err error) esdb.ErrorCode {
	var e *esdb.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	switch status.Code(err) {
	case codes.Unavailable:
		return esdb.ErrorUnavailable
	case codes.PermissionDenied:
		return esdb.ErrorCodeAccessDenied
	case codes.Unauthenticated:
		return esdb.ErrorCodeUnauthenticated
	case codes.DeadlineExceeded:
		return esdb.ErrorCodeDeadlineExceeded
	}
	return noCode
}

// fatal says that the client behind err is not to be trusted with another call.
func fatal(err error) bool {
	var p *clientPanic
	if errors.As(err, &p) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	switch codeOf(err) {
	case esdb.ErrorUnavailable, esdb.ErrorCodeConnectionClosed, esdb.ErrorCodeDeadlineExceeded:
		return true
	}
	return false
}
