package api

import (
	"context"
	"time"

	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/reveal"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
)

// proposals are roles that wait for a second owner.
type proposals struct {
	directory *directory.Directory
	reads     *read.Side
	values    *reveal.Values
	router    *route.Router
}

func (s *proposals) mountProposals() {
	route.Handle(s.router, route.Op("role-proposals", "GET", v1+"/orgs/{org}/role-proposals", "members", "Auditors and owners whom one owner proposed, owners who shall be none any more, and owners who would be HR: another owner has to confirm; the oldest first"), s.proposals)
}

// ProposalView is a role that waits for the word of a second owner.
type ProposalView struct {
	Member domain.ID   `json:"member"`
	Number string      `json:"number"`
	Name   string      `json:"name"`
	Role   domain.Role `json:"role" enum:"owner,auditor,hr"`
	// Removal says that the member shall be an owner no longer.
	Removal bool         `json:"removal" doc:"the member shall be an owner no longer"`
	By      domain.Actor `json:"by" doc:"who proposed it; somebody else confirms"`
	ByName  string       `json:"by_name"`
	At      time.Time    `json:"at"`
	Mine    bool         `json:"mine" doc:"the caller proposed it, and cannot confirm it"`
	Text    route.Words  `json:"text"`
	// Method and Path are where another owner confirms, or takes it back.
	Method string `json:"method"`
	Path   string `json:"path"`
}

func (s *proposals) proposals(ctx context.Context, in *read.OrgRead) (*read.One[read.List[ProposalView]], error) {
	return read.Of(ctx, s.reads, *in, func(r *projections.Engine, org domain.ID) (read.List[ProposalView], error) {
		out := read.List[ProposalView]{Items: []ProposalView{}}
		for _, p := range s.directory.Proposals(org) {
			out.Items = append(out.Items, s.viewProposal(ctx, r, org, p))
		}
		return out, nil
	})
}

func (s *proposals) viewProposal(ctx context.Context, r *projections.Engine, org domain.ID, p directory.Proposal) ProposalView {
	text := route.InBoth(`shall be an owner: another owner sends {"owner": true}, or false to refuse`, `拟任所有者：由另一位所有者提交 {"owner": true} 确认，或 false 驳回`)
	switch {
	case p.Removal:
		text = route.InBoth(`shall be an owner no longer: another owner sends {"owner": false}, or true to refuse`, `拟撤销所有者：由另一位所有者提交 {"owner": false} 确认，或 true 驳回`)
	case p.Role == domain.RoleHR:
		text = route.InBoth("an owner would be HR, too: another owner sends the member's roles with hr among them, or without it to refuse", "所有者拟兼任人事：由另一位所有者提交包含 hr 的角色列表确认，或不包含以驳回")
	case p.Role == domain.RoleAuditor:
		text = route.InBoth("shall be an auditor: another owner sends the member's roles with auditor among them, or without it to refuse", "拟任审计员：由另一位所有者提交包含 auditor 的角色列表确认，或不包含以驳回")
	}
	m, _ := s.directory.Member(org, p.Member)
	return ProposalView{
		Member: p.Member, Number: m.Number, Name: nameOf(ctx, s.values, r, org, domain.Actor{Kind: domain.ActorMember, ID: p.Member.String()}),
		Role: p.Role, Removal: p.Removal, By: p.By, ByName: nameOf(ctx, s.values, r, org, p.By), At: p.At.Time(), Mine: p.By == route.ActorOf(ctx),
		Text: text, Method: "PUT", Path: v1 + "/orgs/" + org.String() + "/members/" + p.Member.String() + "/roles",
	}
}
