package node

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/persistent"
)

// GetInfo tells the settings and figures of one group.
func (s *groups) GetInfo(ctx context.Context, req *persistent.GetInfoReq) (*persistent.GetInfoResp, error) {
	o := req.GetOptions()
	resp := &persistent.GetInfoResp{}
	err := s.with(ctx, groupKey{sourceOf(o.GetStreamIdentifier(), o.GetAll()), o.GetGroupName()}, func(g *group) (err error) {
		resp.SubscriptionInfo, err = s.info(ctx, g)
		return err
	})
	return resp, err
}

// List tells of all groups, or of those of one stream.
func (s *groups) List(ctx context.Context, req *persistent.ListReq) (*persistent.ListResp, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(ctx); err != nil {
		return nil, s.service.fail(ctx, err)
	}
	of := req.GetOptions().GetListForStream()
	resp := &persistent.ListResp{}
	for k, g := range s.byKey {
		if of != nil && k.stream != sourceOf(of.GetStream(), of.GetAll()) {
			continue
		}
		info, err := s.info(ctx, g)
		if err != nil {
			return nil, s.service.fail(ctx, err)
		}
		resp.Subscriptions = append(resp.Subscriptions, info)
	}
	if of != nil && len(resp.Subscriptions) == 0 {
		return nil, s.service.fail(ctx, noGroup(sourceOf(of.GetStream(), of.GetAll()), ""))
	}
	slices.SortFunc(resp.Subscriptions, func(a, b *persistent.SubscriptionInfo) int {
		return cmp.Or(cmp.Compare(a.GetEventSource(), b.GetEventSource()), cmp.Compare(a.GetGroupName(), b.GetGroupName()))
	})
	return resp, nil
}

func (s *groups) info(ctx context.Context, g *group) (*persistent.SubscriptionInfo, error) {
	parked, err := s.parked(ctx, g)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	c := &g.cfg
	info := &persistent.SubscriptionInfo{EventSource: c.Stream, GroupName: c.Group, Status: "Live", TotalItems: g.total,
		ResolveLinkTos: c.ResolveLinks, StartFrom: g.place(c.Start), MessageTimeoutMilliseconds: c.TimeoutMs, ExtraStatistics: c.Extra,
		MaxRetryCount: c.MaxRetries, LiveBufferSize: c.LiveBuffer, BufferSize: c.HistoryBuffer, ReadBatchSize: c.ReadBatch,
		CheckPointAfterMilliseconds: c.CheckpointMs, MinCheckPointCount: c.MinCheckpoint, MaxCheckPointCount: c.MaxCheckpoint,
		ReadBufferCount: int32(len(g.read)), RetryBufferCount: int32(len(g.retry)), TotalInFlightMessages: int32(g.inFlight()),
		OutstandingMessagesCount: int32(g.inFlight()), NamedConsumerStrategy: c.Strategy, MaxSubscriberCount: c.MaxSubscribers,
		ParkedMessageCount: parked}
	if g.saved >= 0 {
		info.LastCheckpointedEventPosition = g.place(g.saved)
	}
	if g.next > c.Next {
		info.LastKnownEventPosition = g.place(g.next - 1)
	}
	for _, con := range g.consumers {
		info.Connections = append(info.Connections, &persistent.SubscriptionInfo_ConnectionInfo{From: con.id, Username: con.user, TotalItems: con.total,
			AvailableSlots: int32(con.slots - con.flying), InFlightMessages: int32(con.flying), ConnectionName: con.name,
			ObservedMeasurements: con.times.measurements()})
	}
	return info, nil
}

// place writes a revision, or a position of $all, as EventStoreDB does.
func (g *group) place(n int64) string {
	if g.cfg.Stream == allStream {
		return fmt.Sprintf("C:%d/P:%d", n, n)
	}
	return strconv.FormatInt(n, 10)
}
