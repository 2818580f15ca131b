package commands_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
)

// TestAllDoubtedPunchesOfAnImportAreReviewedAtOnce: those that somebody reviewed before keep their review, and a repeat writes nothing.
func TestAllDoubtedPunchesOfAnImportAreReviewedAtOnce(t *testing.T) {
	c := newCompany(t)
	c.found()
	r := c.imported(c.machineFile(punchesAt("1", "2026-02-02") + "1\t2000-01-01 00:00:07\n1\t2000-01-01 00:00:09\n2\t2000-01-01 00:00:11\n" + punchesAt("2", "2026-02-03") + punchesAt("1", "2026-02-03")))
	require.Equal(t, 3, r.Doubted)
	one := domain.ProvisionedMemberID(c.org, "1", 0)
	sheet := domain.TimesheetStream(c.org, one, "200001")
	raws, err := c.log.Read(t.Context(), sheet, 0, 0)
	require.NoError(t, err)
	_, err = c.Punches.Review(t.Context(), c.call(), commands.ReviewPunch{Member: one, Punch: raws[0].ID, Stream: sheet, Review: "rejected"})
	require.NoError(t, err)

	call := c.call()
	done, err := c.Imports.Review(t.Context(), call, commands.ReviewImport{Import: r.ID, Review: "approved", Reason: "the clock was a day off"})
	require.NoError(t, err)
	require.Equal(t, commands.ImportReview{Import: r.ID, Reviewed: 2, Before: 1}, done)
	before := c.count()
	done, err = c.Imports.Review(t.Context(), call, commands.ReviewImport{Import: r.ID, Review: "approved", Reason: "the clock was a day off"})
	require.NoError(t, err)
	require.Equal(t, commands.ImportReview{Import: r.ID, Reviewed: 2, Before: 1, Replay: true}, done)
	require.Equal(t, before, c.count())

	for _, x := range []struct {
		req  commands.ReviewImport
		code string
	}{
		{commands.ReviewImport{Import: r.ID, Review: "maybe"}, "request_invalid"},
		{commands.ReviewImport{Import: v7(testNow), Review: "approved"}, "import_not_found"},
	} {
		_, err := c.Imports.Review(t.Context(), c.call(), x.req)
		requireCode(t, err, x.code)
	}
	c.revert(r)
	_, err = c.Imports.Review(t.Context(), c.call(), commands.ReviewImport{Import: r.ID, Review: "approved"})
	requireCode(t, err, "import_reverted")
	s, err := c.Imports.One(t.Context(), c.org, r.ID)
	require.NoError(t, err)
	require.Equal(t, "reverted", s.State)
	require.Equal(t, 2, s.Reverted.Members)
}

// TestWhoImportsReviewsNotTheirOwn leaves the own punches to somebody else.
func TestWhoImportsReviewsNotTheirOwn(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	hr, other := c.hire("1", &group), c.hire("2", &group)
	c.grant(hr, domain.RoleHR)
	c.grant(other, domain.RoleHR)
	r, err := c.Imports.Run(t.Context(), as(c.call(), hr), c.machineFile(punchesAt("1", "2026-02-02")+"1\t2000-01-01 00:00:07\n2\t2000-01-01 00:00:09\n"+punchesAt("1", "2026-02-03")))
	require.NoError(t, err)
	done, err := c.Imports.Review(t.Context(), as(c.call(), hr), commands.ReviewImport{Import: r.ID, Review: "approved"})
	require.NoError(t, err)
	require.Equal(t, commands.ImportReview{Import: r.ID, Reviewed: 1, Own: 1}, done)
}

func requireCode(t *testing.T, err error, code string) {
	t.Helper()
	var refusal *domain.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, code, refusal.Code)
}
