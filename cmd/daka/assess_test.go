package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const assessDocument = `{"rules":[{"time_zone":"Asia/Shanghai","effective_from":"2026-01-01","shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}}}],
"punches":[{"at":"2026-03-02T09:06:00+08:00"},{"at":"2026-03-02T18:00:00+08:00"}],"from":"2026-03-02","to":"2026-03-02"}`

func TestAssessVerb(t *testing.T) {
	var out, errs strings.Builder
	code := run(world{ctx: t.Context(), stdin: strings.NewReader(assessDocument), stdout: &out, stderr: &errs}, []string{"assess"})
	require.Equal(t, 0, code, errs.String())
	require.Contains(t, out.String(), `"late_min":6`)
}

func TestAssessVerbNamesTheProblem(t *testing.T) {
	var out, errs strings.Builder
	code := run(world{ctx: t.Context(), stdin: strings.NewReader(`{"rules":[],"from":"2026-03-02"}`), stdout: &out, stderr: &errs}, []string{"assess"})
	require.Equal(t, 2, code)
	require.Empty(t, out.String())
	require.Equal(t, "daka: invalid document: to: is missing; write the last date, like 2026-03-31\n", errs.String())
}

func TestAssessVerbLines(t *testing.T) {
	var out, errs strings.Builder
	line := strings.ReplaceAll(assessDocument, "\n", " ")
	code := run(world{ctx: t.Context(), stdin: strings.NewReader(line + "\nnonsense\n"), stdout: &out, stderr: &errs}, []string{"assess", "--jsonl"})
	require.Equal(t, 0, code, errs.String())
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2)
	require.True(t, strings.HasPrefix(lines[1], `{"error":"not a JSON document`), lines[1])
}

func TestAssessVerbWithoutTheFile(t *testing.T) {
	var out, errs strings.Builder
	code := run(world{ctx: t.Context(), stdout: &out, stderr: &errs}, []string{"assess", "no-such-file.json"})
	require.Equal(t, 2, code)
	require.Contains(t, errs.String(), "open the document: open no-such-file.json: no such file or directory")
}
