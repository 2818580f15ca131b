package facts

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// TestAMakeupKeepsItsKind: of kind late it replaces the punch of its slot, of kind missing it leaves that to the other one (rules 3.12b).
func TestAMakeupKeepsItsKind(t *testing.T) {
	for _, kind := range []string{attendance.KindMissing, attendance.KindLate, attendance.KindEarly} {
		fact, err := MakeupFact(domain.ID{}, domain.MakeupRequested{Date: "2026-03-02", Section: 1, CheckType: "OnDuty", Kind: kind})
		require.NoError(t, err)
		require.Equal(t, kind, fact.Kind)
	}
}
