package problem

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"syscall"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dakahq/daka/api/requestid"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/wire"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/tables"
)

// Problem is an RFC 9457 answer; Code is stable and for programs, Title and Detail are in the caller's language.
type Problem struct {
	Type   string `json:"type" doc:"always about:blank; the code tells the kind"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Code   string `json:"code" doc:"stable, lower snake case"`
	// Outcome is "unknown" when the server cannot tell whether the command was written: retry with the same key.
	Outcome string                `json:"outcome,omitempty"`
	Errors  []domain.FieldProblem `json:"errors,omitempty" doc:"the parts of the request that are wrong"`

	RequestID string `json:"request_id,omitempty" doc:"the request's id, as in the X-Request-Id header and in the server's log"`

	// RetryAfter is when to try again, in seconds; empty where a retry does not help.
	RetryAfter string `json:"-"`
}

// Error is the code and the detail.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders adds Retry-After where a retry helps.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.RetryAfter != "" {
		h.Set("Retry-After", p.RetryAfter)
	}
	return h
}

// ContentType is that of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// ErrNoReads says that the read models are not up yet.
var ErrNoReads = errors.New("the read models are not up yet")

// OverloadedText is the English detail of overloaded.
const OverloadedText = "the server has more to do than it can; nothing was written; wait as long as Retry-After says, and send the same request again"

// Explainer turns errors into answers, and logs those that are not the caller's.
type Explainer struct {
	log     *slog.Logger
	outages *outages
}

// NewExplainer writes to log until over is closed.
func NewExplainer(log *slog.Logger, over <-chan struct{}) *Explainer {
	return &Explainer{log: log, outages: newOutages(log, over)}
}

// Of turns any error into an answer; what is not meant for the person is logged and answered as internal.
func (e *Explainer) Of(ctx context.Context, err error) *Problem {
	var p *Problem
	var refusal *domain.Refusal
	var held *ledger.HeldError
	var rolled *projections.RollbackError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &refusal):
		return Refused(ctx, refusal)
	case errors.As(err, &held):
		return Held(ctx, held)
	case errors.As(err, &rolled):
		e.log.ErrorContext(ctx, "the event store does not hold what was read from it", slog.Any("error", err))
		return Held(ctx, &ledger.HeldError{Code: "rollback_detected", Text: rolled.Error()})
	case errors.Is(err, commands.ErrNotRecorded):
		e.outages.say(ctx, slog.LevelWarn, "an access could not be recorded, so nothing was shown", err)
		p = New(ctx, "access_not_recorded", "reading this must leave a record, and none could be written; nothing was shown; try again in a moment")
		p.RetryAfter = "1"
		return p
	case errors.Is(err, ledger.ErrUnknown):
		e.outages.say(ctx, slog.LevelWarn, "a command's outcome is unknown", err)
		p = New(ctx, "outcome_unknown", "the event store did not answer whether the command was written; send the same request with the same Idempotency-Key again")
		p.Outcome, p.RetryAfter = "unknown", "1"
		return p
	case errors.Is(err, ledger.ErrFull):
		p = New(ctx, "storage_full", "the disk of the event store is full; nothing was written; free space and send the request again")
		p.RetryAfter = "30"
		return p
	case noRoom(err):
		e.outages.say(ctx, slog.LevelError, "a disk is full", err)
		p = New(ctx, "storage_full", "the server's disk for keys and files is full; nothing was written; free space and send the request again")
		p.RetryAfter = "30"
		return p
	case errors.Is(err, directory.ErrBehind):
		e.log.DebugContext(ctx, "the server has more to do than it can", slog.Any("error", err)) // the answers are counted
		p = New(ctx, "overloaded", OverloadedText)
		p.RetryAfter = strconv.Itoa(1 + rand.IntN(3))
		return p
	case isDown(err, directory.ErrStale, eventlog.ErrUnavailable, eventlog.ErrClosed):
		e.outages.say(ctx, slog.LevelWarn, "the event store cannot be reached", err)
		p = New(ctx, "event_store_unavailable", "the event store cannot be reached; nothing was written; send the same request again in a moment")
		p.RetryAfter = "1"
		return p
	case errors.Is(err, identity.ErrExpired):
		return New(ctx, "session_expired", "you were signed out, because the session was not used for too long or has reached its end; sign in again")
	case errors.Is(err, identity.ErrNoSession):
		return New(ctx, "unauthenticated", "sign in first, or send a token as `Authorization: Bearer …`")
	case errors.Is(err, identity.ErrDown):
		e.outages.say(ctx, slog.LevelWarn, "the identity store did not answer", err)
		p = New(ctx, "identity_unavailable", "nobody can sign in at the moment, because the database does not answer; try again in a few seconds")
		p.RetryAfter = "2"
		return p
	case errors.Is(err, context.Canceled):
		return New(ctx, "timeout", "the client closed the request")
	case errors.Is(err, tables.ErrBuilding):
		return buildingProblem(ctx)
	case isDown(err, ErrNoReads, tables.ErrDown):
		e.outages.say(ctx, slog.LevelWarn, "the read model did not answer", err)
		p = New(ctx, "read_model_unavailable", "the read models cannot be reached; commands are still taken; try again in a moment")
		p.RetryAfter = "2"
		return p
	}
	if p := e.foundInside(ctx, err); p != nil {
		return p
	}
	e.log.ErrorContext(ctx, "a request failed", slog.Any("error", err))
	return New(ctx, "internal", "the server could not do this; its log says why")
}

// foundInside explains what the ledger and Postgres say of a value, and a request's own deadline: nil for every other error.
func (e *Explainer) foundInside(ctx context.Context, err error) *Problem {
	if errors.Is(err, context.DeadlineExceeded) {
		e.outages.say(ctx, slog.LevelWarn, "a request ran into its deadline", err)
		p := New(ctx, "overloaded", OverloadedText)
		p.RetryAfter = "2"
		return p
	}
	if newer := newerThanThis(err); newer != nil {
		e.log.ErrorContext(ctx, "the ledger holds an event that this version does not know", slog.Any("error", err))
		p := New(ctx, "event_unknown", newer.Error()+"; nothing was written; start the newer version, then send the request again")
		p.RetryAfter = "30"
		return p
	}
	if badValue(err) {
		e.log.WarnContext(ctx, "Postgres cannot take a value of the request", slog.Any("error", err))
		return New(ctx, "invalid_request", "a value of the request cannot be used; check the texts, dates and numbers in it")
	}
	return nil
}

// buildingProblem is for figures that are not there yet: this version makes its first ones.
func buildingProblem(ctx context.Context) *Problem {
	p := New(ctx, "read_models_building", "the figures of this version are being made from the ledger for the first time; commands are taken; try again in a moment")
	p.RetryAfter = "5"
	return p
}

// badValue knows what Postgres says of a value that it cannot hold. Each is refused where it comes in; one that was forgotten there is still
// the caller's, no fault of the server.
func badValue(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	switch pg.Code {
	case "22021", "22P05", "22P02", "22007", "22008", "22003": // bytes, characters, forms, dates and numbers
		return true
	}
	return false
}

// noRoom knows a full disk, or one over its quota, where keys, files, uploads or Postgres lie.
func noRoom(err error) bool {
	var pg *pgconn.PgError
	return isDown(err, keys.ErrFull, syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG) || errors.As(err, &pg) && pg.Code == "53100"
}

// newerThanThis finds an event that another version of this program wrote; copies of two versions may share a ledger for a while.
func newerThanThis(err error) error {
	var event *wire.UnknownEvent
	var version *wire.UnknownVersion
	switch {
	case errors.As(err, &event):
		return event
	case errors.As(err, &version):
		return version
	}
	return nil
}

// Refused explains a refusal of the domain.
func Refused(ctx context.Context, r *domain.Refusal) *Problem {
	p := New(ctx, r.Code, r.Text)
	p.Errors = r.Fields
	if LanguageOf(ctx) == Chinese {
		p.Detail = InChinese(r)
		p.Errors = fieldsInChinese(r.Fields)
	}
	if r.RetryAfter > 0 {
		p.RetryAfter = strconv.FormatInt(int64(math.Ceil(r.RetryAfter.Seconds())), 10)
	}
	return p
}

// New makes an answer in the caller's language; text is the English detail.
func New(ctx context.Context, code, text string) *Problem {
	status, known := statuses[code]
	if !known {
		status = http.StatusUnprocessableEntity
	}
	p := &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: text}
	if LanguageOf(ctx) == Chinese {
		p.Title = chineseTitle(status)
		if zh, known := chineseTexts[code]; known {
			p.Detail = zh
		}
	}
	return p
}

// Write answers a problem outside of huma.
func (p *Problem) Write(w http.ResponseWriter) {
	for k, v := range p.GetHeaders() {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p.named(w.Header().Get(requestid.Header)))
}

// OfHuma gives huma's own errors (a bad parameter, an unknown field, a broken body) our form, and every problem the request's id.
func OfHuma(ctx huma.Context, _ string, v any) (any, error) {
	if p, is := v.(*Problem); is {
		return p.named(requestid.Of(ctx.Context())), nil
	}
	model, is := v.(*huma.ErrorModel)
	if !is {
		return v, nil
	}
	p := New(ctx.Context(), humaCode(model), model.Detail)
	p.Status, p.Title = model.Status, http.StatusText(model.Status)
	if LanguageOf(ctx.Context()) == Chinese {
		p.Title = chineseTitle(model.Status)
	}
	for _, e := range model.Errors {
		p.Errors = append(p.Errors, domain.FieldProblem{Pointer: pointer(e.Location), Text: e.Message})
	}
	if len(p.Errors) > 0 && LanguageOf(ctx.Context()) != Chinese {
		p.Detail = p.Errors[0].Pointer + ": " + p.Errors[0].Text
	}
	p.RequestID = requestid.Of(ctx.Context())
	return p, nil
}

// named is the problem with the id of the request that it answers; others may hold the problem, so it is a copy.
func (p *Problem) named(id string) *Problem {
	own := *p
	own.RequestID = id
	return &own
}

func humaCode(m *huma.ErrorModel) string {
	switch m.Status {
	case http.StatusBadRequest:
		return "malformed_body"
	case http.StatusRequestTimeout:
		return "timeout"
	case http.StatusRequestEntityTooLarge:
		return "body_too_large"
	case http.StatusUnsupportedMediaType:
		return "unsupported_media_type"
	case http.StatusInternalServerError:
		return "internal"
	}
	return "invalid_request"
}

// pointer writes huma's "body.sections[0].on" as /sections/0/on; a parameter keeps its place: query.from.
func pointer(location string) string {
	rest, body := strings.CutPrefix(location, "body")
	if !body || rest == "" {
		return location
	}
	return strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(rest)
}

// Held is the answer to a command that comes while writes are held.
func Held(ctx context.Context, held *ledger.HeldError) *Problem {
	p := New(ctx, held.Code, held.Text)
	p.RetryAfter = "2"
	return p
}

// isDown says that err is about a dependency that may come back.
func isDown(err error, kinds ...error) bool {
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
