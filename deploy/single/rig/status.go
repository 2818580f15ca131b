package rig

import (
	"context"
	"fmt"
)

// Reach is how far the projector of a server has come.
type Reach struct {
	// Applied is the checkpoint, "commit/prepare".
	Applied string `json:"position"`
	// LagSeconds is the age of the oldest event that is not applied, 0 when all are, -1 when the log does not answer.
	LagSeconds float64 `json:"lag_seconds"`
	// Dirty counts members with days that wait for their assessment.
	Dirty int `json:"dirty_members"`
	// Problem is why the projector stopped, LastError what it last stumbled over; empty when it goes on.
	Problem   string `json:"problem"`
	LastError string `json:"last_error"`
}

// Position is the commit position of the last applied event.
func (r Reach) Position() int64 {
	var commit int64
	if _, err := fmt.Sscanf(r.Applied, "%d/", &commit); err != nil {
		return 0
	}
	return commit
}

// Reached asks a server for its projector's state.
func Reached(ctx context.Context, c *Client) (Reach, error) {
	var r Reach
	err := c.Read(ctx, "/api/v1/admin/projections", &r)
	return r, err
}

// Settled says that a server's read models have applied everything and nothing waits.
func Settled(ctx context.Context, c *Client) (bool, error) {
	r, err := Reached(ctx, c)
	return err == nil && r.LagSeconds == 0 && r.Dirty == 0 && r.Problem == "", err
}
