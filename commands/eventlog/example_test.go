package eventlog_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/google/uuid"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/deploy/single/node"
)

// An append names the revision that it follows: a second one that follows the same is a conflict.
func ExampleDial() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "daka-example")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	quiet := slog.New(slog.DiscardHandler)
	n, err := node.Open(ctx, node.Config{Dir: dir, Listen: "127.0.0.1:0", Insecure: true, Log: quiet})
	if err != nil {
		panic(err)
	}
	defer func() { _ = n.Close() }()

	log, err := eventlog.Dial(n.ConnectionString(), quiet)
	if err != nil {
		panic(err)
	}
	defer log.Close()
	event := func() []eventlog.Raw {
		return []eventlog.Raw{{ID: uuid.New(), Type: "Said", JSON: true, Data: []byte(`{"text":"hello"}`), Metadata: []byte(`{}`)}}
	}
	_, err = log.Append(ctx, "talk-1", eventlog.NoStream, event())
	fmt.Println(err)
	_, err = log.Append(ctx, "talk-1", eventlog.NoStream, event())
	fmt.Println(errors.Is(err, eventlog.ErrConflict))
	events, err := log.Read(ctx, "talk-1", 0, 0)
	fmt.Println(len(events), string(events[0].Data), err)
	// Output:
	// <nil>
	// true
	// 1 {"text":"hello"} <nil>
}
