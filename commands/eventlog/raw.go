package eventlog

import (
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"github.com/dakahq/daka/domain"
)

// Position is a place in the log of all events; it is only compared and stored, never computed with.
type Position struct{ Commit, Prepare uint64 }

// IsZero says that no event was seen yet; reading after it starts at the beginning.
func (p Position) IsZero() bool { return p == Position{} }

// Less orders positions as the log does.
func (p Position) Less(q Position) bool {
	if p.Commit != q.Commit {
		return p.Commit < q.Commit
	}
	return p.Prepare < q.Prepare
}

// Raw is an event as bytes. Append reads Type, ID, JSON, Data and Metadata; the store fills in the rest.
type Raw struct {
	Stream string
	// Revision is the place in the stream, from 0, without gaps.
	Revision uint64
	ID       domain.ID
	Type     string
	// JSON is the content type of Data: application/json, else application/octet-stream.
	JSON           bool
	Data, Metadata []byte
	Position       Position
	// Created is the store's own time, UTC, 100 ns.
	Created time.Time
}

const contentJSON = "application/json"

func rawOf(e *esdb.RecordedEvent) Raw {
	return Raw{
		Stream: e.StreamID, Revision: e.EventNumber, ID: e.EventID, Type: e.EventType,
		JSON: e.ContentType == contentJSON, Data: e.Data, Metadata: e.UserMetadata,
		Position: Position{e.Position.Commit, e.Position.Prepare}, Created: e.CreatedDate,
	}
}

func proposed(events []Raw) []esdb.EventData {
	out := make([]esdb.EventData, len(events))
	for i, e := range events {
		out[i] = esdb.EventData{EventID: e.ID, EventType: e.Type, Data: e.Data, Metadata: e.Metadata}
		if e.JSON {
			out[i].ContentType = esdb.ContentTypeJson
		}
	}
	return out
}
