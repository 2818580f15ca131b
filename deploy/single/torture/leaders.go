package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/deploy/single/cluster"
	"github.com/dakahq/daka/deploy/single/rig"
	"github.com/dakahq/daka/domain"
)

const (
	// leaderEvery is how long a node of the played cluster leads.
	leaderEvery = 20 * time.Second
	// followersLag is how far the other node's view lies behind.
	followersLag = 500 * time.Millisecond
	// leaderRate is the punches a second, of both copies together.
	leaderRate = 100
)

// leaderChanges runs two servers on a cluster of two nodes whose leader changes, each server connected to another node first. Beside the
// punches one copy grants a role and the other takes it away right after: judged by a follower's late view, there would be nothing to take.
func (t *torture) leaderChanges(ctx context.Context) error {
	p := &pair{}
	defer p.end()
	nodes, err := t.openCluster(ctx, p)
	if err != nil {
		return err
	}
	races := &roleRaces{first: p.first, second: p.second}
	if err := races.choose(ctx); err != nil {
		return err
	}
	rate := t.perSecond
	t.perSecond = leaderRate / 2
	defer func() { t.perSecond = rate }()
	if err := errors.Join(p.first.punching(ctx), p.second.punching(ctx)); err != nil {
		return err
	}
	racing, stop := context.WithCancel(ctx)
	var aside sync.WaitGroup
	aside.Go(func() { races.run(racing) })
	for end := time.Now().Add(t.leaders); time.Now().Before(end); {
		time.Sleep(min(leaderEvery, time.Until(end)))
		nodes.Lead(1 - nodes.Leader())
	}
	stop()
	aside.Wait()
	acks, err := p.first.load.End()
	if err != nil {
		return err
	}
	more, err := p.second.load.End()
	if err != nil {
		return err
	}
	acks = append(acks, more...)
	t.Expect(nodes.Refused() > 0 && len(acks) > 0, "%s with a new leader each %s, %d calls sent on by followers; acknowledged p50 %s, p99 %s, longest %s",
		t.leaders, leaderEvery, nodes.Refused(), quantile(acks, 50), quantile(acks, 99), quantile(acks, 100))
	if err := p.second.judgeAcks(ctx, acks, func() (*eventlog.Log, func(), error) {
		log, err := eventlog.Dial(p.connection, quiet())
		if err != nil {
			return nil, nil, err
		}
		return log, log.Close, nil
	}); err != nil {
		return err
	}
	return races.judge(ctx, t, p.connection)
}

// openCluster is openPair with a cluster of two nodes before the event node.
func (t *torture) openCluster(ctx context.Context, p *pair) (*cluster.Cluster, error) {
	n, err := t.startNode(ctx, "leaders-events")
	if err != nil {
		return nil, err
	}
	p.close = append(p.close, func() { n.Kill() })
	p.connection = "esdb://" + n.Addr + "?tls=false"
	nodes, err := cluster.Open(n.Addr, 2, followersLag)
	if err != nil {
		return nil, err
	}
	p.close = append(p.close, nodes.Close)
	return nodes, t.openServers(ctx, p, "leaders", nodes.Connection(0), nodes.Connection(1))
}

// roleRaces grants a role at one copy and takes it away at the other.
type roleRaces struct {
	first, second *stage
	member        uuid.UUID
	done          int
	err           error
}

// choose takes the company's first member.
func (r *roleRaces) choose(ctx context.Context) error {
	if err := r.first.company.Identify(ctx, r.first.client); err != nil {
		return err
	}
	r.member = r.first.company.IDs[0]
	return nil
}

func (r *roleRaces) run(ctx context.Context) {
	path := "/api/v1/orgs/" + r.first.company.Org.String() + "/members/" + r.member.String() + "/roles"
	manager := []map[string]any{{"role": "manager", "group": r.first.company.Group}}
	for ctx.Err() == nil {
		work := context.WithoutCancel(ctx) // a pair is finished once it has begun
		if r.err = r.first.client.Write(work, http.MethodPut, path, map[string]any{"roles": manager}, nil); r.err != nil {
			return
		}
		if r.err = r.second.client.Write(work, http.MethodPut, path, map[string]any{"roles": []any{}}, nil); r.err != nil {
			return
		}
		r.done++
		time.Sleep(50 * time.Millisecond)
	}
}

// judge counts: each grant was taken away again.
func (r *roleRaces) judge(ctx context.Context, t *torture, connection string) error {
	if r.err != nil {
		return fmt.Errorf("granting and revoking: %w", r.err)
	}
	log, err := eventlog.Dial(connection, quiet())
	if err != nil {
		return err
	}
	defer log.Close()
	events, err := log.Read(ctx, domain.MemberStream(r.first.company.Org, r.member), 0, 0)
	if err != nil {
		return err
	}
	granted, revoked := 0, 0
	for _, e := range events {
		switch e.Type {
		case domain.RoleGranted{}.EventType():
			granted++
		case domain.RoleRevoked{}.EventType():
			revoked++
		}
	}
	t.Expect(r.done > 0 && granted == r.done && revoked == r.done, "%d times a role was given at one copy and taken away at the other: the ledger has %d and %d",
		r.done, granted, revoked)
	return nil
}

// quantile is the time within which so many percent of the punches were acknowledged; 100 is the longest.
func quantile(acks []rig.Ack, percent int) time.Duration {
	times := make([]time.Duration, len(acks))
	for i, a := range acks {
		times[i] = a.Took
	}
	slices.Sort(times)
	return times[min(len(times)-1, len(times)*percent/100)].Round(time.Millisecond)
}
