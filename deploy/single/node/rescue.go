package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"google.golang.org/grpc"
)

// panicError is a fault of the program that was caught where it could hurt one caller only.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string {
	return fmt.Sprintf("the program met what it does not expect: %v", e.value)
}

// rescue turns a panic of the function that defers it into its error.
func rescue(err *error) {
	if v := recover(); v != nil {
		*err = &panicError{value: v, stack: debug.Stack()}
	}
}

// calm runs f; a panic in it is its error.
func calm(f func() error) (err error) {
	defer rescue(&err)
	return f()
}

// requestError is about one request, not about the store: the others of its commit are written without it.
type requestError struct{ why error }

func (e *requestError) Error() string { return e.why.Error() }
func (e *requestError) Unwrap() error { return e.why }

func ofOneRequest(err error) bool {
	var p *panicError
	var r *requestError
	return errors.As(err, &p) || errors.As(err, &r)
}

// rescues are the outermost interceptors: a panic answers its own call with "internal" and is logged whole.
func rescues(log *slog.Logger) []grpc.ServerOption {
	answer := func(ctx context.Context, method string, err error) error {
		var p *panicError
		if !errors.As(err, &p) {
			return err
		}
		log.ErrorContext(ctx, "a call panicked", slog.String("method", method), slog.Any("panic", p.value), slog.String("stack", string(p.stack)))
		return asProblem(p).GRPCStatus().Err()
	}
	return []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(func(ctx context.Context, req any, info *grpc.UnaryServerInfo, h grpc.UnaryHandler) (resp any, err error) {
			err = calm(func() (err error) { resp, err = h(ctx, req); return err })
			return resp, answer(ctx, info.FullMethod, err)
		}),
		grpc.ChainStreamInterceptor(func(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, h grpc.StreamHandler) error {
			return answer(ss.Context(), info.FullMethod, calm(func() error { return h(srv, ss) }))
		}),
	}
}
