// Package requestid names requests, so that an answer, a log line and what a person reports can be put together.
package requestid

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
)

// Header carries the id, in requests and in answers.
const Header = "X-Request-Id"

// attribute is what the id is called in the log.
const attribute = "request_id"

// longest bounds an id that a caller gives, in bytes.
const longest = 64

type key struct{}

// Of is the id of the request that a context belongs to, empty outside of requests.
func Of(ctx context.Context) string {
	id, _ := ctx.Value(key{}).(string)
	return id
}

// Take names a request: by the id that it brings, such as a proxy's, or by one of our own where that is missing or could not stand in a log.
// The answer's header has it from now on.
func Take(w http.ResponseWriter, r *http.Request) *http.Request {
	id := r.Header.Get(Header)
	if !sane(id) {
		id = rand.Text()
	}
	w.Header().Set(Header, id)
	return r.WithContext(context.WithValue(r.Context(), key{}, id))
}

// sane says that an id is short, and of letters, digits, dots, hyphens and underscores: it breaks no line of a log, and runs nowhere.
func sane(id string) bool {
	if id == "" || len(id) > longest {
		return false
	}
	for _, c := range []byte(id) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

// logs is a handler that adds the request's id to each line.
type logs struct{ slog.Handler }

// Logs adds the id to every line that is written with the context of a request, whatever room writes it.
func Logs(h slog.Handler) slog.Handler { return logs{h} }

// Handle writes a line.
func (l logs) Handle(ctx context.Context, line slog.Record) error {
	if id := Of(ctx); id != "" {
		line = line.Clone() // others may hold its attributes
		line.AddAttrs(slog.String(attribute, id))
	}
	return l.Handler.Handle(ctx, line)
}

// WithAttrs keeps the id on lines of a logger with attributes.
func (l logs) WithAttrs(attrs []slog.Attr) slog.Handler { return logs{l.Handler.WithAttrs(attrs)} }

// WithGroup keeps the id on lines of a logger with a group.
func (l logs) WithGroup(name string) slog.Handler { return logs{l.Handler.WithGroup(name)} }
