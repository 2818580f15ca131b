package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/people"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/query"
)

func (s *Server) mountAccesses() {
	route(s, op("access-log", "GET", v1+"/orgs/{org}/members/{member}/access-log", "members", "Who looked at a member's places and photos, when, and what of them"), s.accessLog)
}

// SeenByView is an access with the reader's name, empty for programs and for those who left without one.
type SeenByView struct {
	query.SeenBy
	Name string `json:"name"`
}

func (s *Server) accessLog(ctx context.Context, in *struct {
	MemberRead
	Paging
}) (*one[List[SeenByView]], error) {
	reads, fresh, org, member, err := s.memberReader(ctx, in.MemberRead.Member, in.Read)
	if err != nil {
		return nil, err
	}
	page, err := reads.Accesses.List(ctx, org, member, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	names := map[domain.Actor]string{}
	for _, seen := range page.Items {
		if _, known := names[seen.Actor]; !known {
			names[seen.Actor] = s.nameOf(ctx, reads, org, seen.Actor)
		}
	}
	return &one[List[SeenByView]]{Fresh: fresh, Body: viewed(page, func(seen *query.SeenBy) SeenByView { return SeenByView{*seen, names[seen.Actor]} })}, nil
}

// nameOf is the name of an actor who is a member of the organization; a log without it is still worth showing.
func (s *Server) nameOf(ctx context.Context, reads *Reads, org domain.ID, actor domain.Actor) string {
	id, err := who.ParseID(actor.ID, "", "")
	if err != nil || actor.Kind != domain.ActorMember {
		return ""
	}
	m, err := reads.Members.One(ctx, org, id)
	if err != nil {
		return ""
	}
	return s.text(ctx, org, m.Name)
}

// auditedFields are those whose reading leaves a trace: where a person was.
var auditedFields = []string{"lat", "lng", "address", "ssid", "bssid", "ip", "note"}

// auditPlaces records that the caller is about to read where a member was, if the facts say so and the caller is
// somebody else; without the record nothing may be shown.
func (s *Server) auditPlaces(ctx context.Context, member domain.ID, purpose string, facts []json.RawMessage) error {
	if !who.AccessOf(ctx).SeesPlaces(member) {
		return nil // it is left out
	}
	var fields []string
	for _, fact := range facts {
		fields = append(fields, sealedPlaces(fact)...)
	}
	slices.Sort(fields)
	return s.audit(ctx, member, purpose, slices.Compact(fields))
}

func sealedPlaces(fact json.RawMessage) (found []string) {
	values := map[string]json.RawMessage{}
	if json.Unmarshal(fact, &values) != nil {
		return nil
	}
	for _, name := range auditedFields {
		if strings.HasPrefix(string(values[name]), `"`+domain.SealPrefix) {
			found = append(found, name)
		}
	}
	return found
}

// audit records that the caller is about to read fields of a member; nothing is recorded about oneself.
func (s *Server) audit(ctx context.Context, member domain.ID, purpose string, fields []string) error {
	a := who.AccessOf(ctx)
	if len(fields) == 0 || a.IsSelf(member) {
		return nil
	}
	asked, _ := ctx.Value(askedKey{}).(asked)
	e := people.SecurityEvent{Kind: people.PlacesRead, Org: a.Org, Actor: a.Actor, Subject: member, Detail: purpose}
	if p := who.PrincipalOf(ctx); p.Account != nil {
		e.Account = *p.Account
	}
	s.config.Service.Security.Note(ctx, e)
	return s.config.Service.Accesses.Record(ctx, commands.Access{
		Org: a.Org, Actor: a.Actor, Via: who.PrincipalOf(ctx).Via, Subjects: []domain.ID{member}, Fields: fields,
		Purpose: purpose, Method: asked.method, Query: asked.uri,
	})
}

// asked is the request as it came, for the hash in the record.
type asked struct{ method, uri string }

type askedKey struct{}

// remember puts the request line into the context, for handlers that see no request.
func remember(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), askedKey{}, asked{r.Method, r.URL.RequestURI()})))
	})
}
