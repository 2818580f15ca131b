package commands_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
)

func (c *company) dry(req commands.ImportPunches) commands.ImportReport {
	c.t.Helper()
	before := c.count()
	req.DryRun = true
	r := c.imported(req)
	require.Equal(c.t, before, c.count(), "a dry run writes nothing")
	require.True(c.t, r.DryRun)
	return r
}

// TestADryRunSaysWhatTheImportDoes: what it says is what the import then does, line by line.
func TestADryRunSaysWhatTheImportDoes(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	c.hire("0042", &group)
	c.imported(c.machineFile(punchesAt("7", "2026-02-20")))
	req := c.machineFile(punchesAt("7", "2026-02-03") + punchesAt("31", "2026-02-03") + punchesAt("42", "2026-02-03") + punchesAt("7", "2026-02-20") + "nonsense\n31\t2000-01-01 00:00:07\n9\t2000-01-01 00:00:07\n")
	dry := c.dry(req)
	require.Equal(t, [6]int{11, 5, 2, 0, 4, 1}, tally(dry))
	require.Equal(t, 5, dry.New)
	require.Equal(t, 1, dry.Doubted)
	require.Equal(t, []string{"31"}, dry.Made)
	require.Equal(t, []commands.MovedFirstDay{{Number: "7", From: "2026-02-20", To: "2026-02-03"}}, dry.Moved)
	require.Equal(t, []commands.AskedNumber{{Number: "42", Like: []string{"0042"}, Lines: 2, Text: "the number 42 looks like 0042; say whose it is: --alias 42=0042"}}, dry.Asked)

	wet := c.imported(req)
	require.Equal(t, dry.Issues, wet.Issues)
	dry.Receipt, dry.DryRun = wet.Receipt, false
	require.Equal(t, dry, wet)

	req.Aliases = map[string]string{"42": "0042"}
	answered := c.dry(req)
	require.Equal(t, 2, answered.New, "the answer is what the page sends with the alias")
	require.Empty(t, answered.Asked)
	require.Equal(t, 2, c.imported(req).New)
}

// TestARepeatNamesItsImport: 0 new, and the import that it equals, also where it is another import with the same lines.
func TestARepeatNamesItsImport(t *testing.T) {
	c := newCompany(t)
	c.found()
	first := c.imported(c.machineFile(attlog))
	require.Equal(t, 5, first.New)
	require.Nil(t, first.Equals)
	for _, again := range []commands.ImportReport{c.imported(c.machineFile(attlog)), c.dry(c.machineFile(attlog))} {
		require.Zero(t, again.New)
		require.Equal(t, &first.ID, again.Equals)
	}
	other := c.machineFile(attlog + "\n")
	require.Equal(t, &first.ID, c.dry(other).Equals)
	repeat := c.imported(other)
	require.NotEqual(t, first.ID, repeat.ID)
	require.Zero(t, repeat.New)
	require.Equal(t, &first.ID, repeat.Equals)
	more := c.imported(c.machineFile(attlog + "  1\t2026-02-03 09:00:00\t1\t0\t0\t0\n"))
	require.Equal(t, 1, more.New)
	require.Nil(t, more.Equals)
}

// TestADryRunIsRefusedLikeTheImport refuses what the import refuses, before anything happens.
func TestADryRunIsRefusedLikeTheImport(t *testing.T) {
	c := newCompany(t)
	c.found()
	req := importOf("csv", "Asia/Shanghai", "number,at\n31,03/02/2026 08:55\n")
	req.DryRun = true
	_, err := c.Imports.Run(t.Context(), c.call(), req)
	var refusal *domain.Refusal
	require.True(t, errors.As(err, &refusal))
	require.Equal(t, "dates_ambiguous", refusal.Code)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	slow := c.machineFile(attlog)
	slow.DryRun = true
	_, err = c.Imports.Run(ctx, c.call(), slow)
	require.ErrorIs(t, err, context.Canceled)
}
