package reveal

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
)

// auditedFields are those whose reading leaves a trace: where a person was.
var auditedFields = []string{"lat", "lng", "address", "ssid", "bssid", "ip", "note"}

// Looks records who reads where a member was.
type Looks struct {
	security *people.Security
	accesses *commands.Accesses
}

// NewLooks writes to the ledger and to the security log.
func NewLooks(security *people.Security, accesses *commands.Accesses) *Looks {
	return &Looks{security: security, accesses: accesses}
}

// Places records that the caller is about to read where a member was, if the facts say so and the caller is
// somebody else; without the record nothing may be shown.
func (l *Looks) Places(ctx context.Context, member domain.ID, purpose string, facts []json.RawMessage) error {
	if !who.AccessOf(ctx).SeesPlaces(member) {
		return nil // it is left out
	}
	var fields []string
	for _, fact := range facts {
		fields = append(fields, sealedPlaces(fact)...)
	}
	slices.Sort(fields)
	return l.Record(ctx, member, purpose, slices.Compact(fields))
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

// Record records that the caller is about to read fields of a member; nothing is recorded about oneself.
func (l *Looks) Record(ctx context.Context, member domain.ID, purpose string, fields []string) error {
	a := who.AccessOf(ctx)
	if len(fields) == 0 || a.IsSelf(member) {
		return nil
	}
	asked, _ := ctx.Value(askedKey{}).(asked)
	e := people.SecurityEvent{Kind: people.PlacesRead, Org: a.Org, Actor: a.Actor, Subject: member, Detail: purpose}
	if p := who.PrincipalOf(ctx); p.Account != nil {
		e.Account = *p.Account
	}
	l.security.Note(ctx, e)
	return l.accesses.Record(ctx, commands.Access{
		Org: a.Org, Actor: a.Actor, Via: who.PrincipalOf(ctx).Via, Subjects: []domain.ID{member}, Fields: fields,
		Purpose: purpose, Method: asked.method, Query: asked.uri,
	})
}

// subjectsInOne is how many members one record names.
const subjectsInOne = 1000

// Exported records that the caller is about to take a file about members away; fields say what of them. Nothing is recorded about oneself.
func (l *Looks) Exported(ctx context.Context, purpose string, fields []string, subjects []domain.ID) error {
	a := who.AccessOf(ctx)
	others := slices.DeleteFunc(slices.Clone(subjects), a.IsSelf)
	fields = slices.DeleteFunc(slices.Clone(fields), func(field string) bool { return field == "" })
	asked, _ := ctx.Value(askedKey{}).(asked)
	for some := range slices.Chunk(others, subjectsInOne) {
		err := l.accesses.Record(ctx, commands.Access{Org: a.Org, Actor: a.Actor, Via: who.PrincipalOf(ctx).Via, Subjects: some, Fields: fields,
			Purpose: purpose, Method: asked.method, Query: asked.uri})
		if err != nil {
			return err
		}
	}
	return nil
}

// asked is the request as it came, for the hash in the record.
type asked struct{ method, uri string }

type askedKey struct{}

// Remember puts the request line into the context, for handlers that see no request.
func Remember(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), askedKey{}, asked{r.Method, r.URL.RequestURI()})))
	})
}
