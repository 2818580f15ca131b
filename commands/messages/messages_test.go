package messages_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/messages"
	"github.com/dakahq/daka/commands/people"
)

func message() people.Message {
	return people.Message{ID: uuid.New(), Channel: people.ChannelSMS, To: "+8613800138000", Purpose: "login", Code: "012345", Text: "your code is 012345", Language: "en"}
}

func TestWebhookSigns(t *testing.T) {
	at, status := time.Unix(1_800_000_000, 0), http.StatusOK
	var header http.Header
	var body []byte
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header = r.Header
		body, _ = io.ReadAll(r.Body)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	defer receiver.Close()
	const secret = "0123456789abcdef"
	hook, err := messages.NewWebhook(receiver.URL, secret, func() time.Time { return at })
	require.NoError(t, err)
	m := message()
	require.NoError(t, hook.Send(t.Context(), m))
	var got people.Message
	require.NoError(t, json.Unmarshal(body, &got))
	require.Equal(t, m, got)
	require.Equal(t, "1800000000", header.Get("Daka-Timestamp"))
	require.Equal(t, m.ID.String(), header.Get("Daka-Message"))
	require.Equal(t, "v1="+messages.Sign([]byte(secret), "1800000000", body), header.Get("Daka-Signature"))
	require.NotEqual(t, messages.Sign([]byte(secret), "1800000000", body), messages.Sign([]byte(secret), "1800000001", body))
	for _, bad := range []int{http.StatusFound, http.StatusBadRequest, http.StatusBadGateway} {
		status = bad
		require.ErrorContains(t, hook.Send(t.Context(), m), "the webhook answered")
	}
	receiver.Close()
	require.ErrorContains(t, hook.Send(t.Context(), m), "post to the webhook")
}

// TestASignatureIsThatOfAnyOtherProgram: the value is from `printf '1800000000.{}' | openssl dgst -sha256 -hmac 0123456789abcdef`.
func TestASignatureIsThatOfAnyOtherProgram(t *testing.T) {
	require.Equal(t, "1313ae9c874eb1a0868ad0b65f841c4243c23fdcfad69a3ada227726fad9960e", messages.Sign([]byte("0123456789abcdef"), "1800000000", []byte("{}")))
}

func TestWebhookSettings(t *testing.T) {
	for _, row := range []struct{ address, secret, want string }{
		{"sms.example.org", "0123456789abcdef", "the webhook is no address such as https://sms.example.org/daka"},
		{"ftp://sms.example.org", "0123456789abcdef", "the webhook is no address such as https://sms.example.org/daka"},
		{"https://sms.example.org", "short", "the webhook's secret needs at least 16 characters"},
	} {
		_, err := messages.NewWebhook(row.address, row.secret, time.Now)
		require.EqualError(t, err, row.want)
	}
}

func TestTheLogMasksWhoGetsIt(t *testing.T) {
	var out bytes.Buffer
	log := messages.Log{Log: slog.New(slog.NewTextHandler(&out, nil))}
	m := message()
	require.NoError(t, log.Send(t.Context(), m))
	require.Contains(t, out.String(), "code=012345")
	require.Contains(t, out.String(), "…8000")
	m.Code, m.To, m.Text = "", "li.si@example.org", "li.si@example.org: join with this link"
	require.NoError(t, log.Send(t.Context(), m))
	require.Contains(t, out.String(), "l…@example.org: join with this link")
	require.NotContains(t, out.String(), "13800138")
	require.NotContains(t, out.String(), "li.si")
	require.Equal(t, "…", messages.Mask("+4912345"[:8]))
	require.Equal(t, "…@x.org", messages.Mask("@x.org"))
}
