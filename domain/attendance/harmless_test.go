package attendance

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHarmlessAnomaliesAreThoseOfTheRules: each kind by its name, wherever it stands in the list (rules 4.10c).
func TestHarmlessAnomaliesAreThoseOfTheRules(t *testing.T) {
	named := map[Anomaly]bool{"NoCalendar": true, "PhotoMissing": true, "DeviceUnbound": true, "Flagged": true}
	for _, kind := range anomalyOrder {
		require.Equal(t, named[kind], setOf(kind)&^harmless == 0, string(kind))
	}
	require.Len(t, named, 4)
}
