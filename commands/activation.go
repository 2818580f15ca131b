package commands

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/commands/people"
	"github.com/dakahq/daka/domain"
)

// Activation is the word to a provisioned member that the membership waits for an account.
type Activation struct {
	Invitation, Member domain.ID
	Code               string
	// Link opens the activation, empty where the server does not know its own address.
	Link string
	// Language is en or zh.
	Language string
}

// SendActivation sends the code to the member's e-mail, else to the phone. It says by which channel, empty when the member has neither or
// nothing can be sent; the code then has to be handed over in another way.
func (s *Invitations) SendActivation(ctx context.Context, org domain.ID, a Activation) (channel string) {
	m := people.Message{ID: a.Invitation, Purpose: "activation", Code: a.Code, Language: a.Language}
	if m.Channel, m.To = s.contactOf(ctx, org, a.Member); m.To == "" {
		return ""
	}
	o, _ := s.directory.Organization(org)
	m.Text = activationText(o.Name, a)
	if err := s.outbox.Send(ctx, m); err != nil {
		s.ledger.Logger().WarnContext(ctx, "an activation could not be sent; its code is in the list of invitations", slog.Any("org", org), slog.Any("invitation", a.Invitation), slog.Any("error", err))
		return ""
	}
	if !s.outbox.Reaches() {
		return ""
	}
	return m.Channel
}

func activationText(name string, a Activation) string {
	switch {
	case a.Language == "zh" && a.Link == "":
		return fmt.Sprintf("%s 已为您在打卡中建立了成员身份，请登录后在“加入企业”中输入邀请码 %s 领取。", name, a.Code)
	case a.Language == "zh":
		return fmt.Sprintf("%s 已为您在打卡中建立了成员身份，请打开 %s，或输入邀请码 %s 领取。", name, a.Link, a.Code)
	case a.Link == "":
		return fmt.Sprintf("%s has prepared your membership on daka. Sign in and enter the code %s under “Join an organization” to take it.", name, a.Code)
	}
	return fmt.Sprintf("%s has prepared your membership on daka. Open %s or enter the code %s to take it.", name, a.Link, a.Code)
}

// contactOf opens what the member's stream says last about e-mail and phone.
func (s *Invitations) contactOf(ctx context.Context, org, member domain.ID) (channel, to string) {
	_, events, err := ledger.FoldStream[domain.MemberState](ctx, s.ledger, domain.MemberStream(org, member))
	if err != nil {
		return "", ""
	}
	var email, phone string
	for _, e := range events {
		switch clear := s.ledger.Reveal(ctx, e).(type) {
		case domain.MemberProvisioned:
			email, phone = plain(clear.Email), plain(clear.Phone)
		case domain.MemberChanged:
			if clear.Email != nil {
				email = plain(clear.Email)
			}
			if clear.Phone != nil {
				phone = plain(clear.Phone)
			}
		}
	}
	if email != "" {
		return people.ChannelEmail, email
	}
	return people.ChannelSMS, phone
}

// activationHours is how long a provisioned member has to take the membership over.
const activationHours = maxInvitationHours

// ProvisionAndInvite provisions a member and invites the person to take the membership over; the second command follows from the first, so a
// retry finishes what stopped. The first receipt is the member's, the second the invitation's.
func (s *Invitations) ProvisionAndInvite(ctx context.Context, call ledger.Call, req ProvisionMember) (member, invitation ledger.Receipt, err error) {
	if member, err = s.members.Provision(ctx, call, req); err != nil {
		return member, invitation, err
	}
	after := call.Effect(member.Events[0], 1)
	invitation, err = s.Issue(ctx, after, IssueInvitation{Member: &member.ID, ExpiresInHours: activationHours})
	return member, invitation, err
}
