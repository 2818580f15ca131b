package attendance

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzParseRule: any bytes are read or refused with *Invalid, never a panic; what is read compiles and reads back the same.
func FuzzParseRule(f *testing.F) {
	f.Add([]byte(`{"time_zone":"Asia/Shanghai","effective_from":"2026-01-01","shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}}}`))
	f.Add([]byte(`{"kind":"free","time_zone":"UTC","effective_from":"2026-01-01","free":{"core":{"from":"11:00","to":"15:00"}}}`))
	f.Add([]byte(`{"shifts":{"":null,"a":[]},"week":[1],"special_days":{"x":1}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		rule, err := ParseRule(raw)
		if err != nil {
			var invalid *Invalid
			require.True(t, errors.As(err, &invalid))
			require.NotEmpty(t, err.Error())
			return
		}
		_, err = rule.Compile()
		require.NoError(t, err)
		text, err := json.Marshal(rule)
		require.NoError(t, err)
		again, err := ParseRule(text)
		require.NoError(t, err, string(text))
		require.Equal(t, rule, again)
	})
}

// FuzzAssessJSON: any bytes are assessed or refused, never a panic, and one line gives one line.
func FuzzAssessJSON(f *testing.F) {
	f.Add([]byte(`{"rules":[{"time_zone":"Asia/Shanghai","effective_from":"2026-01-01","shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}}}],"punches":[{"at":"2026-03-02T09:06:00+08:00"}],"requests":[{"type":"leave","from":"2026-03-02","to":"2026-03-02","state":"approved"}],"from":"2026-03-02","to":"2026-03-02"}`))
	f.Add([]byte(`{"rules":[{"kind":"free","time_zone":"UTC","effective_from":"0001-01-01"}],"from":"0001-01-01","to":"0001-01-02","known_at":"9999-12-31T23:59:59Z"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		out, err := AssessJSON(raw)
		if err == nil {
			require.True(t, json.Valid(out))
		}
		if bytes.ContainsAny(raw, "\n\r") || len(bytes.TrimSpace(raw)) == 0 {
			return
		}
		var lines bytes.Buffer
		require.NoError(t, AssessLines(bytes.NewReader(raw), &lines))
		require.Equal(t, 1, bytes.Count(lines.Bytes(), []byte("\n")))
	})
}
