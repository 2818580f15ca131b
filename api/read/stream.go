package read

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// JSON answers a value with how fresh it is, for routes that answer other forms, too.
func JSON(fresh Fresh, v any) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		fresh.Set(hc)
		hc.SetHeader("Content-Type", "application/json")
		hc.SetStatus(http.StatusOK)
		_ = huma.DefaultJSONFormat.Marshal(hc.BodyWriter(), v)
	}}
}

// Set writes the headers.
func (f Fresh) Set(hc huma.Context) {
	hc.SetHeader("Daka-As-Of", f.AsOf)
	if f.AsOfTime != "" {
		hc.SetHeader("Daka-As-Of-Time", f.AsOfTime)
	}
	if f.Stale != "" {
		hc.SetHeader("Daka-Stale", f.Stale)
	}
}
