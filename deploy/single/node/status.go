package node

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/emptypb"
)

// problem is a refusal with the trailers by which EventStoreDB's clients know it.
type problem struct {
	code     codes.Code
	msg      string
	trailers []string // key, value, …; the first key is "exception"
	detail   proto.Message
	batch    codes.Code // code inside a BatchAppend answer, where it differs
}

func (p *problem) Error() string { return p.msg }

// GRPCStatus lets gRPC find the code.
func (p *problem) GRPCStatus() *status.Status { return status.New(p.code, p.msg) }

func streamDeleted(name string) *problem {
	return &problem{code: codes.FailedPrecondition, batch: codes.NotFound,
		msg:      fmt.Sprintf("Event stream '%s' is deleted.", shown(name)),
		trailers: []string{"exception", "stream-deleted", "stream-name", name},
		detail:   &shared.StreamDeleted{StreamIdentifier: &shared.StreamIdentifier{StreamName: []byte(name)}}}
}

func wrongVersion(operation, name string, expected, actual int64) *problem {
	return &problem{code: codes.FailedPrecondition, batch: codes.AlreadyExists,
		msg: fmt.Sprintf("%s failed due to WrongExpectedVersion. Stream: %s, Expected version: %d, Actual version: %d", operation, shown(name), expected, actual),
		trailers: []string{"exception", "wrong-expected-version", "stream-name", name,
			"expected-version", strconv.FormatInt(expected, 10), "actual-version", strconv.FormatInt(actual, 10)},
		detail: wrongVersionDetail(expected, actual)}
}

func wrongVersionDetail(expected, actual int64) *shared.WrongExpectedVersion {
	d := &shared.WrongExpectedVersion{}
	if actual < 0 {
		d.CurrentStreamRevisionOption = &shared.WrongExpectedVersion_CurrentNoStream{CurrentNoStream: &emptypb.Empty{}}
	} else {
		d.CurrentStreamRevisionOption = &shared.WrongExpectedVersion_CurrentStreamRevision{CurrentStreamRevision: uint64(actual)}
	}
	switch expected {
	case anyRevision:
		d.ExpectedStreamPositionOption = &shared.WrongExpectedVersion_ExpectedAny{ExpectedAny: &emptypb.Empty{}}
	case streamExists:
		d.ExpectedStreamPositionOption = &shared.WrongExpectedVersion_ExpectedStreamExists{ExpectedStreamExists: &emptypb.Empty{}}
	case noStream:
		d.ExpectedStreamPositionOption = &shared.WrongExpectedVersion_ExpectedNoStream{ExpectedNoStream: &emptypb.Empty{}}
	default:
		d.ExpectedStreamPositionOption = &shared.WrongExpectedVersion_ExpectedStreamPosition{ExpectedStreamPosition: uint64(expected)}
	}
	return d
}

func appendTooLarge() *problem {
	return &problem{code: codes.InvalidArgument, msg: fmt.Sprintf("Maximum Append Size of %d Exceeded.", maxAppend),
		trailers: []string{"exception", "maximum-append-size-exceeded", "maximum-append-size", strconv.Itoa(maxAppend)},
		detail:   &shared.MaximumAppendSizeExceeded{MaxAppendSize: maxAppend}}
}

func missingProperty(name string) *problem {
	return &problem{code: codes.InvalidArgument, msg: fmt.Sprintf("Required Metadata Property '%s' is missing", name),
		trailers: []string{"exception", "missing-required-metadata-property", "required-metadata-properties", "type,content-type"},
		detail:   &shared.BadRequest{Message: fmt.Sprintf("Required Metadata Property '%s' is missing", name)}}
}

func invalid(format string, args ...any) *problem {
	msg := fmt.Sprintf(format, args...)
	return &problem{code: codes.InvalidArgument, msg: msg, detail: &shared.BadRequest{Message: msg}}
}

func accessDenied(why string) *problem {
	return &problem{code: codes.PermissionDenied, msg: "Access Denied" + why,
		trailers: []string{"exception", "access-denied"}, detail: &shared.AccessDenied{}}
}

func timedOut() *problem {
	return &problem{code: codes.Aborted, batch: codes.DeadlineExceeded, msg: "Operation timed out", detail: &shared.Timeout{}}
}

