package node

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"google.golang.org/grpc"
)

// web answers what EventStoreDB answers over plain HTTP: whether the node lives, and what it is. gRPC calls of a client
// that could have spoken HTTP/1.1, too, are handed on.
func web(server *grpc.Server, secure bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health/live", live)
	mux.HandleFunc("GET /info", func(w http.ResponseWriter, _ *http.Request) { info(w, secure) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
			server.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// live answers 204, or the code of success that the caller asks for: some checks want 200.
func live(w http.ResponseWriter, r *http.Request) {
	code, err := strconv.Atoi(r.URL.Query().Get("liveCode"))
	if err != nil || code < 200 || code > 299 {
		code = http.StatusNoContent
	}
	w.WriteHeader(code)
}

func info(w http.ResponseWriter, secure bool) {
	kind := "insecure"
	if secure {
		kind = "internal"
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"esVersion":      Version,
		"state":          "leader",
		"features":       map[string]bool{"projections": false, "userManagement": false, "atomPub": false},
		"authentication": map[string]any{"type": kind, "properties": map[string]string{}},
	})
}
