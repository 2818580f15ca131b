package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

func TestHandleDecisions(t *testing.T) {
	type S = domain.HandleState
	mine := domain.HandleClaimed{Org: anna, Handle: "acme"}
	back := domain.HandleReleased{Org: anna, Handle: "acme"}
	claim := func(org domain.ID) func(S) ([]domain.Event, error) {
		return func(s S) ([]domain.Event, error) { return s.Claim(org, "acme") }
	}
	release := func(org domain.ID) func(S) ([]domain.Event, error) {
		return func(s S) ([]domain.Event, error) { return s.Release(org, "acme") }
	}
	decide(t, []row[S]{
		{name: "claimed", when: claim(anna), then: []domain.Event{mine}},
		{name: "claimed twice", given: []domain.Event{mine}, when: claim(anna)},
		{name: "claimed by another", given: []domain.Event{mine}, when: claim(ben), refusal: "handle_taken: the handle acme belongs to another organization; choose another"},
		{name: "released", given: []domain.Event{mine}, when: release(anna), then: []domain.Event{back}},
		{name: "released by another", given: []domain.Event{mine}, when: release(ben)},
		{name: "claimed after it was released", given: []domain.Event{mine, back}, when: claim(ben), then: []domain.Event{domain.HandleClaimed{Org: ben, Handle: "acme"}}},
	})
}

func TestTheFormOfHandles(t *testing.T) {
	for _, good := range []string{"abc", "0-9", "qingsong-2", "abcdefghijklmnopqrstuvwxyz012345"} {
		var p domain.Problems
		p.Handle("/handle", good)
		require.NoError(t, p.Err(), good)
	}
	for _, bad := range []string{"", "ab", "-ab", "ab-", "Abc", "a b", "a.b", "青松", "a_b", "abcdefghijklmnopqrstuvwxyz0123456", "abc\n", "a@b"} {
		var p domain.Problems
		p.Handle("/handle", bad)
		require.EqualError(t, p.Err(), "request_invalid: /handle must have 3 to 32 of a-z, 0-9 and -, and begin and end with a letter or digit", "%q", bad)
	}
}
