package commands

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/commands/people"
	"github.com/dakahq/daka/domain"
)

// Invitations let people join by a code.
type Invitations struct {
	ledger    *ledger.Ledger
	directory *directory.Directory
	find      finder
	members   *Members
	outbox    *people.Outbox
}

// How long an invitation lasts, and how many may use it.
const (
	invitationHours    = 7 * 24
	maxInvitationHours = 30 * 24
	invitationUses     = 100
	maxInvitationUses  = 10000
)

// IssueInvitation lets people join who know a code.
type IssueInvitation struct {
	// ExpiresInHours is 1 to 720, by default 168.
	ExpiresInHours int `json:"expires_in_hours,omitempty" minimum:"0" maximum:"720" doc:"by default 168"`
	// Uses is how many people may join by it, by default 100.
	Uses       int        `json:"uses,omitempty" minimum:"0" maximum:"10000" doc:"how many people may use it; by default 100"`
	Department *domain.ID `json:"department,omitempty"`
	Group      *domain.ID `json:"group,omitempty"`
	Approval   bool       `json:"approval,omitempty" doc:"people who use it wait for an approval"`
	Member     *domain.ID `json:"member,omitempty" doc:"a provisioned member whom the one person who uses it becomes"`
}

func (r *IssueInvitation) check() error {
	var p domain.Problems
	if r.ExpiresInHours == 0 {
		r.ExpiresInHours = invitationHours
	}
	if r.Uses == 0 {
		r.Uses = invitationUses
	}
	if r.ExpiresInHours < 0 || r.ExpiresInHours > maxInvitationHours {
		p.Add("/expires_in_hours", "must be 1 to 720")
	}
	if r.Uses < 0 || r.Uses > maxInvitationUses {
		p.Add("/uses", "must be 1 to 10000")
	}
	if r.Member != nil {
		if r.Uses = 1; r.Approval || r.Department != nil || r.Group != nil {
			p.Add("/member", "has a department and a group already and needs no approval; name the member alone")
		}
	}
	return p.Err()
}

// Issue makes an invitation; the receipt's id is its own. InvitationCode tells its code.
func (s *Invitations) Issue(ctx context.Context, call ledger.Call, req IssueInvitation) (ledger.Receipt, error) {
	if err := req.check(); err != nil {
		return ledger.Receipt{}, err
	}
	o, err := s.find.organization(ctx, call.Org)
	if err != nil {
		return ledger.Receipt{}, err
	}
	if !openDepartment(o.Departments, req.Department) {
		return ledger.Receipt{}, domain.Refuse("department_not_found", "there is no such open department")
	}
	if req.Group != nil {
		if _, err := s.find.group(ctx, call.Org, *req.Group); err != nil {
			return ledger.Receipt{}, err
		}
	}
	e := domain.InvitationIssued{
		Invitation: domain.ServerID("invitation", call.CommandID), Uses: req.Uses, Department: req.Department, Group: req.Group,
		Approval: req.Approval, Member: req.Member, By: call.Actor,
	}
	code, err := s.Code(ctx, call.Org, e.Invitation)
	if err != nil {
		return ledger.Receipt{}, err
	}
	e.SHA256 = invitationHash(code)
	return s.invite(ctx, call, e, time.Duration(req.ExpiresInHours)*time.Hour)
}

func (s *Invitations) invite(ctx context.Context, call ledger.Call, e domain.InvitationIssued, life time.Duration) (ledger.Receipt, error) {
	activates := func() error { return nil }
	if e.Member != nil {
		m, err := s.find.member(ctx, call.Org, *e.Member)
		if err != nil {
			return ledger.Receipt{}, err
		}
		activates = func() error { return activatable(m) }
	}
	call.Subject = call.Org
	r, err := ledger.HandleClient(ctx, s.ledger, call, domain.InvitationStream(call.Org, e.Invitation), func(st domain.InvitationState, now domain.Instant) ([]domain.Event, error) {
		if err := activates(); err != nil {
			return nil, err
		}
		e.ExpiresAt = domain.At(now.Time().Add(life))
		return st.Issue(e)
	})
	r.ID = e.Invitation
	return r, err
}

func activatable(m directory.Member) error {
	switch {
	case m.Left != "":
		return domain.Refuse("member_left", "this member left on %s; choose a member who is there", m.Left)
	case m.Account != nil:
		return domain.Refuse("member_linked", "this member has an account already; choose a member without one")
	}
	return nil
}

// Revoke ends an invitation before its time.
func (s *Invitations) Revoke(ctx context.Context, call ledger.Call, invitation domain.ID) (ledger.Receipt, error) {
	if _, err := s.find.organization(ctx, call.Org); err != nil {
		return ledger.Receipt{}, err
	}
	call.Subject = call.Org
	r, err := ledger.HandleClient(ctx, s.ledger, call, domain.InvitationStream(call.Org, invitation), func(st domain.InvitationState, _ domain.Instant) ([]domain.Event, error) {
		return st.Revoke()
	})
	r.ID = invitation
	return r, err
}

// ByCode finds the invitation that a code opens, also one that is over.
func (s *Invitations) ByCode(ctx context.Context, code string) (domain.ID, directory.Invitation, error) {
	if err := s.find.requireFresh(ctx); err != nil {
		return domain.ID{}, directory.Invitation{}, err
	}
	org, invitation, found := s.directory.Invitations.ByCode(invitationHash(code))
	if !found {
		return org, invitation, domain.Refuse("invitation_not_found", "there is no such invitation; look at the code again, or ask for a new one")
	}
	return org, invitation, nil
}

// crockford is base 32 without letters that look like digits.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// codeLength is how many characters a code has, of 5 bits each.
const codeLength = 10

// Code is the code of an invitation: it follows from the organization's key, so that nobody has to keep it.
func (s *Invitations) Code(ctx context.Context, org, invitation domain.ID) (string, error) {
	_, key, err := s.ledger.Keys().Key(ctx, org, org)
	if err != nil {
		return "", fmt.Errorf("the key of the organization: %w", err)
	}
	bits := binary.BigEndian.Uint64(key.MAC("daka/invitation/1", invitation[:]))
	code := make([]byte, codeLength)
	for i := range code {
		code[i] = crockford[bits>>(59-5*i)&31]
	}
	return string(code), nil
}

// invitationHash is the lower-case hex of a code's SHA-256, however a person typed it.
func invitationHash(code string) string {
	typed := strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(code))
	sum := sha256.Sum256([]byte(typed))
	return hex.EncodeToString(sum[:])
}
