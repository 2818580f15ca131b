package problem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/tables"
)

func TestLanguages(t *testing.T) {
	for header, want := range map[string]Language{"": English, "zh-CN,zh;q=0.9,en;q=0.8": Chinese, "en-US,zh;q=0.5": English, "fr, zh": Chinese, "*": English} {
		require.Equal(t, want, ParseLanguage(header), header)
	}
}

func TestPointers(t *testing.T) {
	for location, want := range map[string]string{"body": "body", "body.sections[0].on": "/sections/0/on", "query.from": "query.from", "header.Idempotency-Key": "header.Idempotency-Key"} {
		require.Equal(t, want, pointer(location))
	}
}

func TestFieldsOfARefusalReachTheCaller(t *testing.T) {
	p := Refused(httptest.NewRequest("GET", "/", nil).Context(), &domain.Refusal{Code: "rule_invalid", Text: "no", Fields: []domain.FieldProblem{{Pointer: "/name", Text: "is missing"}}})
	require.Equal(t, 422, p.Status)
	require.Equal(t, "/name", p.Errors[0].Pointer)
}

func TestOutcomesThatAreNotRefusals(t *testing.T) {
	e := NewExplainer(slog.New(slog.DiscardHandler), nil)
	ctx := httptest.NewRequest("GET", "/", nil).Context()
	answer := func(err error) (string, http.Header) {
		w := httptest.NewRecorder()
		e.Of(ctx, err).Write(w)
		return strings.TrimSpace(w.Body.String()), w.Header()
	}
	body, header := answer(fmt.Errorf("append: %w", ledger.ErrUnknown))
	require.Equal(t, `{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"the event store did not answer whether the command was written; send the same request with the same Idempotency-Key again","code":"outcome_unknown","outcome":"unknown"}`, body)
	require.Equal(t, "1", header.Get("Retry-After"))
	require.Equal(t, "application/problem+json", header.Get("Content-Type"))
	body, header = answer(fmt.Errorf("append: %w", ledger.ErrFull))
	require.Equal(t, `{"type":"about:blank","title":"Insufficient Storage","status":507,"detail":"the disk of the event store is full; nothing was written; free space and send the request again","code":"storage_full"}`, body)
	require.Equal(t, "30", header.Get("Retry-After"))
	const full = `{"type":"about:blank","title":"Insufficient Storage","status":507,"detail":"the server's disk for keys and files is full; nothing was written; free space and send the request again","code":"storage_full"}`
	for _, err := range []error{
		fmt.Errorf("keeping the key: %w", keys.ErrFull), &os.PathError{Op: "write", Path: "/photo", Err: syscall.ENOSPC},
		&os.LinkError{Op: "rename", Err: syscall.EDQUOT}, fmt.Errorf("sign up: %w", &pgconn.PgError{Code: "53100"}),
	} {
		body, header = answer(err)
		require.Equal(t, full, body)
		require.Equal(t, "30", header.Get("Retry-After"))
	}
	body, _ = answer(&os.PathError{Op: "open", Path: "/photo", Err: syscall.EACCES})
	require.Contains(t, body, `"code":"internal"`, "a file that cannot be read is no unreachable database")
	body, header = answer(fmt.Errorf("read the day: %w", tables.Down(&net.OpError{Op: "read", Err: syscall.ECONNRESET})))
	require.Contains(t, body, `"code":"read_model_unavailable"`)
	require.Equal(t, "2", header.Get("Retry-After"))
	for _, elsewhere := range []error{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, fmt.Errorf("send the code: %w", io.ErrUnexpectedEOF)} {
		body, _ = answer(elsewhere)
		require.Contains(t, body, `"code":"internal"`, "not every broken connection is that of the read models")
	}
	body, header = answer(fmt.Errorf("write the punch: %w", context.DeadlineExceeded))
	require.Contains(t, body, `"code":"overloaded"`, "a deadline says nothing about the read models")
	require.Equal(t, "2", header.Get("Retry-After"))
	body, header = answer(fmt.Errorf("judging: %w", directory.ErrBehind))
	require.Contains(t, body, `"code":"overloaded"`, "a store that answers is not called unavailable")
	require.NotEmpty(t, header.Get("Retry-After"))
	body, _ = answer(directory.ErrStale)
	require.Equal(t, `{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"the event store cannot be reached; nothing was written; send the same request again in a moment","code":"event_store_unavailable"}`, body)
	body, _ = answer(errors.New("secret detail"))
	require.Equal(t, `{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"the server could not do this; its log says why","code":"internal"}`, body)
}
