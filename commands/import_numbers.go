package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/punchfile"
)

// codeLookAlikeRead marks lines whose number a spreadsheet changed, and whose member is certain.
const codeLookAlikeRead = "look_alike_read"

// numberBook says whose lines each number of an import are.
type numberBook struct {
	// asked are the numbers whose lines are refused until somebody says whose they are, with the question.
	asked map[int32]likeness
	// alias are the numbers that become badges of the holder of another one.
	alias map[int32]string
}

// likeness is why the lines of a number wait: which numbers it looks like, and the question.
type likeness struct {
	like []string
	text string
}

// resolve finds for each number who is meant: as it is written, as it was before a spreadsheet took it for an amount, or as the caller says.
// A number that looks like another one is never made a member: the report asks.
func (j *importing) resolve(ctx context.Context) error {
	j.numbers = numberBook{asked: map[int32]likeness{}, alias: map[int32]string{}}
	for i, number := range j.lines.numbers {
		if target, said := j.req.Aliases[number]; said && target != number {
			j.numbers.alias[int32(i)] = target
			continue
		}
		plain, _ := punchfile.Plain(number)
		if plain == number {
			continue
		}
		held, err := j.s.find.holders(ctx, j.call.Org, number)
		if err != nil {
			return err
		}
		if len(held) == 0 {
			j.lines.numbers[i] = plain
			if target, said := j.req.Aliases[plain]; said && target != plain {
				j.numbers.alias[int32(i)] = target
			}
		}
	}
	return j.ask(ctx)
}

// ask compares the numbers that nobody holds with those of the organization and with each other.
func (j *importing) ask(ctx context.Context) error {
	known := map[string][]string{}
	for _, number := range j.s.directory.Numbers(j.call.Org) {
		key := punchfile.LookAlike(number)
		known[key] = append(known[key], number)
	}
	groups := map[string][]int32{}
	for i, number := range j.lines.numbers {
		if _, said := j.numbers.alias[int32(i)]; !said && len(j.s.directory.Holders(j.call.Org, number)) == 0 {
			key := punchfile.LookAlike(number)
			groups[key] = append(groups[key], int32(i))
		}
	}
	for key, group := range groups {
		if len(known[key]) == 0 && len(group) == 1 {
			continue
		}
		group, err := j.unheld(ctx, group)
		if err != nil {
			return err
		}
		j.askGroup(known[key], group)
	}
	j.lines.merge()
	return nil
}

// unheld leaves out the numbers that somebody was given a moment ago.
func (j *importing) unheld(ctx context.Context, group []int32) ([]int32, error) {
	var out []int32
	for _, i := range group {
		held, err := j.s.find.holders(ctx, j.call.Org, j.lines.numbers[i])
		if err != nil {
			return nil, err
		}
		if len(held) == 0 {
			out = append(out, i)
		}
	}
	return out, nil
}

// askGroup decides about numbers that nobody holds and that look alike.
func (j *importing) askGroup(held []string, group []int32) {
	slices.Sort(held)
	var plain []string // as they are written, not as a spreadsheet shows them
	for _, i := range group {
		if !j.lines.mangled[i] && !slices.Contains(plain, j.lines.numbers[i]) {
			plain = append(plain, j.lines.numbers[i])
		}
	}
	slices.Sort(plain)
	for _, i := range group {
		switch number := j.lines.numbers[i]; {
		case j.lines.mangled[i] && len(held) == 1:
			j.readAs(i, held[0])
		case j.lines.mangled[i] && len(held) == 0 && len(plain) == 1:
			j.readAs(i, plain[0])
		case len(held) > 0:
			j.numbers.asked[i] = question(number, held)
		case len(plain) > 1 && j.req.CreateMembers:
			j.numbers.asked[i] = question(number, slices.DeleteFunc(slices.Clone(plain), func(other string) bool { return other == number }))
		}
	}
}

// readAs takes a number that a spreadsheet changed for the one that it must have been, and says so.
func (j *importing) readAs(i int32, number string) {
	if j.lines.numbers[i] == number {
		return
	}
	for _, l := range j.lines.lines {
		if l.number == i {
			j.report.Warnings++
			j.issues.put(domain.LineIssue{File: int(l.file), From: int(l.line), To: int(l.line), Code: codeLookAlikeRead, Warning: true,
				Text: fmt.Sprintf("a spreadsheet took the number for an amount; it was read as %s", number)})
		}
	}
	j.lines.numbers[i] = number
}

func question(number string, like []string) likeness {
	others := like
	if len(others) > 3 {
		others = append(slices.Clone(others[:3]), "…")
	}
	return likeness{like, fmt.Sprintf("the number %s looks like %s; say whose it is: --alias %s=%s", number, strings.Join(others, ", "), number, others[0])}
}

func noAlias(number, target string) likeness {
	return likeness{[]string{}, fmt.Sprintf("no member has the number %s, which the alias of %s names", target, number)}
}

// aliases gives the numbers that the caller named to the holders of the others.
func (j *importing) aliases(ctx context.Context) error {
	for i, target := range j.numbers.alias {
		holdings, err := j.s.find.holders(ctx, j.call.Org, target)
		if err != nil {
			return err
		}
		if len(holdings) == 0 {
			j.numbers.asked[i] = noAlias(j.lines.numbers[i], target)
			continue
		}
		held, err := j.s.find.holders(ctx, j.call.Org, j.lines.numbers[i])
		if err != nil || len(held) > 0 {
			if err != nil {
				return err
			}
			continue // it has its holder already; an alias takes no badge away
		}
		number, member, from := j.lines.numbers[i], holdings[len(holdings)-1].Member, j.lines.joined(int(i))
		call := j.effect(stepAlias, int(i))
		call.Subject = member
		if err := persist(ctx, func() error {
			_, err := ledger.Handle(ctx, j.s.ledger, call, domain.BadgeStream(call.Org, number), func(st domain.BadgeState, _ domain.Instant) ([]domain.Event, error) {
				return st.Give(domain.BadgeAssigned{Number: number, Member: member, From: from, Kind: domain.BadgeMachine})
			})
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}
