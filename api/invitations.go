package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"rsc.io/qr"

	"github.com/dakahq/daka/api/limit"
	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// invitations bring people in, with their accounts.
type invitations struct {
	use         *commands.Service
	directory   *directory.Directory
	router      *route.Router
	now         func() time.Time
	enumeration *limit.Enumeration
	publicURL   string
	tempDir     string
}

func (s *invitations) mountInvitations() {
	const path = v1 + "/orgs/{org}/invitations"
	issue := route.Op("issue-invitation", "POST", path, "joining", "Invite by a link, a code and a QR code")
	issue.DefaultStatus = http.StatusCreated
	route.Handle(s.router, issue, s.issueInvitation)
	route.Handle(s.router, route.Op("invitations", "GET", path, "joining", "Invitations, the newest first"), s.invitations)
	route.Command(s.router, route.Op("revoke-invitation", "DELETE", path+"/{invitation}", "joining", "Take an invitation back; who has joined by it stays"), s.revokeInvitation)
	route.Handle(s.router, route.Op("invitation", "GET", v1+"/invitations/{code}", "joining", "What an invitation opens, for who is about to use it"), s.invitation)
}

// InvitationView is an invitation for those who manage it.
type InvitationView struct {
	ID         domain.ID    `json:"id"`
	Code       string       `json:"code" doc:"what a person types"`
	Link       string       `json:"link"`
	QR         string       `json:"qr" doc:"the link as a QR code, an SVG image"`
	ExpiresAt  time.Time    `json:"expires_at"`
	Uses       int          `json:"uses"`
	Used       int          `json:"used"`
	Department *domain.ID   `json:"department"`
	Group      *domain.ID   `json:"group"`
	Approval   bool         `json:"approval"`
	Member     *domain.ID   `json:"member" doc:"the provisioned member whom the person becomes"`
	State      string       `json:"state" enum:"open,used_up,expired,revoked"`
	By         domain.Actor `json:"by"`
}

func (s *invitations) viewInvitation(ctx context.Context, base string, org domain.ID, i *directory.Invitation) (InvitationView, error) {
	code, err := s.use.Invitations.Code(ctx, org, i.Invitation)
	if err != nil {
		return InvitationView{}, err
	}
	v := InvitationView{
		ID: i.Invitation, Code: code[:5] + "-" + code[5:], Link: joinLink(s.publicURL, base, code), ExpiresAt: i.ExpiresAt.Time(), Uses: i.Uses, Used: len(i.Used),
		Department: i.Department, Group: i.Group, Approval: i.Approval, Member: i.Member, State: invitationState(i, s.now()), By: i.By,
	}
	v.QR, err = qrSVG(v.Link)
	return v, err
}

func invitationState(i *directory.Invitation, now time.Time) string {
	switch {
	case i.Revoked:
		return "revoked"
	case len(i.Used) >= i.Uses:
		return "used_up"
	case !i.Open(now):
		return "expired"
	}
	return "open"
}

// Issued is the receipt of an invitation and the invitation itself.
type Issued struct {
	ledger.Receipt
	Invitation InvitationView `json:"invitation"`
	Sent       string         `json:"sent,omitempty" enum:"email,sms" doc:"how a provisioned member was told; left out when nothing was sent"`
}

func (s *invitations) issueInvitation(ctx context.Context, in *route.OrgWrite[commands.IssueInvitation]) (*route.RichAnswer[Issued], error) {
	org, err := in.Org.ID()
	if err != nil {
		return nil, err
	}
	call, err := in.Call(ctx, org, org)
	if err != nil {
		return nil, err
	}
	r, err := s.use.Invitations.Issue(ctx, call, in.Body)
	if err != nil {
		return nil, err
	}
	body := Issued{Receipt: r}
	if body.Invitation, err = s.issuedInvitation(ctx, in.Base(), org, r); err != nil {
		return nil, err
	}
	if body.Invitation.Member != nil {
		body.Sent = s.tell(ctx, org, body.Invitation)
	}
	return route.AnswerWith(&body.Receipt, &body), nil
}

