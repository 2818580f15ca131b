package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/domain"
)

// TestWhyAPasswordIsWeak: the reason is said in both languages.
func TestWhyAPasswordIsWeak(t *testing.T) {
	for _, password := range []string{"short", "password123", "woaini1314520", "19900101zhang", "13912345678", "Qwer!2345678", "zhangsan99", "\xff0123456789", string(make([]rune, 129))} {
		text := identity.PasswordProblem(password, "Zhang San")
		require.NotEmpty(t, text, password)
		refusal := &domain.Refusal{Code: "password_weak", Text: "the password " + text, Args: []any{text}}
		require.Equal(t, "the password "+text, problem.Refused(t.Context(), refusal).Detail)
		zh := problem.Refused(problem.Speaking(t.Context(), problem.Chinese), refusal).Detail
		require.Regexp(t, `^这个密码\p{Han}`, zh, password)
		require.NotRegexp(t, `[a-z]{3}`, zh)
	}
}
