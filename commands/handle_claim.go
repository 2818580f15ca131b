package commands

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/mozillazg/go-unidecode"
	"golang.org/x/text/unicode/norm"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// Handles are the sign-in names of organizations.
type Handles struct {
	ledger    *ledger.Ledger
	directory *directory.Directory
	find      finder
}

// handleTries is how many numbers are tried behind a handle that is taken, before the organization's id stands there.
const handleTries = 50

// proposedLimit is how long a proposed handle is, so that a number fits behind it.
const proposedLimit = 24

// legalForm is what a company's name ends with and nobody says.
var legalForm = regexp.MustCompile(`(?i)(股份有限公司|有限责任公司|有限公司|集团公司|公司|[\s,]+(co|inc|ltd|llc|plc|corp|gmbh|limited|company)\.?)+[\s.]*$`)

// DeriveHandle makes a handle out of a name: letters as they are, Chinese by pinyin, other scripts by sound. A long one has initials in
// place of syllables.
func DeriveHandle(name string) string {
	name = legalForm.ReplaceAllString(strings.TrimSpace(norm.NFKC.String(name)), "")
	handle := spell(name, func(syllable string) string { return syllable })
	if len(handle) > proposedLimit {
		handle = spell(name, func(syllable string) string { return syllable[:1] })
	}
	if len(handle) > proposedLimit {
		handle = handle[:proposedLimit]
		if at := strings.LastIndexByte(handle, '-'); at >= domain.HandleLeast {
			handle = handle[:at]
		}
	}
	handle = strings.Trim(handle, "-")
	switch {
	case handle == "":
		return "org"
	case len(handle) < domain.HandleLeast:
		return handle + "-org"
	}
	return handle
}

// spell writes a name in a-z, 0-9 and -; han writes a Chinese character's syllable.
func spell(name string, han func(syllable string) string) string {
	var b strings.Builder
	gap := false
	for _, r := range name {
		word := strings.Map(plainLetter, strings.ToLower(unidecode.Unidecode(string(r))))
		if word == "" {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		if unicode.Is(unicode.Han, r) {
			word = han(word)
		}
		b.WriteString(word)
	}
	return b.String()
}

func plainLetter(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// handlesFor are the handles that a name gives, in the order in which they are tried.
func handlesFor(name string, org domain.ID) []string {
	base := DeriveHandle(name)
	out := []string{base}
	for i := 2; i <= handleTries; i++ {
		out = append(out, fmt.Sprintf("%s-%d", base, i))
	}
	return append(out, strings.TrimRight(base[:min(len(base), 20)], "-")+"-"+org.String()[:8])
}

// Propose is the first handle that a name gives and no organization names; another may claim it meanwhile.
func (s *Handles) Propose(name string) string {
	all := handlesFor(name, domain.ID{})
	for _, handle := range all {
		if _, taken := s.directory.OrganizationByHandle(handle); !taken {
			return handle
		}
	}
	return all[len(all)-1]
}

// found claims the handle of an organization that is being founded: the one asked for, or the first free one that the name gives. A
// retry finds what it claimed before.
func (s *Handles) found(ctx context.Context, call ledger.Call, req CreateOrganization) (string, error) {
	if req.Handle != "" || !req.NameHandle {
		return req.Handle, s.claim(ctx, call, req.Handle)
	}
	st, _, err := ledger.FoldStream[domain.OrganizationState](ctx, s.ledger, domain.OrgStream(call.Org))
	if err != nil || st.Exists {
		return st.Handle, err
	}
	for _, handle := range handlesFor(req.Name, call.Org) {
		if owner, taken := s.directory.OrganizationByHandle(handle); taken && owner != call.Org {
			continue
		}
		err = s.claim(ctx, call, handle)
		if refusal := (*domain.Refusal)(nil); errors.As(err, &refusal) && refusal.Code == "handle_taken" {
			continue
		}
		return handle, err
	}
	return "", err
}

// claim reserves a handle before the organization names it (events §1); an empty one is none.
func (s *Handles) claim(ctx context.Context, call ledger.Call, name string) error {
	if name == "" {
		return nil
	}
	org := call.Org
	call.Org, call.Subject = domain.ID{}, org
	_, err := ledger.HandleClient(ctx, s.ledger, call, domain.HandleStream(name), func(st domain.HandleState, _ domain.Instant) ([]domain.Event, error) {
		return st.Claim(org, name)
	})
	return err
}

// mayName refuses who may not change the handle: it is the owners', whatever else a program or HR may do.
func (s *Handles) mayName(ctx context.Context, call ledger.Call) error {
	o, err := s.find.organization(ctx, call.Org)
	if err != nil || call.Actor == Administrator || call.Actor.Kind == domain.ActorSystem {
		return err
	}
	owner := func(id domain.ID) bool { return call.Actor == domain.Actor{Kind: domain.ActorMember, ID: id.String()} }
	if !slices.ContainsFunc(o.Owners, owner) {
		return domain.Refuse("handle_owner", "only an owner changes the organization's handle, for everybody signs in with it")
	}
	return nil
}

// release gives back the handle that the organization had before it named another; a retry does it again.
func (s *Handles) release(ctx context.Context, call ledger.Call, changed ledger.Receipt) error {
	if len(changed.Events) == 0 {
		return nil
	}
	_, events, err := ledger.FoldStream[domain.OrganizationState](ctx, s.ledger, changed.Stream)
	if err != nil {
		return err
	}
	before, after := "", ""
	for _, e := range events {
		if c, is := e.Event.(domain.OrganizationChanged); is && c.Handle != nil && e.Revision <= changed.Revision {
			before, after = after, *c.Handle
		}
	}
	if before == "" || before == after {
		return nil
	}
	org := call.Org
	call = call.Effect(changed.Events[0], 0)
	call.Org, call.Subject = domain.ID{}, org
	_, err = ledger.Handle(ctx, s.ledger, call, domain.HandleStream(before), func(st domain.HandleState, _ domain.Instant) ([]domain.Event, error) {
		return st.Release(org, before)
	})
	return err
}
