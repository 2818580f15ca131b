package ledger

import (
	"strconv"

	"github.com/dakahq/daka/domain"
)

// Receipt is what a command answers, the first time and every time after (events §1).
type Receipt struct {
	// ID is what was made, when something was; the use case sets it, always from the command id or the ledger.
	ID domain.ID `json:"id"`
	// Events are the ids of the events written, in order.
	Events []domain.ID `json:"events"`
	Stream string      `json:"stream"`
	// Revision is that of the command's last event in Stream.
	Revision uint64 `json:"revision"`
	// Position is "<stream>@<revision>", opaque to clients; a read's min_position takes it.
	Position string `json:"position"`
	// Replay says that nothing was written now.
	Replay bool `json:"-"`
}

// NewReceipt is the receipt of a command whose last event has that revision.
func NewReceipt(stream string, revision uint64, events []domain.ID, replay bool) Receipt {
	return Receipt{Events: events, Stream: stream, Revision: revision, Position: PositionOf(stream, revision), Replay: replay}
}

// PositionOf is the opaque text that min_position takes.
func PositionOf(stream string, revision uint64) string {
	return stream + "@" + strconv.FormatUint(revision, 10)
}
