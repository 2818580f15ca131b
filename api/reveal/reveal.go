package reveal

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"

	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/wire"
	"github.com/dakahq/daka/projections/query"
)

// Values opens personal values, which lie sealed in the read models.
type Values struct {
	keys *keys.Store
	log  *slog.Logger
}

// NewValues opens with the keys of the store.
func NewValues(store *keys.Store, log *slog.Logger) *Values {
	return &Values{keys: store, log: log}
}

// Open opens a sealed text; what was erased, or cannot be opened, is left out.
func (s *Values) Open(ctx context.Context, org domain.ID, v *query.Sealed, into any) {
	if v == nil || v.KeyID == nil {
		return
	}
	key, err := s.keys.Lookup(ctx, *v.KeyID)
	if err != nil {
		if !errors.Is(err, keys.ErrDestroyed) {
			s.log.WarnContext(ctx, "a personal value's key could not be read", slog.Any("error", err))
		}
		return
	}
	plain, err := key.Open(v.Text, wire.AAD(org, v.Stream, v.Event, v.Pointer))
	if err == nil {
		err = json.Unmarshal(plain, into)
	}
	if err != nil {
		s.log.WarnContext(ctx, "a personal value could not be opened", slog.Any("stream", v.Stream), slog.Any("pointer", v.Pointer), slog.Any("error", err))
	}
}

// placeFields tell where a person was and with what; only HR, the auditor and the person see them.
var placeFields = []string{"lat", "lng", "accuracy_m", "distance_m", "ssid", "bssid", "ip", "address", "note", "device_id", "photo"}

// ShutPlaces leaves out where a member was, unless the caller may see it.
func ShutPlaces(ctx context.Context, member domain.ID, detail json.RawMessage) json.RawMessage {
	if who.AccessOf(ctx).SeesPlaces(member) {
		return detail
	}
	return WithoutPlaces(detail)
}

// WithoutPlaces leaves out where a member was, for lists of many: nobody's position is read by the way.
func WithoutPlaces(detail json.RawMessage) json.RawMessage {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(detail, &fields); err != nil {
		return json.RawMessage("{}")
	}
	for _, name := range placeFields {
		delete(fields, name)
	}
	open, err := json.Marshal(fields)
	if err != nil {
		return json.RawMessage("{}")
	}
	return open
}

// Text opens a sealed text, empty where it cannot be.
func (s *Values) Text(ctx context.Context, org domain.ID, v *query.Sealed) (text string) {
	s.Open(ctx, org, v, &text)
	return text
}

// Fields opens the sealed values inside a fact's remaining fields, such as lat and note.
func (s *Values) Fields(ctx context.Context, org domain.ID, detail json.RawMessage, stream string, event domain.ID, key *domain.ID) map[string]any {
	fields := map[string]any{}
	if err := json.Unmarshal(detail, &fields); err != nil {
		return fields
	}
	for name, value := range fields {
		text, is := value.(string)
		if !is || len(text) < len(domain.SealPrefix) || text[:len(domain.SealPrefix)] != domain.SealPrefix {
			continue
		}
		var plain any
		s.Open(ctx, org, &query.Sealed{Text: text, Stream: stream, Event: event, Pointer: "/" + name, KeyID: key}, &plain)
		if plain == nil {
			delete(fields, name)
			continue
		}
		fields[name] = plain
	}
	return fields
}
