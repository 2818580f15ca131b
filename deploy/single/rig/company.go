package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/url"
	"time"

	"github.com/google/uuid"
)

// Company is an organization made for a run.
type Company struct {
	Org     uuid.UUID
	Group   uuid.UUID
	Numbers []string
	// IDs are the members with these numbers, in the same order, once Identify has looked.
	IDs []uuid.UUID
}

// Rule is the fixed week that the runs work under.
const Rule = `{"name":"Rig","kind":"fixed","time_zone":"Asia/Shanghai","effective_from":"2020-01-01",` +
	`"shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}},"week":["day","day","day","day","day","day","day"]}`

type made struct {
	ID uuid.UUID `json:"id"`
}

// Found makes an organization with one group under Rule.
func Found(ctx context.Context, c *Client, name string) (*Company, error) {
	var org, group made
	if err := c.Write(ctx, "POST", "/api/v1/orgs", map[string]any{"name": name}, &org); err != nil {
		return nil, fmt.Errorf("founding: %w", err)
	}
	base := "/api/v1/orgs/" + org.ID.String()
	if err := c.Write(ctx, "PUT", base+"/attendance", map[string]any{"enabled": true}, nil); err != nil {
		return nil, fmt.Errorf("enabling attendance: %w", err)
	}
	if err := c.Write(ctx, "POST", base+"/groups", map[string]any{"name": "Rig", "rule": json.RawMessage(Rule)}, &group); err != nil {
		return nil, fmt.Errorf("making the group: %w", err)
	}
	return &Company{Org: org.ID, Group: group.ID}, nil
}

// Hire provisions n members through an import of one punch each, the day before yesterday; they punch by number.
func (k *Company) Hire(ctx context.Context, c *Client, n int) error {
	var file bytes.Buffer
	file.WriteString("number,at\n")
	day := time.Now().UTC().AddDate(0, 0, -2).Format(time.DateOnly)
	for i := range n {
		number := fmt.Sprintf("R%05d", i+1)
		fmt.Fprintf(&file, "%s,%s 08:55:00\n", number, day)
		k.Numbers = append(k.Numbers, number)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"format": "csv", "zone": "Asia/Shanghai", "create_members": "true"} {
		if err := form.WriteField(name, value); err != nil {
			return err
		}
	}
	part, err := form.CreateFormFile("file", "crew.csv")
	if err != nil {
		return err
	}
	if _, err := part.Write(file.Bytes()); err != nil {
		return err
	}
	if err := form.Close(); err != nil {
		return err
	}
	a, err := c.Upload(ctx, "/api/v1/orgs/"+k.Org.String()+"/imports", form.FormDataContentType(), body.Bytes())
	if err != nil {
		return fmt.Errorf("hiring %d members: %w", n, err)
	}
	if a.Status/100 != 2 {
		return fmt.Errorf("hiring %d members: %d %s", n, a.Status, a.Body)
	}
	return nil
}

// Identify looks up the members behind the numbers, as soon as the read models have them all.
func (k *Company) Identify(ctx context.Context, c *Client) error {
	for began := time.Now(); time.Since(began) < patience; time.Sleep(100 * time.Millisecond) {
		byNumber, err := k.members(ctx, c)
		if err != nil {
			return fmt.Errorf("listing the members: %w", err)
		}
		k.IDs = k.IDs[:0]
		for _, number := range k.Numbers {
			if id, ok := byNumber[number]; ok {
				k.IDs = append(k.IDs, id)
			}
		}
		if len(k.IDs) == len(k.Numbers) {
			return nil
		}
	}
	return fmt.Errorf("only %d of %d members can be read after %s", len(k.IDs), len(k.Numbers), patience)
}

func (k *Company) members(ctx context.Context, c *Client) (map[string]uuid.UUID, error) {
	byNumber := map[string]uuid.UUID{}
	for cursor := ""; ; {
		var page struct {
			Items []struct {
				ID     uuid.UUID `json:"id"`
				Number string    `json:"number"`
			} `json:"items"`
			Next string `json:"next"`
		}
		if err := c.Read(ctx, "/api/v1/orgs/"+k.Org.String()+"/members?limit=500&cursor="+url.QueryEscape(cursor), &page); err != nil {
			return nil, err
		}
		for _, m := range page.Items {
			byNumber[m.Number] = m.ID
		}
		if cursor = page.Next; cursor == "" {
			return byNumber, nil
		}
	}
}

// PunchPath is where punches are posted.
func (k *Company) PunchPath() string { return "/api/v1/orgs/" + k.Org.String() + "/punches" }

// Punch is the body of the i-th punch: of one member after the other.
func (k *Company) Punch(i int) map[string]any {
	return map[string]any{"number": k.Numbers[i%len(k.Numbers)], "source_type": "ATM"}
}
