package ledger_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/deploy/single/node"
	"github.com/dakahq/daka/domain"
)

// One command, sent twice: it is written once, and both answers are the same.
func ExampleHandle() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "daka-example")
	check(err)
	defer func() { _ = os.RemoveAll(dir) }()
	quiet := slog.New(slog.DiscardHandler)
	n, err := node.Open(ctx, node.Config{Dir: filepath.Join(dir, "events"), Listen: "127.0.0.1:0", Insecure: true, Log: quiet})
	check(err)
	defer func() { _ = n.Close() }()
	log, err := eventlog.Dial(n.ConnectionString(), quiet)
	check(err)
	defer log.Close()
	store, err := keys.Open(ctx, keys.Config{Path: filepath.Join(dir, "keys.db")})
	check(err)
	defer func() { _ = store.Close() }()

	l := ledger.New(log, store, time.Now)
	org := uuid.New()
	call := ledger.Call{CommandID: uuid.Must(uuid.NewV7()), Method: "POST", Path: "/api/v1/orgs", Org: org, Actor: domain.Actor{Kind: domain.ActorSystem, ID: "daka"}}
	found := func(s domain.OrganizationState, _ domain.Instant) ([]domain.Event, error) {
		return s.Found(domain.OrganizationCreated{Name: "Acme", Country: "CN"}, "")
	}
	for range 2 {
		r, err := ledger.Handle(ctx, l, call, domain.OrgStream(org), found)
		check(err)
		fmt.Println("revision", r.Revision, "replay", r.Replay)
	}
	// Output:
	// revision 0 replay false
	// revision 0 replay true
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
