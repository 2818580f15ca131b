package node_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/dakahq/daka/deploy/single/node"
)

// A node is an event store in this process. Any client of EventStoreDB speaks with it by its connection string.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "daka-example")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	n, err := node.Open(context.Background(), node.Config{Dir: dir, Listen: "127.0.0.1:0", Insecure: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		panic(err)
	}
	fmt.Println(strings.HasPrefix(n.ConnectionString(), "esdb://127.0.0.1:"))
	fmt.Println(n.Close())
	// Output:
	// true
	// <nil>
}
