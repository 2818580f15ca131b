package facts_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/domain/wire"
)

const metadata = `{"command_id":"00000000-0000-0000-0000-000000000001","request_hash":"00","actor":{"kind":"system","id":"test"},"org":"00000000-0000-0000-0000-000000000002",
	"subject":"00000000-0000-0000-0000-000000000003","received_at":"2026-03-02T01:00:00.000000Z","correlation_id":"00000000-0000-0000-0000-000000000001","schema":1}`

// TestEveryEventOfTheLedgerCanBeApplied: a new type must be known here, or it would park everybody whom it is about.
func TestEveryEventOfTheLedgerCanBeApplied(t *testing.T) {
	var c facts.Cache
	for _, eventType := range wire.Types() {
		paths, err := filepath.Glob("../wire/testdata/" + eventType + "/v*/*.json")
		require.NoError(t, err)
		require.NotEmpty(t, paths, eventType)
		for _, path := range paths {
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			event, _, err := wire.Decode(eventType, data, []byte(metadata))
			require.NoError(t, err, path)
			stream := domain.MemberStream(domain.ID{1}, domain.ID{2})
			if strings.HasPrefix(eventType, "Group") && eventType != "GroupAssigned" || eventType == "RuleChanged" {
				stream = domain.GroupStream(domain.ID{1}, domain.ID{2})
			}
			r := &domain.Recorded{Stream: stream, Type: eventType, Event: event}
			if err := facts.Check(&c, facts.Of(r)); err != nil {
				require.NotContains(t, err.Error(), "no read model", path)
			}
		}
	}
}
