package limit

import (
	"net/http"
	"time"
)

// writePatience is how long a caller may take for a piece of an answer; a stream may last, if it is read.
const writePatience = 30 * time.Second

// WithWriteDeadlines ends answers that nobody reads, which would otherwise hold a connection to Postgres.
func WithWriteDeadlines(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := &patientWriter{ResponseWriter: w, control: http.NewResponseController(w)}
		next.ServeHTTP(p, r)
		p.extend() // what is still buffered goes out now; the deadline may be that of an earlier request on this connection
	})
}

type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	until   time.Time
}

// extend gives the caller time for the next piece, unless that was done within the last second. Not every writer has deadlines; a
// test's has none.
func (w *patientWriter) extend() {
	now := time.Now()
	if until := now.Add(writePatience); until.Sub(w.until) > time.Second {
		w.until = until
		_ = w.control.SetWriteDeadline(until)
	}
}

// Write gives the caller time for this piece.
func (w *patientWriter) Write(b []byte) (int, error) {
	w.extend()
	return w.ResponseWriter.Write(b)
}

// Unwrap lets a ResponseController find what is below.
func (w *patientWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
