// Package badge serves the numbers of a member: the 工号, and what machines and files know the member by.
package badge

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/dakahq/daka/api/limit"
	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/query"
)

// Badges are the routes.
type Badges struct {
	Reads     *read.Side
	Commands  *commands.Badges
	Directory *directory.Directory
}

const path = limit.Root + "/orgs/{org}/members/{member}/badges"

// Mount registers the routes.
func (b *Badges) Mount(r *route.Router) {
	route.Handle(r, route.Op("badges", "GET", path, "members", "The numbers that a member has or had"), b.list)
	route.MemberCommand(r, route.Op("add-badge", "POST", path, "members", "Give a member another number, by which machines, files and devices know them"), b.add)
	route.Command(r, route.Op("remove-badge", "DELETE", path+"/{number}", "members", "Take a machine's number from a member; punches under it stay"), b.remove)
}

func (b *Badges) list(ctx context.Context, in *read.MemberRead) (*read.One[read.List[query.Badge]], error) {
	reads, fresh, org, member, err := b.Reads.MemberReader(ctx, in.Member, in.Read)
	if err != nil {
		return nil, err
	}
	items, err := reads.Members.Badges(ctx, org, member)
	return &read.One[read.List[query.Badge]]{Fresh: fresh, Body: read.List[query.Badge]{Items: items}}, err
}

func (b *Badges) add(ctx context.Context, c ledger.Call, member domain.ID, req commands.AddBadge) (ledger.Receipt, error) {
	req.Member = member
	return b.Commands.Add(ctx, c, req)
}

// removal is when a number is taken back.
type removal struct {
	Until domain.Date `json:"until,omitempty" doc:"the last day, inclusive; today where it is left out. A day before the first one undoes a mistake"`
}

func (b *Badges) remove(ctx context.Context, in *struct {
	route.Write
	route.Member
	Number string `path:"number"`
	Body   *removal
}) (*route.Written, error) {
	org, member, err := in.Member.IDs(ctx)
	if err != nil {
		return nil, err
	}
	call, err := in.Call(ctx, org, member)
	if err != nil {
		return nil, err
	}
	if in.Member.Member == "me" {
		call.Path = strings.Replace(call.Path, "/members/me", "/members/"+member.String(), 1)
	}
	req := commands.RemoveBadge{Member: member, Number: b.named(org, member, in.Number)}
	if in.Body != nil {
		req.Until = in.Body.Until
	}
	return route.Receipt(b.Commands.Remove(ctx, call, req))
}

// named is the number in a path. One with a slash comes escaped; what the member has as it stands is not read otherwise.
func (b *Badges) named(org, member domain.ID, text string) string {
	has := func(badge directory.Badge) bool { return badge.Number == text }
	if plain, err := url.PathUnescape(text); err == nil && !slices.ContainsFunc(b.Directory.Badges.Of(org, member), has) {
		return plain
	}
	return text
}
