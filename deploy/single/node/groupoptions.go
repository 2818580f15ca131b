package node

import (
	"context"
	"math"
	"regexp"
	"slices"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/persistent"
)

// compile makes the filter that chooses events.
func (c *filterConfig) compile() (*filter, error) {
	f := &filter{byType: c.ByType, prefixes: c.Prefixes}
	if c.Regex == "" {
		return f, nil
	}
	var err error
	if f.regex, err = regexp.Compile(c.Regex); err != nil {
		return nil, invalid("'%s' is not a valid regular expression: %v", c.Regex, err)
	}
	return f, nil
}

// created reads the options of a new group.
func (s *groups) created(o *persistent.CreateReq_Options) (groupConfig, error) {
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
		return s.begin(cfg)
	}
	cfg.Stream = string(o.GetStream().GetStreamIdentifier().GetStreamName())
	switch at := o.GetStream().GetRevisionOption().(type) {
	case *persistent.CreateReq_StreamOptions_Revision:
		cfg.Start = int64(min(at.Revision, math.MaxInt64-1))
	case *persistent.CreateReq_StreamOptions_End:
		cfg.Start = -1
	}
	if o.GetStream() == nil {
		cfg.Stream, cfg.Start = string(o.GetStreamIdentifier().GetStreamName()), int64(o.GetSettings().GetRevision())
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
func (s *groups) updated(o *persistent.UpdateReq_Options) (groupConfig, error) {
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
		return s.begin(cfg)
	}
	cfg.Stream = string(o.GetStream().GetStreamIdentifier().GetStreamName())
	switch at := o.GetStream().GetRevisionOption().(type) {
	case *persistent.UpdateReq_StreamOptions_Revision:
		cfg.Start = int64(min(at.Revision, math.MaxInt64-1))
	case *persistent.UpdateReq_StreamOptions_End:
		cfg.Start = -1
	}
	if o.GetStream() == nil {
		cfg.Stream, cfg.Start = string(o.GetStreamIdentifier().GetStreamName()), int64(given.GetRevision())
	}
	return s.begin(cfg)
}

func settings(name string, o *persistent.CreateReq_Settings) (groupConfig, error) {
	if name == "" {
		return groupConfig{}, invalid("the group name is empty")
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
func (s *groups) begin(cfg groupConfig) (groupConfig, error) {
	if cfg.Stream == "" {
		return cfg, invalid("the stream name is empty")
	}
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
