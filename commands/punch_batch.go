package commands

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// RecordPunches is a batch of punches, each with its own id or known by number and wall clock.
type RecordPunches struct {
	Punches []RecordPunch `json:"punches"`
}

// BatchLimit is how many punches a batch may hold.
const BatchLimit = 1000

// RecordAll writes a batch; the outcomes are in the order of its items, and one refused item does not stop the others.
// An item with an id is hashed by itself, and one without is known by its fact: both may be sent again in another batch.
func (s *Punches) RecordAll(ctx context.Context, call ledger.Call, req RecordPunches) ([]ledger.Outcome, error) {
	if len(req.Punches) == 0 || len(req.Punches) > BatchLimit {
		return nil, domain.Refuse("batch_size", "a batch holds 1 to %d punches; this one has %d", BatchLimit, len(req.Punches))
	}
	outcomes := make([]ledger.Outcome, len(req.Punches))
	planned := make([]plannedPunch, len(req.Punches))
	streams, order := map[string][]int{}, []string{}
	for i, punch := range req.Punches {
		p, err := s.planItem(ctx, call, punch)
		var refusal *domain.Refusal
		if errors.As(err, &refusal) {
			outcomes[i].Err = err
			continue
		}
		if err != nil {
			return nil, err
		}
		planned[i] = p
		if streams[p.stream] == nil {
			order = append(order, p.stream)
		}
		streams[p.stream] = append(streams[p.stream], i)
	}
	for _, stream := range order {
		s.recordStream(ctx, stream, streams[stream], planned, outcomes)
	}
	return outcomes, nil
}

// planItem plans one item of a batch under its own id, else under the id of its fact. Without a zone the fact's wall clock is UTC.
func (s *Punches) planItem(ctx context.Context, call ledger.Call, punch RecordPunch) (plannedPunch, error) {
	if call.Correlation == (domain.ID{}) {
		call.Correlation = call.CommandID
	}
	call.CommandID = domain.ID{}
	switch {
	case punch.Refused != nil:
		return plannedPunch{}, punch.Refused
	case punch.ID != nil:
		call.CommandID = *punch.ID
		body, err := json.Marshal(punch)
		if err != nil {
			return plannedPunch{}, err
		}
		call.Body = body
	case punch.Wall == "" && punch.ClaimedAt == nil:
		return plannedPunch{}, domain.Refuse("command_id_invalid", "give the punch an id (a UUID of version 7), or the time it was made: wall with zone, or claimed_at")
	case punch.Wall == "":
		if punch.Zone == "" {
			punch.Zone = "UTC"
		}
		zone, err := domain.Zone(punch.Zone)
		if err != nil {
			return plannedPunch{}, &domain.Refusal{Code: "request_invalid", Text: "/zone " + err.Error(), Fields: []domain.FieldProblem{{Pointer: "/zone", Text: err.Error()}}}
		}
		punch.claimedWall = punch.ClaimedAt.In(zone).Format(domain.WallLayout)
	}
	return s.plan(ctx, call, punch)
}

// recordStream writes the punches of one stream, in as few appends as fit.
func (s *Punches) recordStream(ctx context.Context, stream string, indices []int, planned []plannedPunch, outcomes []ledger.Outcome) {
	items := make([]ledger.Item[domain.TimesheetState], len(indices))
	for k, i := range indices {
		items[k] = planned[i].item()
	}
	written, _ := ledger.HandleMany(ctx, s.ledger, stream, items)
	for k, i := range indices {
		outcomes[i] = ledger.Outcome{Receipt: punchReceipt(written[k].Receipt), Err: written[k].Err}
	}
}