// issuedInvitation waits until the directory has what was just written, perhaps by another copy.
func (s *invitations) issuedInvitation(ctx context.Context, base string, org domain.ID, r ledger.Receipt) (InvitationView, error) {
	wait, cancel := context.WithTimeout(ctx, who.AccessWait)
	defer cancel()
	if err := s.directory.WaitFor(wait, r.Stream, r.Revision); err != nil {
		return InvitationView{}, fmt.Errorf("%w: %w", directory.ErrStale, err)
	}
	i, _ := s.directory.Invitations.Get(org, r.ID)
	return s.viewInvitation(ctx, base, org, &i)
}

// invitations reads the directory: an organization has few of them, and they hold nothing personal.
func (s *invitations) invitations(ctx context.Context, in *struct {
	route.Org
	Origin route.Origin
}) (*read.ListOf[InvitationView], error) {
	org, err := in.Org.ID()
	if err != nil {
		return nil, err
	}
	all := s.directory.Invitations.All(org)
	slices.SortFunc(all, func(a, b directory.Invitation) int {
		if order := b.ExpiresAt.Time().Compare(a.ExpiresAt.Time()); order != 0 {
			return order
		}
		return strings.Compare(a.Invitation.String(), b.Invitation.String())
	})
	out := &read.ListOf[InvitationView]{Body: read.List[InvitationView]{Items: []InvitationView{}}}
	for i := range all {
		v, err := s.viewInvitation(ctx, in.Origin.Base(), org, &all[i])
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, v)
	}
	return out, nil
}

func (s *invitations) revokeInvitation(ctx context.Context, in *struct {
	route.Head
	route.Org
	Invitation string `path:"invitation"`
}) (*route.Written, error) {
	org, err := in.Org.ID()
	if err != nil {
		return nil, err
	}
	id, err := who.ParseID(in.Invitation, "invitation_not_found", "invitation")
	if err != nil {
		return nil, err
	}
	call, err := in.Call(ctx, org, org)
	if err != nil {
		return nil, err
	}
	return route.Receipt(s.use.Invitations.Revoke(ctx, call, id))
}

// Invited is what a person sees who is about to use an invitation.
type Invited struct {
	Org        FoundOrganization `json:"org"`
	Department string            `json:"department" doc:"where the person will be, empty for nowhere in particular"`
	Approval   bool              `json:"approval" doc:"somebody of the organization must answer"`
	Activation bool              `json:"activation" doc:"the person is known there already; no name is asked for"`
	State      string            `json:"state" enum:"open,used_up,expired,revoked"`
	ExpiresAt  time.Time         `json:"expires_at"`
}

func (s *invitations) invitation(ctx context.Context, in *struct {
	Code string `path:"code" maxLength:"40" doc:"as a person types it"`
}) (*read.One[Invited], error) {
	if err := s.enumeration.Take(who.PrincipalOf(ctx).Account); err != nil {
		return nil, err
	}
	org, i, err := s.use.Invitations.ByCode(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	o, _ := s.directory.Organization(org)
	v := Invited{
		Org: FoundOrganization{ID: org, Name: o.Name, Industry: o.Industry}, Approval: i.Approval, Activation: i.Member != nil,
		State: invitationState(&i, s.now()), ExpiresAt: i.ExpiresAt.Time(),
	}
	if i.Department != nil {
		v.Department = o.Departments[*i.Department].Name
	}
	return &read.One[Invited]{Body: v}, nil
}

// qrBorder is the quiet zone that the standard asks for, in modules.
const qrBorder = 4

// qrSVG draws a text as a QR code; one path holds all dark modules.
func qrSVG(text string) (string, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("draw the QR code of a link of %d bytes: %w", len(text), err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+qrBorder, y+qrBorder)
			}
		}
	}
	side := code.Size + 2*qrBorder
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="%s"/></svg>`,
		side, side, side, side, path.String()), nil
}
