package messages_test

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/messages"
	"github.com/dakahq/daka/commands/people"
)

// TestOnlyAWebhookReachesPeople: a page says that something was sent only where somebody sends.
func TestOnlyAWebhookReachesPeople(t *testing.T) {
	webhook, err := messages.NewWebhook("https://sms.example.org", "0123456789abcdef", time.Now)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		sender  people.Sender
		reaches bool
	}{
		"nobody":  {nil, false},
		"the log": {messages.Log{Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, false},
		"webhook": {webhook, true},
	} {
		require.Equal(t, c.reaches, (&people.Outbox{Sender: c.sender}).Reaches(), name)
	}
}
