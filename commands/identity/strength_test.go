package identity_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/identity"
)

// TestEasyPasswords: what Chinese and English people build passwords of is refused with its reason; sentences and chance are not.
func TestEasyPasswords(t *testing.T) {
	const words = "is made of words that are guessed first, also in pinyin, with a year or with signs; choose another, a sentence of several rare words is good"
	const date = "is little but a date, such as a birthday; choose another, a short sentence is good"
	const phone = "is little but a phone number; choose another, a short sentence is good"
	const common = "is among the passwords that are guessed first; choose another, a short sentence is good"
	const about = "holds little but your name, number or address; choose another"
	const run = "is a run of keys or a repetition; choose another, a short sentence is good"
	for password, want := range map[string]string{
		"woaini1314520":         words,
		"Summer2026!":           words,
		"wodemima123":           words,
		"WoAiNi@1314":           words,
		"zhangwei1990":          words,
		"lixiaoming888":         words,
		"zhongguo2026":          common,
		"beijing2008":           words,
		"daka2026daka":          words,
		"P@ssw0rd2026":          common,
		"acmetrading2026":       about,
		"19900101zhang":         date,
		"1990-01-01!":           date,
		"zhang13912345678":      phone,
		"+86 139 1234 5678":     phone,
		"+8613912345678":        phone,
		"Qwer!2345678":          run,
		"我爱你一生一世永远爱你":           words,
		"春眠不觉晓处处闻啼鸟":            words,
		"华信贸易华信贸易2026!!":        words,
		"xK9#mQ2vLp":            "",
		"four green horses":     "",
		"five blue whales":      "",
		"long sentence is good": "",
		"四匹绿色的马在草原上奔跑":          "",
		"处处绿色的马在草原上":            "",
		"мост через реку":       "",
	} {
		got := identity.PasswordProblem(password, zhang, "Zhang San", "", "Acme Trading", "华信贸易")
		require.Equal(t, want, got, password)
	}
}
