package route

import (
	"context"
	"net/http"
)

type headKey struct{}

// HeadAsGet lets HEAD ask whatever GET may ask; the HTTP server keeps the body back.
func HeadAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			r = r.WithContext(context.WithValue(r.Context(), headKey{}, true))
			r.Method = http.MethodGet
		}
		next.ServeHTTP(w, r)
	})
}

// IsHead says that only the head of an answer was asked for.
func IsHead(r *http.Request) bool { is, _ := r.Context().Value(headKey{}).(bool); return is }
