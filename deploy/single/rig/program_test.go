package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSectionsThatAreNamed: a name that nobody has runs nothing, and does not look as if all had held.
func TestSectionsThatAreNamed(t *testing.T) {
	ran := ""
	section := func(name string) Section {
		return Section{name, func(context.Context) error { ran += name; return nil }}
	}
	all := []Section{section("a"), section("b"), section("c")}
	for only, want := range map[string]string{"": "abc", "b": "b", "c,a": "ac"} {
		ran = ""
		require.NoError(t, RunSections(t.Context(), io.Discard, only, all), only)
		require.Equal(t, want, ran, only)
	}
	ran = ""
	require.EqualError(t, RunSections(t.Context(), io.Discard, "a,d", all), `-only "a,d": there is no "d" among a, b, c`)
	require.Empty(t, ran)
}

func TestExitCodes(t *testing.T) {
	for want, err := range []error{nil, fmt.Errorf("two: %w", ErrBroken), errors.New("no disk")} {
		require.Equal(t, want, Main("test", func(context.Context) error { return err }))
	}
}

func TestVerdicts(t *testing.T) {
	var out strings.Builder
	v := Verdicts{Out: &out}
	v.Expect(true, "%d of %d", 1, 1)
	require.NoError(t, v.Err())
	v.Expect(false, "%d of %d", 1, 2)
	require.ErrorIs(t, v.Err(), ErrBroken)
	require.Equal(t, "  ok     1 of 1\n\nall held\n  FAILED 1 of 2\n\nFAILED:\n  1 of 2\n", out.String())
}
