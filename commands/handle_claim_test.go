package commands_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

func TestAHandleFollowsFromTheName(t *testing.T) {
	for name, want := range map[string]string{
		"青松": "qingsong", "青松贸易有限公司": "qingsongmaoyi", "Acme": "acme", "Acme Works Co., Ltd.": "acme-works", "AT&T": "at-t",
		"黎明软件 Daybreak Software": "lmrj-daybreak-software", "北京青松国际文化传播股份有限公司": "bjqsgjwhcb", "Ünïted Çafé": "united-cafe",
		"Газпром": "gazprom", "A": "a-org", "!!!": "org", "": "org", "7-Eleven": "7-eleven", "supercalifragilisticexpialidocious": "supercalifragilisticexpi",
	} {
		require.Equal(t, want, commands.DeriveHandle(name), name)
		var p domain.Problems
		p.Handle("/handle", commands.DeriveHandle(name))
		require.NoError(t, p.Err(), name)
	}
}

func (c *company) foundWith(handle string, name string) (domain.ID, error) {
	c.t.Helper()
	r, err := c.Organizations.Create(c.t.Context(), c.call(), commands.CreateOrganization{Name: name, Handle: handle, NameHandle: true})
	return r.ID, err
}

// TestAHandleIsOneOrganizations, whatever its name: the second of a name gets a number.
func TestAHandleIsOneOrganizations(t *testing.T) {
	c := newCompany(t)
	first, err := c.foundWith("", "青松")
	require.NoError(t, err)
	second, err := c.foundWith("", "青松")
	require.NoError(t, err)
	for handle, want := range map[string]domain.ID{"qingsong": first, "qingsong-2": second} {
		org, named := c.Directory.OrganizationByHandle(handle)
		require.True(t, named, handle)
		require.Equal(t, want, org)
		require.Equal(t, []domain.Event{domain.HandleClaimed{Org: want, Handle: handle}}, c.events(domain.HandleStream(handle)))
	}
	require.Equal(t, "qingsong-3", c.Handles.Propose("青松"))
	_, err = c.foundWith("qingsong", "Other")
	requireRefusal(t, err, "handle_taken", "the handle qingsong belongs to another organization; choose another")
	_, err = c.foundWith("Q", "Other")
	requireRefusal(t, err, "request_invalid", "/handle must have 3 to 32 of a-z, 0-9 and -, and begin and end with a letter or digit")
}

// TestFoundingThatStoppedAfterItsHandleIsFinishedByARetry, under the same handle.
func TestFoundingThatStoppedAfterItsHandleIsFinishedByARetry(t *testing.T) {
	c := newCompany(t)
	call := c.call()
	req := commands.CreateOrganization{Name: "Acme", NameHandle: true}
	c.stopAfter("HandleClaimed", func(ctx context.Context, s *commands.Service) error {
		_, err := s.Organizations.Create(ctx, call, req)
		return err
	})
	require.Zero(t, c.count()["OrganizationCreated"])
	for range 2 {
		r, err := c.Organizations.Create(t.Context(), call, req)
		require.NoError(t, err)
		o, _ := c.Directory.Organization(r.ID)
		require.Equal(t, "acme", o.Handle)
	}
	require.Equal(t, map[string]int{"HandleClaimed": 1, "OrganizationCreated": 1, "OrganizationChanged": 1}, c.count())
}

// TestOwnersChangeTheHandle alone, and the one before is free again, also after a crash in between.
func TestOwnersChangeTheHandle(t *testing.T) {
	c := newCompany(t)
	boss := c.founded(uuid.New())
	clerk := c.hire("2", nil)
	c.grant(clerk, domain.RoleHR)
	change := func(s *commands.Service, call ledger.Call, handle string) error {
		_, err := s.Organizations.Change(t.Context(), call, commands.ChangeOrganization{Handle: &handle})
		return err
	}
	token := c.program(boss, "mine")
	for _, call := range []ledger.Call{as(c.call(), clerk), acting(c.call(), token)} {
		requireRefusal(t, change(c.Service, call, "acme"), "handle_owner", "only an owner changes the organization's handle, for everybody signs in with it")
	}
	require.NoError(t, change(c.Service, as(c.call(), boss), "acme"))
	require.NoError(t, change(c.Service, as(c.call(), boss), "acme"), "nothing to change")
	call := as(c.call(), boss)
	c.stopAfter("OrganizationChanged", func(ctx context.Context, s *commands.Service) error {
		handle := "acme-works"
		_, err := s.Organizations.Change(ctx, call, commands.ChangeOrganization{Handle: &handle})
		return err
	})
	_, err := c.foundWith("acme", "Other")
	requireRefusal(t, err, "handle_taken", "the handle acme belongs to another organization; choose another")
	require.NoError(t, change(c.Service, call, "acme-works"))
	require.Len(t, c.events(domain.HandleStream("acme")), 2)
	other, err := c.foundWith("acme", "Other")
	require.NoError(t, err)
	for range 2 { // a late retry does not take what another has now
		require.NoError(t, change(c.Service, call, "acme-works"))
	}
	org, _ := c.copyReady().Directory.OrganizationByHandle("acme")
	require.Equal(t, other, org, "also for who reads it all again")
	o, _ := c.Directory.Organization(c.org)
	require.Equal(t, "acme-works", o.Handle)
}

func (c *company) copyReady() *commands.Service {
	s := c.copy()
	require.NoError(c.t, s.Directory.Fresh(c.t.Context()))
	return s
}

// TestTwoClaimAHandleAtOnce, and one gets it.
func TestTwoClaimAHandleAtOnce(t *testing.T) {
	c := newCompany(t)
	other := c.copyReady()
	require.NoError(t, c.Directory.Fresh(t.Context()))
	outcomes := make(chan error, 2)
	for _, s := range []*commands.Service{c.Service, other} {
		call := c.call()
		go func() {
			_, err := s.Organizations.Create(t.Context(), call, commands.CreateOrganization{Name: "Acme", Handle: "acme"})
			outcomes <- err
		}()
	}
	failed := 0
	for range 2 {
		if err := <-outcomes; err != nil {
			requireRefusal(t, err, "handle_taken", "the handle acme belongs to another organization; choose another")
			failed++
		}
	}
	require.Equal(t, 1, failed)
}
