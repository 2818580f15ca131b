package route

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/who"
)

// schemaName keeps what a command takes apart from what a query gives, where both have the same noun.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if room := t.PkgPath(); strings.HasSuffix(room, "/commands") || strings.HasSuffix(room, "/commands/people") {
		return name + "Input"
	}
	return name
}

// specification is the OpenAPI document with our form of errors, as bytes.
func specification(doc *huma.OpenAPI) ([]byte, error) {
	schemas := doc.Components.Schemas
	own := schemas.Schema(reflect.TypeFor[problem.Problem](), true, "Problem")
	delete(schemas.Map(), "ErrorModel")
	delete(schemas.Map(), "ErrorDetail")
	for path, item := range doc.Paths {
		for method, o := range operations(item) {
			if o == nil {
				continue
			}
			if who.EntryOf(method + " " + path).Open {
				o.Security = []map[string][]string{}
			}
			if o.RequestBody != nil && len(o.RequestBody.Content) > 1 {
				delete(o.RequestBody.Content, "application/octet-stream") // the raw body, kept for the request hash
			}
			for status, answer := range o.Responses {
				if status == "default" || status >= "400" {
					answer.Content = map[string]*huma.MediaType{"application/problem+json": {Schema: own}}
				}
			}
		}
	}
	spec, err := json.MarshalIndent(doc, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	return bytes.ReplaceAll(spec, []byte(`"format": "`+localDate+`"`), []byte(`"format": "date"`)), nil
}

// operations are a path's, by method; nil where there is none.
func operations(item *huma.PathItem) map[string]*huma.Operation {
	return map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete}
}
