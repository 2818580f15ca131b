package api

import (
	"context"
	"encoding/hex"
	"encoding/json"

	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
)

// ledgerEvents gives the ledger's bytes to who audits.
type ledgerEvents struct {
	reads  *read.Side
	router *route.Router
}

func (s *ledgerEvents) mountLedger() {
	route.Handle(s.router, route.Op("ledger-events", "GET", v1+"/orgs/{org}/ledger/events", "ledger", "The organization's events in ledger order, as recorded"), s.ledgerEvents)
}

// LedgerEvent is an event as it stands in the ledger: its exact bytes (base64) make the leaf (events §5).
type LedgerEvent struct {
	Index    int64           `json:"index"`
	Stream   string          `json:"stream"`
	Revision uint64          `json:"revision"`
	ID       domain.ID       `json:"id"`
	Type     string          `json:"type"`
	JSON     bool            `json:"json" doc:"the content type is JSON"`
	Leaf     string          `json:"leaf" doc:"hex of the leaf hash"`
	Data     json.RawMessage `json:"data" doc:"sealed values stay sealed"`
	Metadata json.RawMessage `json:"metadata"`
	// DataBytes and MetadataBytes are the recorded bytes, base64.
	DataBytes     []byte `json:"data_bytes"`
	MetadataBytes []byte `json:"metadata_bytes"`
}

func (s *ledgerEvents) ledgerEvents(ctx context.Context, in *struct {
	read.OrgRead
	read.Paging
}) (*read.One[read.List[LedgerEvent]], error) {
	return read.Of(ctx, s.reads, in.OrgRead, func(r *projections.Engine, org domain.ID) (read.List[LedgerEvent], error) {
		page, err := r.LedgerEvents(ctx, org, in.Cursor, in.Limit)
		return read.Viewed(page, viewLedgerEvent), err
	})
}

func viewLedgerEvent(l *projections.LedgerEvent) LedgerEvent {
	v := LedgerEvent{Index: l.Index, Stream: l.Stream, Revision: l.Revision, ID: l.Event, Leaf: hex.EncodeToString(l.Leaf)}
	if l.Raw == nil {
		return v
	}
	v.Type, v.JSON, v.DataBytes, v.MetadataBytes = l.Raw.Type, l.Raw.JSON, l.Raw.Data, l.Raw.Metadata
	if json.Valid(l.Raw.Data) {
		v.Data = l.Raw.Data
	}
	if json.Valid(l.Raw.Metadata) {
		v.Metadata = l.Raw.Metadata
	}
	return v
}