func noGroup(stream, group string) *problem {
	return &problem{code: codes.NotFound, msg: fmt.Sprintf("Subscription group %s on stream %s does not exist.", shown(group), shown(stream)),
		trailers: []string{"exception", "persistent-subscription-does-not-exist", "stream-name", stream, "group-name", group}}
}

func groupExists(stream, group string) *problem {
	return &problem{code: codes.AlreadyExists, msg: fmt.Sprintf("Subscription group %s on stream %s exists.", shown(group), shown(stream)),
		trailers: []string{"exception", "persistent-subscription-exists", "stream-name", stream, "group-name", group}}
}

func groupFull(stream, group string) *problem {
	return &problem{code: codes.FailedPrecondition, msg: fmt.Sprintf("Maximum subscriptions reached for subscription group %s on stream %s.", shown(group), shown(stream)),
		trailers: []string{"exception", "maximum-subscribers-reached", "stream-name", stream, "group-name", group}}
}

func groupFailed(stream, group, format string, args ...any) *problem {
	reason := fmt.Sprintf(format, args...)
	return &problem{code: codes.Internal, msg: fmt.Sprintf("Subscription group %s on stream %s failed: '%s'", shown(group), shown(stream), reason),
		trailers: []string{"exception", "persistent-subscription-failed", "stream-name", stream, "group-name", group, "reason", reason}}
}

func groupDropped(stream, group string) *problem {
	return &problem{code: codes.Canceled, msg: fmt.Sprintf("Subscription group %s on stream %s was dropped.", shown(group), shown(stream)),
		trailers: []string{"exception", "persistent-subscription-dropped", "stream-name", stream, "group-name", group}}
}

// asProblem turns what the store says into what a client understands.
func asProblem(err error) *problem {
	var p *problem
	var lost *lossError
	var panicked *panicError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &panicked):
		return &problem{code: codes.Internal, msg: "an internal error; the node's log tells more", detail: &shared.Unknown{}}
	case errors.Is(err, errDiskFull):
		return &problem{code: codes.ResourceExhausted, msg: errDiskFull.Error(), trailers: []string{"exception", "disk-full"}, detail: &shared.Unknown{}}
	case errors.As(err, &lost):
		return &problem{code: codes.DataLoss, msg: lost.Error(), trailers: []string{"exception", "data-loss"}, detail: &shared.Unknown{}}
	case errors.Is(err, errClosed):
		return &problem{code: codes.Unavailable, msg: "Server Is Not Ready", detail: &shared.Unknown{}}
	case errors.Is(err, context.DeadlineExceeded):
		return &problem{code: codes.DeadlineExceeded, msg: "the deadline passed before the answer", detail: &shared.Timeout{}}
	case errors.Is(err, context.Canceled):
		return &problem{code: codes.Canceled, msg: "the call was cancelled", detail: &shared.Unknown{}}
	case damaged(err):
		return &problem{code: codes.DataLoss, msg: "the store is damaged: " + err.Error(), trailers: []string{"exception", "data-loss"}, detail: &shared.Unknown{}}
	}
	return &problem{code: codes.Internal, msg: err.Error(), detail: &shared.Unknown{}}
}

// fail sets the trailers of a refusal and returns its status; a status that gRPC made itself passes through.
func (s *service) fail(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var p *problem
	if _, isStatus := status.FromError(err); isStatus && !errors.As(err, &p) {
		return err
	}
	p = asProblem(s.told(ctx, err))
	_ = grpc.SetTrailer(ctx, p.headers())
	return p.GRPCStatus().Err()
}

// headers are the trailers in a form that every client can read.
func (p *problem) headers() metadata.MD {
	md := metadata.MD{}
	for i := 0; i+1 < len(p.trailers); i += 2 {
		md.Append(p.trailers[i], headerText(shown(p.trailers[i+1])))
	}
	return md
}

// batchStatus is the same refusal inside a BatchAppend answer.
func (p *problem) batchStatus() *statuspb.Status {
	code := p.code
	if p.batch != codes.OK {
		code = p.batch
	}
	st := &statuspb.Status{Code: int32(code), Message: p.batchMessage()}
	if detail, err := anypb.New(p.detail); err == nil {
		st.Details = []*anypb.Any{detail}
	}
	return st
}

// batchMessage is the name of the detail, as EventStoreDB sends it, but for a message of our own.
func (p *problem) batchMessage() string {
	if _, unknown := p.detail.(*shared.Unknown); unknown {
		return p.msg
	}
	return string(p.detail.ProtoReflect().Descriptor().Name())
}
