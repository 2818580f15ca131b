package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// Client speaks the HTTP interface with the administrator's token.
type Client struct {
	Base, Token string
	HTTP        *http.Client
}

// NewClient keeps enough connections open for many workers.
func NewClient(base, token string) *Client {
	transport := &http.Transport{
		MaxIdleConnsPerHost: 256, MaxConnsPerHost: 0, IdleConnTimeout: time.Minute,
		DialContext: (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
	}
	return &Client{Base: base, Token: token, HTTP: &http.Client{Timeout: 15 * time.Second, Transport: transport}}
}

// Answer is what the server said.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends a request; key is the Idempotency-Key, empty for reads.
func (c *Client) Do(ctx context.Context, method, path, key string, body any) (Answer, error) {
	var payload io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return Answer{}, fmt.Errorf("writing the body: %w", err)
		}
		payload = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.Base+path, payload)
	if err != nil {
		return Answer{}, err
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return Answer{Status: res.StatusCode, Header: res.Header, Body: b}, err
}

// Upload posts a body as it is, again while the outcome is unknown; an import is known by its contents.
func (c *Client) Upload(ctx context.Context, path, contentType string, body []byte) (a Answer, err error) {
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		a, err = c.post(ctx, path, contentType, body)
		if err == nil && a.Status < 500 || time.Since(began) > patience || ctx.Err() != nil {
			return a, err
		}
	}
}

func (c *Client) post(ctx context.Context, path, contentType string, body []byte) (Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Base+path, bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	req.Header.Set("Content-Type", contentType)
	patient := http.Client{Transport: c.HTTP.Transport, Timeout: time.Minute}
	res, err := patient.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return Answer{Status: res.StatusCode, Header: res.Header, Body: b}, err
}

// Write sends a command under a new key and decodes its receipt; anything but 2xx is an error.
func (c *Client) Write(ctx context.Context, method, path string, body, out any) error {
	key, err := uuid.NewV7()
	if err != nil {
		return err
	}
	return c.call(ctx, method, path, key.String(), body, out)
}

// Read decodes a GET's answer.
func (c *Client) Read(ctx context.Context, path string, out any) error {
	return c.call(ctx, http.MethodGet, path, "", nil, out)
}

// patience is how long a call is repeated, under the same key, while its outcome is unknown.
const patience = 30 * time.Second

func (c *Client) call(ctx context.Context, method, path, key string, body, out any) error {
	var a Answer
	var err error
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		a, err = c.Do(ctx, method, path, key, body)
		if err == nil && a.Status < 500 || time.Since(began) > patience || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return err
	}
	if a.Status/100 != 2 {
		return fmt.Errorf("%s %s: %d %s", method, path, a.Status, a.Body)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(a.Body, out); err != nil {
		return fmt.Errorf("%s %s answered %q: %w", method, path, a.Body, err)
	}
	return nil
}
