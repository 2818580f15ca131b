package node

import (
	"context"
	"math"
	"slices"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/persistent"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
)

// compile makes the filter that chooses events.
func (c *filterConfig) compile() (*filter, error) {
	f := &filter{byType: c.ByType, prefixes: c.Prefixes}
	if c.Regex == "" {
		return f, nil
	}
	var err error
	f.regex, err = pattern(c.Regex)
	return f, err
}

// groupStart reads the options of groups, and finds where they begin.
type groupStart struct{ store *store }

// created reads the options of a new group.
func (s groupStart) created(o *persistent.CreateReq_Options) (groupConfig, error) {
	cfg, err := settings(o.GetGroupName(), o.GetSettings())
	if err != nil {
		return cfg, err
	}
	if all := o.GetAll(); all != nil {
		cfg.Stream, cfg.Start = allStream, 0
		switch at := all.GetAllOption().(type) {
		case *persistent.CreateReq_AllOptions_Position:
			cfg.Start = int64(min(at.Position.GetCommitPosition(), math.MaxInt64-1))
		case *persistent.CreateReq_AllOptions_End:
			cfg.Start = -1
		}
		cfg.Filter = groupFilter(all.GetFilter())
		return s.checked(cfg, all.GetPosition())
	}
	name := o.GetStream().GetStreamIdentifier()
	switch at := o.GetStream().GetRevisionOption().(type) {
	case *persistent.CreateReq_StreamOptions_Revision:
		cfg.Start = startRevision(at.Revision)
	case *persistent.CreateReq_StreamOptions_End:
		cfg.Start = -1
	}
	if o.GetStream() == nil {
		name, cfg.Start = o.GetStreamIdentifier(), startRevision(o.GetSettings().GetRevision())
	}
	return s.ofStream(cfg, name)
}

// startRevision is a start as it came: the highest number there is stands for the end.
func startRevision(rev uint64) int64 {
	if rev == math.MaxUint64 {
		return -1
	}
	return int64(min(rev, math.MaxInt64-1))
}

func (s groupStart) ofStream(cfg groupConfig, id *shared.StreamIdentifier) (groupConfig, error) {
	var err error
	if cfg.Stream, err = streamName(id.GetStreamName()); err != nil {
		return cfg, groupFailed("", cfg.Group, "Bad stream name.")
	}
	if cfg.Stream == allStream {
		return cfg, groupFailed(cfg.Stream, cfg.Group, "a group of $all is made with the option of its own, not by the name of a stream")
	}
	return s.checked(cfg, (*persistent.CreateReq_Position)(nil))
}

// inAll is a place in $all as it came.
type inAll interface {
	GetCommitPosition() uint64
	GetPreparePosition() uint64
}

// checked refuses settings that EventStoreDB refuses, and finds the first revision or position.
func (s groupStart) checked(cfg groupConfig, at inAll) (groupConfig, error) {
	fail := func(format string, args ...any) (groupConfig, error) {
		return cfg, groupFailed(cfg.Stream, cfg.Group, format, args...)
	}
	switch {
	case !slices.Contains(strategies, cfg.Strategy):
		return fail("Consumer strategy %s does not exist.", shown(cfg.Strategy))
	case cfg.HistoryBuffer <= 0:
		return fail("Buffer Size (%d) must be positive", cfg.HistoryBuffer)
	case cfg.LiveBuffer <= 0:
		return fail("Live Buffer Size (%d) must be positive", cfg.LiveBuffer)
	case cfg.ReadBatch >= cfg.HistoryBuffer:
		return fail("Read Batch Size (%d) may not be greater than or equal to Buffer Size (%d)", cfg.ReadBatch, cfg.HistoryBuffer)
	case cfg.Stream == allStream && at.GetPreparePosition() > at.GetCommitPosition():
		return fail("Invalid Start From position: prepare position must be less than or equal to the commit position.")
	case cfg.Stream == allStream && cfg.Start > s.store.newest():
		return fail("Invalid Start From position: commit position must be less than or equal to the last commit position in the transaction file.")
	}
	return s.begin(cfg)
}

func groupFilter(f *persistent.CreateReq_AllOptions_FilterOptions) *filterConfig {
	switch v := f.GetFilter().(type) {
	case *persistent.CreateReq_AllOptions_FilterOptions_EventType:
		return &filterConfig{ByType: true, Prefixes: slices.Clone(v.EventType.GetPrefix()), Regex: v.EventType.GetRegex()}
	case *persistent.CreateReq_AllOptions_FilterOptions_StreamIdentifier:
		return &filterConfig{Prefixes: slices.Clone(v.StreamIdentifier.GetPrefix()), Regex: v.StreamIdentifier.GetRegex()}
	}
	return nil
}

