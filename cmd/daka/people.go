package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/commands/messages"
	"github.com/dakahq/daka/commands/people"
)

// sender is where messages to people go: the webhook, or the log.
func (c serveCmd) sender(log *slog.Logger) (people.Sender, error) {
	if c.SMSWebhook == "" {
		return messages.Log{Log: log}, nil
	}
	return messages.NewWebhook(c.SMSWebhook, c.SMSSecret, time.Now)
}

// numbers are the prefixes that get messages; none are all.
func (c serveCmd) numbers() []string {
	if c.SMSNumbers == "all" {
		return nil
	}
	return listed(c.SMSNumbers)
}

func listed(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

// prefixes reads addresses and networks.
func prefixes(text string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, word := range listed(text) {
		p, err := netip.ParsePrefix(word)
		if err != nil {
			address, single := netip.ParseAddr(word)
			if single != nil {
				return nil, fmt.Errorf("%q is no address or network such as 10.0.0.0/8", word)
			}
			p = netip.PrefixFrom(address, address.BitLen())
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// openIdentity tries until the database takes the identity store's migrations; without it nobody signs in, and tokens still work.
func (m *machine) openIdentity(ctx context.Context, pool *pgxpool.Pool) {
	<-m.ready
	for said := false; ctx.Err() == nil; {
		store, err := identity.Open(ctx, pool, m.keys, m.service.Directory, time.Now)
		if err == nil {
			m.service.Identity.Join(store)
			return
		}
		m.api.ReadsProblem(err)
		if !said && ctx.Err() == nil {
			m.log.WarnContext(ctx, "the identity store cannot be opened yet; tokens work meanwhile", slog.Any("error", err))
			said = true
		}
		if sleep(ctx, retryWait) != nil {
			return
		}
	}
}

// messages hands messages to people on.
func (m *machine) messages(ctx context.Context) error {
	m.service.Outbox.Run(ctx, m.log)
	return nil
}

// security writes the security log.
func (m *machine) security(ctx context.Context) error {
	days := m.config.SecurityLog
	if days == 0 {
		days = people.SecurityLogDays
	}
	m.service.Security.Run(ctx, days, m.log)
	return nil
}
