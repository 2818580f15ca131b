package node

import (
	"encoding/json"
	"strings"
	"time"
)

const metaPrefix = "$$"

func isMeta(name string) bool { return strings.HasPrefix(name, metaPrefix) }

func metaOf(name string) string { return metaPrefix + name }

// retention is what a stream's metadata hides: revisions below before, all but the newest maxCount, older than maxAge.
type retention struct {
	before   int64
	maxCount int64
	maxAge   time.Duration
}

// parseRetention reads the three keys; what is not JSON or not a number hides nothing, as in EventStoreDB.
func parseRetention(data []byte) retention {
	var raw struct {
		Before   *int64 `json:"$tb"`
		MaxCount *int64 `json:"$maxCount"`
		MaxAge   *int64 `json:"$maxAge"`
	}
	if json.Unmarshal(data, &raw) != nil {
		return retention{}
	}
	var r retention
	if raw.Before != nil && *raw.Before > 0 {
		r.before = *raw.Before
	}
	if raw.MaxCount != nil && *raw.MaxCount > 0 {
		r.maxCount = *raw.MaxCount
	}
	if raw.MaxAge != nil && *raw.MaxAge > 0 {
		r.maxAge = time.Duration(min(*raw.MaxAge, int64(100*365*24*3600))) * time.Second
	}
	return r
}

// first is the lowest revision that retention leaves visible of a stream with this head.
func (r retention) first(head int64) int64 {
	first := max(r.before, 0)
	if r.maxCount > 0 {
		first = max(first, head-r.maxCount+1)
	}
	return first
}

// withBefore is the metadata with $tb set and every other key kept; ok is false when it is not a JSON object.
func withBefore(data []byte, before int64) (out []byte, ok bool) {
	keys := map[string]json.RawMessage{}
	if json.Unmarshal(data, &keys) != nil {
		return nil, false
	}
	tb, err := json.Marshal(before)
	if err != nil {
		return nil, false
	}
	keys["$tb"] = tb
	out, err = json.Marshal(keys)
	return out, err == nil
}
