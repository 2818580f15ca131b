// Package messages hands messages to people on: into the log while one develops, or to a webhook that sends them.
package messages

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dakahq/daka/commands/people"
)

// Log writes messages into the log, with the receiver masked: for development, because who reads the log can sign in.
type Log struct{ Log *slog.Logger }

// Send writes the code, or the text where there is none.
func (l Log) Send(ctx context.Context, m people.Message) error {
	what := slog.String("code", m.Code)
	if m.Code == "" {
		what = slog.String("text", strings.ReplaceAll(m.Text, m.To, Mask(m.To)))
	}
	l.Log.InfoContext(ctx, "a message that nobody sends: this server has no DAKA_SMS_WEBHOOK", slog.String("channel", m.Channel), slog.String("to", Mask(m.To)), slog.String("purpose", m.Purpose), what)
	return nil
}

// Reaches is false: nobody but the reader of the log sees a message.
func (l Log) Reaches() bool { return false }

// Mask hides a number but for its last four digits, and a mailbox but for its first letter and its host.
func Mask(to string) string {
	if name, host, found := strings.Cut(to, "@"); found {
		_, first := utf8.DecodeRuneInString(name)
		return name[:first] + "…@" + host
	}
	if len(to) <= 8 {
		return "…"
	}
	return "…" + to[len(to)-4:]
}

// Webhook posts messages as JSON to one address. Each request carries Daka-Timestamp (Unix seconds) and Daka-Signature:
// `v1=` and the lower-case hex of HMAC-SHA-256(secret, timestamp ‖ "." ‖ body).
type Webhook struct {
	url    string
	secret []byte
	client *http.Client
	now    func() time.Time
}

const (
	// SecretLeast is the shortest secret, in characters.
	SecretLeast = 16
	mostAnswer  = 64 << 10
)

// NewWebhook makes a sender to an http or https address; it follows no redirect.
func NewWebhook(address, secret string, now func() time.Time) (*Webhook, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("the webhook is no address such as https://sms.example.org/daka")
	}
	if len(secret) < SecretLeast {
		return nil, fmt.Errorf("the webhook's secret needs at least %d characters", SecretLeast)
	}
	client := &http.Client{Timeout: 8 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &Webhook{url: address, secret: []byte(secret), client: client, now: now}, nil
}

// Send posts one message; any answer but 2xx is an error.
func (w *Webhook) Send(ctx context.Context, m people.Message) error {
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write the message %s: %w", m.ID, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make the webhook's request: %w", err)
	}
	at := strconv.FormatInt(w.now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Daka-Timestamp", at)
	req.Header.Set("Daka-Signature", "v1="+Sign(w.secret, at, body))
	req.Header.Set("Daka-Message", m.ID.String())
	res, err := w.client.Do(req)
	if err != nil {
		return fmt.Errorf("post to the webhook: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, mostAnswer)) // so that the connection is used again
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("the webhook answered %s", res.Status)
	}
	return nil
}

// Sign is the lower-case hex of HMAC-SHA-256(secret, timestamp ‖ "." ‖ body), as the receiver computes it.
func Sign(secret []byte, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
