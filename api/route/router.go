package route

import (
	"cmp"
	"context"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"github.com/dakahq/daka/api/limit"
	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/domain"
)

// V1 is the root of every route of the API.
const V1 = limit.Root

// Router registers routes: each asks the policy table before its body is read, screens its request, takes a place, and explains every error.
type Router struct {
	api       huma.API
	mux       *chi.Mux
	routes    []string
	guard     *who.Guard
	admission *limit.Admission
	problems  *problem.Explainer
	now       func() time.Time
}

// New has no routes yet; use are the middleware, the first outermost. version is the product's, for the documents.
func New(version string, guard *who.Guard, admission *limit.Admission, problems *problem.Explainer, now func() time.Time, use ...func(http.Handler) http.Handler) *Router {
	r := &Router{mux: chi.NewMux(), guard: guard, admission: admission, problems: problems, now: now}
	r.mux.Use(use...)
	r.api = humachi.New(r.mux, humaConfig(version))
	return r
}

// Routes are those that were registered, as "METHOD /pattern".
func (r *Router) Routes() []string { return r.routes }

// ServeHTTP answers by the route of a request.
func (r *Router) ServeHTTP(w http.ResponseWriter, q *http.Request) { r.mux.ServeHTTP(w, q) }

// Otherwise answers what no route does: paths that nothing is at, and methods that a path does not take.
func (r *Router) Otherwise(notFound, methodNotAllowed http.HandlerFunc) {
	r.mux.NotFound(notFound)
	r.mux.MethodNotAllowed(methodNotAllowed)
}

// Takes says that a path takes a method.
func (r *Router) Takes(method, path string) bool {
	return r.mux.Match(chi.NewRouteContext(), method, path)
}

// Document describes a route that Plain registered.
func (r *Router) Document(o *huma.Operation) { r.api.OpenAPI().AddOperation(o) }

// OpenAPI is the document, to which Handle adds.
func (r *Router) OpenAPI() *huma.OpenAPI { return r.api.OpenAPI() }

// Specification is the OpenAPI document of the routes so far.
func (r *Router) Specification() ([]byte, error) { return specification(r.api.OpenAPI()) }

// Scopes are those that open a route of an organization to a program, sorted.
func (s *Router) Scopes() []string {
	var out []string
	for path, item := range s.api.OpenAPI().Paths {
		for method, o := range operations(item) {
			e := who.EntryOf(method + " " + path)
			if o == nil || len(o.Tags) == 0 || !strings.Contains(path, "{org}") || e.People || e.Reach[domain.RoleHR] == who.None {
				continue
			}
			if scope := who.ScopeOf(method, o.Tags[0]); !slices.Contains(out, scope) {
				out = append(out, scope)
			}
		}
	}
	slices.Sort(out)
	return out
}

func humaConfig(version string) huma.Config {
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	describeTypes(registry)
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI:    "3.1.0",
			Info:       &huma.Info{Title: "daka", Version: version, Description: apiDescription},
			Components: &huma.Components{Schemas: registry, SecuritySchemes: map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}},
			Security:   []map[string][]string{{"token": {}}},
		},
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{problem.OfHuma},
	}
}

const apiDescription = "An attendance ledger. Writes take an `Idempotency-Key` (a UUIDv7 made before the first try) and answer a receipt: 201 at first, " +
	"200 with `Idempotent-Replay: true` for a repeat. Errors are problem+json with a stable `code`. Lists are paged with `limit` and `cursor`. " +
	"Reads take `min_position`, a receipt's `position`, wait for it up to 2 s, and answer `Daka-As-Of` and, when behind, `Daka-Stale: true`."

// Op describes a route; tag groups it in the documents.
func Op(id, method, path, tag, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{tag}, Summary: summary}
}

// Handle registers a typed handler, asks the policy table, and explains every error.
func Handle[I, O any](s *Router, o huma.Operation, handle func(context.Context, *I) (*O, error)) {
	key := o.Method + " " + o.Path
	s.routes = append(s.routes, key)
	if optionalBody[I]() { // huma takes every body that it keeps raw for required
		o.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{}}
		defer func() { o.RequestBody.Required = false }()
	}
	o.BodyReadTimeout = -1 // the body is here before huma reads it
	o.Middlewares = append(o.Middlewares, s.guarded(key, cmp.Or(o.MaxBodyBytes, limit.DefaultBody)), s.screened)
	huma.Register(s.api, o, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, s.problems.Of(ctx, err)
		}
		s.guard.NoteDone(ctx, key)
		return out, nil
	})
}

// optionalBody says that an input's body is a pointer, so that it may be left out.
func optionalBody[I any]() bool {
	body, found := reflect.TypeFor[I]().FieldByName("Body")
	return found && body.Type.Kind() == reflect.Pointer
}

// tags are those of a route in the documents.
func (s *Router) tags(method, path string) []string {
	item := s.api.OpenAPI().Paths[path]
	switch {
	case item == nil:
	case method == http.MethodGet && item.Get != nil:
		return item.Get.Tags
	case method == http.MethodPost && item.Post != nil:
		return item.Post.Tags
	}
	return nil
}

// Plain registers a handler that speaks HTTP itself, such as a stream.
func (s *Router) Plain(method, path string, handle func(http.ResponseWriter, *http.Request) error) {
	key := method + " " + path
	s.routes = append(s.routes, key)
	handle = s.bodyScreened(method, path, handle)
	s.mux.MethodFunc(method, path, func(w http.ResponseWriter, r *http.Request) {
		ctx, err := s.guard.Secured(r, key, s.tags(method, path))
		if err == nil {
			err = screenAddress(r)
		}
		if err == nil {
			ctx = who.Remembered(ctx, r)
			err = s.admission.InPlace(w, r.WithContext(ctx), who.ShareOf(ctx, r.PathValue("org")), handle)
		}
		if err != nil {
			s.problems.Of(r.Context(), err).Write(w)
			return
		}
		s.guard.NoteDone(ctx, key)
	})
}

// guarded judges a typed route before its parameters and body are read, then reads a body of fewer than limit bytes, and takes a place.
func (s *Router) guarded(route string, limit int64) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		r, w := humachi.Unwrap(hc)
		ctx, err := s.guard.Secured(r, route, hc.Operation().Tags)
		if err != nil {
			s.problems.Of(r.Context(), err).Write(w)
			return
		}
		leave, err := s.admission.Receive(ctx, w, r, who.ShareOf(ctx, r.PathValue("org")), who.PrincipalOf(ctx).Actor.ID != "", limit)
		if err != nil {
			s.problems.Of(ctx, err).Write(w)
			return
		}
		defer leave()
		next(huma.WithContext(hc, who.Remembered(ctx, r)))
	}
}