// updated reads the options of a changed group.
func (s groupStart) updated(o *persistent.UpdateReq_Options) (groupConfig, error) {
	given := o.GetSettings()
	cfg, err := settings(o.GetGroupName(), &persistent.CreateReq_Settings{ResolveLinks: given.GetResolveLinks(), ExtraStatistics: given.GetExtraStatistics(),
		MaxRetryCount: given.GetMaxRetryCount(), MinCheckpointCount: given.GetMinCheckpointCount(), MaxCheckpointCount: given.GetMaxCheckpointCount(),
		MaxSubscriberCount: given.GetMaxSubscriberCount(), LiveBufferSize: given.GetLiveBufferSize(), ReadBatchSize: given.GetReadBatchSize(),
		HistoryBufferSize: given.GetHistoryBufferSize(), NamedConsumerStrategy: persistent.CreateReq_ConsumerStrategy(given.GetNamedConsumerStrategy()),
		MessageTimeout:  &persistent.CreateReq_Settings_MessageTimeoutMs{MessageTimeoutMs: millis(given.GetMessageTimeoutMs(), given.GetMessageTimeoutTicks())},
		CheckpointAfter: &persistent.CreateReq_Settings_CheckpointAfterMs{CheckpointAfterMs: millis(given.GetCheckpointAfterMs(), given.GetCheckpointAfterTicks())}})
	if err != nil {
		return cfg, err
	}
	if all := o.GetAll(); all != nil {
		cfg.Stream = allStream
		switch at := all.GetAllOption().(type) {
		case *persistent.UpdateReq_AllOptions_Position:
			cfg.Start = int64(min(at.Position.GetCommitPosition(), math.MaxInt64-1))
		case *persistent.UpdateReq_AllOptions_End:
			cfg.Start = -1
		}
		return s.checked(cfg, all.GetPosition())
	}
	name := o.GetStream().GetStreamIdentifier()
	switch at := o.GetStream().GetRevisionOption().(type) {
	case *persistent.UpdateReq_StreamOptions_Revision:
		cfg.Start = startRevision(at.Revision)
	case *persistent.UpdateReq_StreamOptions_End:
		cfg.Start = -1
	}
	if o.GetStream() == nil {
		name, cfg.Start = o.GetStreamIdentifier(), startRevision(given.GetRevision())
	}
	return s.ofStream(cfg, name)
}

func settings(name string, o *persistent.CreateReq_Settings) (groupConfig, error) {
	switch {
	case name == "":
		return groupConfig{}, invalid("the group name is empty")
	case len(name) > maxName:
		return groupConfig{}, invalid("the group name has %d bytes; %d are the most", len(name), maxName)
	case o == nil:
		return groupConfig{}, invalid("Subscription settings are required.")
	}
	cfg := groupConfig{Group: name, ResolveLinks: o.GetResolveLinks(), Extra: o.GetExtraStatistics(), MaxRetries: o.GetMaxRetryCount(),
		MinCheckpoint: o.GetMinCheckpointCount(), MaxCheckpoint: o.GetMaxCheckpointCount(), MaxSubscribers: o.GetMaxSubscriberCount(),
		LiveBuffer: o.GetLiveBufferSize(), ReadBatch: o.GetReadBatchSize(), HistoryBuffer: o.GetHistoryBufferSize(),
		TimeoutMs:    millis(o.GetMessageTimeoutMs(), o.GetMessageTimeoutTicks()),
		CheckpointMs: millis(o.GetCheckpointAfterMs(), o.GetCheckpointAfterTicks()), Strategy: o.GetConsumerStrategy()}
	if cfg.Strategy == "" {
		cfg.Strategy = o.GetNamedConsumerStrategy().String()
	}
	return cfg, nil
}

// millis is the time given in milliseconds, or in ticks of 100 ns.
func millis(ms int32, ticks int64) int32 {
	if ms == 0 {
		return int32(min(ticks/10_000, math.MaxInt32))
	}
	return ms
}

// begin finds the first revision or position: the end is where it is now.
func (s groupStart) begin(cfg groupConfig) (groupConfig, error) {
	cfg.Next = cfg.Start
	if cfg.Start >= 0 {
		return cfg, nil
	}
	if cfg.Stream == allStream {
		cfg.Next = s.store.newest() + 1
		return cfg, nil
	}
	return cfg, s.store.with(context.Background(), func(r *reader) error {
		v, err := r.look(cfg.Stream)
		if cfg.Next = v.head + 1; v.tombstoned {
			cfg.Next = 0
		}
		return err
	})
}
