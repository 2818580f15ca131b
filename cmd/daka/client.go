package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/dakahq/daka/domain"
)

// clientFlags are those of every verb that asks a running server.
type clientFlags struct {
	Server string `env:"DAKA_SERVER" default:"http://127.0.0.1:8080" help:"The server's address."`
	Token  string `env:"DAKA_TOKEN" help:"A token; by default the administrator token that the server wrote to <data>/admin.token."`
	Data   string `env:"DAKA_DATA" help:"The server's data directory, for its token (default: ./var; as root /var/lib/daka)." type:"path"`
}

// client speaks HTTP with a daka server.
type client struct {
	base  string
	token string
	http  *http.Client
}

func (f clientFlags) open() (*client, error) {
	base, err := url.Parse(f.Server)
	if err != nil || base.Scheme == "" || base.Host == "" {
		return nil, fmt.Errorf("--server %q is no address such as http://127.0.0.1:8080", f.Server)
	}
	token := f.Token
	if token == "" {
		if token, err = readToken(f.Data); err != nil {
			return nil, err
		}
	}
	return &client{base: strings.TrimSuffix(f.Server, "/"), token: token, http: &http.Client{}}, nil
}

func readToken(data string) (string, error) {
	if data == "" {
		data = defaultData()
	}
	path := filepath.Join(data, tokenFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("no token: give --token or DAKA_TOKEN, or run where %s can be read (%w)", path, err)
	}
	return strings.TrimSpace(string(text)), nil
}

// problem is the server's refusal as this program prints it.
type problem struct {
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Detail  string `json:"detail"`
	Outcome string `json:"outcome"`
	Errors  []domain.FieldProblem
}

// Error is the server's words, with the parts that are wrong.
func (p *problem) Error() string {
	text := fmt.Sprintf("the server refused (%d %s): %s", p.Status, p.Code, p.Detail)
	for _, e := range p.Errors {
		text += fmt.Sprintf("\n  %s: %s", e.Pointer, e.Text)
	}
	return text
}

// get reads a JSON answer into v.
func (c *client) get(ctx context.Context, path string, query url.Values, v any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	res, err := c.send(ctx, http.MethodGet, path, nil, http.Header{})
	if err != nil {
		return err
	}
	defer res.Body.Close()
	return decodeAnswer(res, v)
}

// stream gives the body of an answer; the caller closes it.
func (c *client) stream(ctx context.Context, path string, query url.Values) (io.ReadCloser, error) {
	res, err := c.send(ctx, http.MethodGet, path+"?"+query.Encode(), nil, http.Header{})
	if err != nil {
		return nil, err
	}
	return res.Body, nil
}

// write sends a command under one Idempotency-Key and repeats it while the outcome is unknown.
func (c *client) write(ctx context.Context, method, path string, body, v any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode the request: %w", err)
	}
	key, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make an Idempotency-Key: %w", err)
	}
	header := http.Header{"Idempotency-Key": {key.String()}, "Content-Type": {"application/json"}}
	for try := 0; ; try++ {
		res, err := c.send(ctx, method, path, bytes.NewReader(data), header)
		var p *problem
		if try < 5 && (errors.As(err, &p) && p.Status == http.StatusServiceUnavailable) {
			if err := sleep(ctx, time.Second); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		defer res.Body.Close()
		return decodeAnswer(res, v)
	}
}

func (c *client) send(ctx context.Context, method, path string, body io.Reader, header http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+"/api/v1"+path, body)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	req.Header = header
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Accept-Language", "en")
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w (is `daka serve` running there?)", c.base, err)
	}
	if res.StatusCode < 300 {
		return res, nil
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	p := &problem{}
	if err := json.Unmarshal(text, p); err != nil || p.Code == "" {
		return nil, fmt.Errorf("%s answered %s: %s", c.base, res.Status, strings.TrimSpace(string(text)))
	}
	return nil, p
}

func decodeAnswer(res *http.Response, v any) error {
	if v == nil {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(v); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
