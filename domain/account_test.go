package domain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

func TestAccountDecisions(t *testing.T) {
	registered := domain.AccountRegistered{Account: anna, Phone: domain.Private("+8613800138000"), Language: "zh"}
	name := domain.Private("Anna")
	decide(t, []row[domain.AccountState]{
		{name: "a person registers", when: func(s domain.AccountState) ([]domain.Event, error) { return s.Register(registered) }, then: []domain.Event{registered}},
		{name: "an account is made once", given: []domain.Event{registered},
			when:    func(s domain.AccountState) ([]domain.Event, error) { return s.Register(registered) },
			refusal: "account_exists: the account exists already; sign in"},
		{name: "an erased account does not come back", given: []domain.Event{registered, domain.AccountErased{}},
			when:    func(s domain.AccountState) ([]domain.Event, error) { return s.Register(registered) },
			refusal: "account_not_found: there is no such account"},
		{name: "nobody's profile cannot change",
			when: func(s domain.AccountState) ([]domain.Event, error) {
				return s.Change(domain.AccountChanged{Name: name})
			},
			refusal: "account_not_found: there is no such account"},
		{name: "a personal part always counts", given: []domain.Event{registered},
			when: func(s domain.AccountState) ([]domain.Event, error) {
				return s.Change(domain.AccountChanged{Name: name})
			},
			then: []domain.Event{domain.AccountChanged{Name: name}}},
		{name: "what stays the same is left out", given: []domain.Event{registered, domain.AccountChanged{Avatar: ptr("cafe")}},
			when: func(s domain.AccountState) ([]domain.Event, error) {
				return s.Change(domain.AccountChanged{Language: ptr("zh"), Avatar: ptr("cafe")})
			}},
		{name: "an avatar is taken away", given: []domain.Event{registered, domain.AccountChanged{Avatar: ptr("cafe")}},
			when: func(s domain.AccountState) ([]domain.Event, error) {
				return s.Change(domain.AccountChanged{Avatar: ptr("")})
			},
			then: []domain.Event{domain.AccountChanged{Avatar: ptr("")}}},
		{name: "an account is erased", given: []domain.Event{registered},
			when: func(s domain.AccountState) ([]domain.Event, error) { return s.Erase() }, then: []domain.Event{domain.AccountErased{}}},
		{name: "and once only", given: []domain.Event{registered, domain.AccountErased{}},
			when: func(s domain.AccountState) ([]domain.Event, error) { return s.Erase() }},
		{name: "nobody cannot be erased", when: func(s domain.AccountState) ([]domain.Event, error) { return s.Erase() },
			refusal: "account_not_found: there is no such account"},
	})
}

func TestPhones(t *testing.T) {
	for text, want := range map[string]string{
		"13800138000": "+8613800138000", " 138 0013-8000 ": "+8613800138000", "+86 138 0013 8000": "+8613800138000", "008613800138000": "+8613800138000",
		"１３８００１３８０００": "+8613800138000", "+49 (30) 901820": "+4930901820", "+1 415.555.2671": "+14155552671",
	} {
		got, err := domain.Phone(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "110", "12800138000", "8613800138000", "+86 1380013800", "+8621123456789", "+0123456789", "+1234567", "+1234567890123456", "+4930x01820", "+", "abc"} {
		_, err := domain.Phone(text)
		require.ErrorContains(t, err, "phone_invalid", text)
	}
}

func TestEmails(t *testing.T) {
	for text, want := range map[string]string{" Li@Example.ORG ": "li@example.org", "a.b+c@d.co": "a.b+c@d.co", "张三@例子.中国": "张三@例子.中国"} {
		got, err := domain.Email(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"", "a", "@b.c", "a@b", "a@b@c.d", "a b@c.d", "a@.c", "a@c.", "a..b@c.d", "a\r\nBcc: x@y.z", "<a@b.c>", strings.Repeat("a", 250) + "@b.cd"} {
		_, err := domain.Email(text)
		require.EqualError(t, err, "email_invalid: the e-mail address cannot be read; write it such as name@example.org", text)
	}
}
