package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

// badTexts are texts that no command may write, by what is wrong with them.
func badTexts() map[string]string {
	return map[string]string{
		"NUL": "a\x00b", "BEL": "a\x07b", "TAB": "a\tb", "CR": "a\rb", "ESC": "a\x1bb", "DEL": "a\x7fb", "C1": "a\u0085b", "last C1": "a\u009fb",
		"override": "a\u202eb", "embedding": "a\u202ab", "isolate": "a\u2066b", "pop": "a\u2069b", "UTF-8": "a\xff", "surrogate in UTF-8": "a\xed\xa0\x80",
	}
}

func TestTextsThatNoCommandWrites(t *testing.T) {
	for name, text := range badTexts() {
		for _, lines := range []bool{true, false} {
			require.NotEmpty(t, domain.TextFault(text, lines), name)
		}
	}
	for _, text := range []string{"", "abc", "张三", "é", "a b", "👩\u200d🚒", "שלום", "a\u00a0b", "a\u200fb"} {
		require.Empty(t, domain.TextFault(text, false), "%q", text)
	}
	require.Empty(t, domain.TextFault("a\nb", true))
	require.NotEmpty(t, domain.TextFault("a\nb", false))
}

func TestTextsAreStoredInOneForm(t *testing.T) {
	var p domain.Problems
	require.Equal(t, "é", p.Text("/name", " e\u0301 ", true))
	require.Equal(t, "one\ntwo", p.FreeText("/note", "one\r\ntwo\r\n"))
	require.NoError(t, p.Err())
	p.FreeText("/note", "one\rtwo")
	p.Text("/name", "one\ntwo", true)
	requireCode(t, p.Err(), domain.CodeText, "/note", "/name")
	p.Text("/other", "", true)
	requireCode(t, p.Err(), domain.CodeInvalid, "/note", "/name", "/other")
}

func requireCode(t *testing.T, err error, code string, pointers ...string) {
	t.Helper()
	var refusal *domain.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, code, refusal.Code, refusal.Text)
	var named []string
	for _, f := range refusal.Fields {
		named = append(named, f.Pointer)
	}
	require.Equal(t, pointers, named)
}

func TestQuotedTextsAreReadAsTheyCame(t *testing.T) {
	for quoted, bad := range map[string]bool{
		`"abc"`: false, `"\u00e9\n"`: true, `"\ud83d\ude00"`: false, `"\\ud800"`: false, `"\\\ud800"`: true, `"\ud800"`: true, `"\ude00\ud83d"`: true,
		`"\ud800x"`: true, `"\ud800\u0041"`: true, `"\ud83d\ude00\udfff"`: true, `"\u0000"`: true, `"\u202e"`: true, `"\u007F"`: true,
		"\"\xed\xa0\x80\"": true, "\"\xc3\"": true, "\"😀\"": false, `"\ud8`: true,
	} {
		require.Equal(t, bad, domain.QuotedFault([]byte(quoted), false) != "", quoted)
	}
	require.Empty(t, domain.QuotedFault([]byte(`"a\r\nb\n"`), true))
}

func TestDocumentsAreKeptInOneForm(t *testing.T) {
	var p domain.Problems
	raw := "{ \"e\u0301\" : [1.50, \"e\\u0301\", {\"note\": \"a\\r\\nb\"}], \"x\":\"<&>\"}"
	got := domain.NormalJSON(&p, "", []byte(raw), domain.RuleLines)
	require.NoError(t, p.Err())
	require.Equal(t, "{ \"é\" : [1.50, \"é\", {\"note\": \"a\\nb\"}], \"x\":\"<&>\"}", string(got))
	domain.NormalJSON(&p, "/rule", []byte(`{"a\u0000":{"b":["\ud800"]},"name":"a\nb"}`), domain.RuleLines)
	requireCode(t, p.Err(), domain.CodeText, "/rule/a\x00", "/rule/a\x00/b/0", "/rule/name")
	for _, broken := range []string{``, `{`, `{"a":`, `{"a":"b`, `[1,]`} {
		require.Equal(t, broken, string(domain.NormalJSON(&p, "", []byte(broken), domain.RuleLines)))
	}
}

func TestDatesThatACommandMayWrite(t *testing.T) {
	for date, good := range map[domain.Date]bool{
		"1970-01-01": true, "1969-12-31": false, "0001-01-01": false, "2036-11-30": true, "2036-12-01": false, "9999-12-31": false, "2024-02-29": true,
	} {
		p := domain.Problems{Today: "2026-11-30"}
		p.Date("/joined", date, true)
		require.Equal(t, good, p.Empty(), date)
		if !good {
			requireCode(t, p.Err(), domain.CodeDate, "/joined")
		}
	}
	for _, date := range []domain.Date{"0000-01-01", "2026-02-29", "2026-2-1", "20260201", "10000-01-01"} {
		p := domain.Problems{Today: "2026-11-30"}
		p.Date("/joined", date, true)
		require.False(t, p.Empty(), date)
	}
	require.Equal(t, domain.LastDate, domain.Horizon("2195-01-01"))
	require.Equal(t, domain.Date("2034-03-01"), domain.Horizon("2024-02-29"), "a day that its year lacks carries over")
}
