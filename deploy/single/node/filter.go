package node

import (
	"regexp"
	"slices"
	"strings"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
)

// filter chooses events of $all by stream name or event type, by prefixes or a regular expression.
type filter struct {
	byType   bool
	prefixes []string
	regex    *regexp.Regexp
	interval int64 // considered events between two checkpoints
}

func newFilter(o *streams.ReadReq_Options_FilterOptions) (*filter, error) {
	f := &filter{interval: 32}
	var e *streams.ReadReq_Options_FilterOptions_Expression
	switch v := o.GetFilter().(type) {
	case *streams.ReadReq_Options_FilterOptions_StreamIdentifier:
		e = v.StreamIdentifier
	case *streams.ReadReq_Options_FilterOptions_EventType:
		e, f.byType = v.EventType, true
	default:
		return nil, invalid("a filter needs an expression on the stream name or the event type")
	}
	if o.GetMax() > 0 {
		f.interval = int64(o.GetMax())
	}
	f.interval *= max(1, int64(o.GetCheckpointIntervalMultiplier()))
	if e.GetRegex() == "" {
		f.prefixes = slices.Clone(e.GetPrefix())
		return f, nil
	}
	var err error
	f.regex, err = pattern(e.GetRegex())
	return f, err
}

// pattern compiles a regular expression of RE2's syntax: one with look-ahead, look-behind or back-references is refused, since
// such a filter could take exponential time over every event.
func pattern(text string) (*regexp.Regexp, error) {
	if len(text) > maxPattern {
		return nil, invalid("the regular expression has %d bytes; %d are the most", len(text), maxPattern)
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, invalid("'%s' is not a regular expression that the node takes (RE2's syntax: no look-ahead, look-behind or back-references): %v", shown(text), err)
	}
	return re, nil
}

// match tells whether an event passes; a nil filter passes everything.
func (f *filter) match(e *event) bool {
	if f == nil {
		return true
	}
	text := e.name
	if f.byType {
		text = e.typ
	}
	if f.regex != nil {
		return f.regex.MatchString(text)
	}
	for _, p := range f.prefixes {
		if strings.HasPrefix(text, p) {
			return true
		}
	}
	return false
}

// categories are the stream categories outside of which nothing can match; ok is false when that cannot be told.
func (f *filter) categories() (list []string, ok bool) {
	if f == nil || f.byType || f.regex != nil || len(f.prefixes) == 0 {
		return nil, false
	}
	for _, p := range f.prefixes {
		category, _, cut := strings.Cut(p, "-")
		if !cut {
			return nil, false
		}
		if !slices.Contains(list, category) {
			list = append(list, category)
		}
	}
	return list, len(list) <= 64
}
