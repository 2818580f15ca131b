package api

import (
	"log/slog"
	"mime"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/who"
)

// recoverer turns a panic into a 500 and a log line; it is our bug, never the caller's.
func recoverer(log *slog.Logger) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler { return recovering(log, next) }
}

func recovering(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
			log.ErrorContext(r.Context(), "a handler panicked", slog.Any("panic", p), slog.String("path", r.URL.Path), slog.String("stack", string(debug.Stack())))
			problem.New(r.Context(), "internal", "the server could not do this; its log says why").Write(w)
		}()
		next.ServeHTTP(w, r)
	})
}

// secure sets the headers that a browser needs to be careful; answers of the API are never cached.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'")
		h.Set("X-Content-Type-Options", "nosniff")
		if a := who.ArrivalOf(r.Context()); a.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "geolocation=(self), camera=(self), microphone=()")
		if strings.HasPrefix(r.URL.Path, "/api/") {
			h.Set("Cache-Control", "no-store")
		}
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses writes that another site's page makes a browser send.
func sameOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		problem.New(r.Context(), "cross_origin", "a request from another site is refused").Write(w)
	}))
	return guard.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if forged(r) {
			problem.New(r.Context(), "cross_origin", "a form with a cookie, and no word of where it comes from, is refused; a program sends the header X-Daka: 1").Write(w)
			return
		}
		next.ServeHTTP(w, r)
	}))
}

// forged says that a request may be another site's form: sent by a cookie, in one of the kinds that a form can send, and by a browser
// too old to say from where. Newer ones say it, and CrossOriginProtection has judged them.
func forged(r *http.Request) bool {
	if r.Method != http.MethodPost || r.Header.Get("Cookie") == "" || r.Header.Get("Authorization") != "" || r.Header.Get("X-Daka") != "" {
		return false
	}
	if r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" {
		return false
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/x-www-form-urlencoded", "multipart/form-data", "text/plain":
		return true
	}
	return false
}
