package nodefuzz

import (
	"fmt"
	"strings"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/google/uuid"
)

// poolPrefix marks the streams that are compared afterwards.
const poolPrefix = "z"

// stream is a name of the pool, sometimes that of a metadata stream, or of the metadata of one.
func (w *worker) stream() string {
	n := w.Record.streams.Load()
	at := w.rand.Int64N(n)
	if w.rand.IntN(3) > 0 { // rather a new one: old ones are ended
		at = n - 1 - w.rand.Int64N(min(n, 12))
	}
	name := poolPrefix + []string{"", "-x-", "考勤-", "é\n", "$"}[at%5] + fmt.Sprint(at)
	switch w.rand.IntN(10) {
	case 0, 1:
		return "$$" + name
	case 2:
		if w.rand.IntN(4) == 0 {
			return "$$$$" + name
		}
	}
	return name
}

// inPool tells whether a stream is compared.
func inPool(name string) bool {
	return strings.HasPrefix(strings.TrimLeft(name, "$"), poolPrefix)
}

// stray is a name that nothing else uses.
func stray() string { return "stray-" + uuid.NewString() + uuid.NewString() }

func (w *worker) pick(of ...string) string { return of[w.rand.IntN(len(of))] }

func (w *worker) kind() string {
	return w.pick("Tested", "Tested", "Tested", "$metadata", "$>", "T"+strings.Repeat("x", w.rand.IntN(300)), "考勤", "$streamDeleted", "\u0000")
}

// payload is data of any kind; much of it is metadata, right and wrong.
func (w *worker) payload() []byte {
	switch w.rand.IntN(10) {
	case 0:
		return nil
	case 1, 2:
		return fmt.Appendf(nil, "%d@%s", w.rand.IntN(9)-2, w.stream())
	case 3:
		return make([]byte, w.rand.IntN(100_000))
	}
	return []byte(w.pick(`{}`, `null`, `[]`, `7`, `"x"`, `{"$maxCount":2}`, `{"$maxCount":-2}`, `{"$maxCount":"2"}`, `{"$tb":1}`, `{"$tb":9223372036854775807}`,
		`{"$tb":9223372036854775807} x`, `{"$tb":9223372036854775806}`, `{"$tb":9223372036854775808}`, `{"$maxAge":1}`, `{"$maxAge":9223372036854775807}`,
		`{"$acl":null}`, `{"$acl":{"$r":["a","b"]},"$maxCount":1}`, `{"a":1,"$maxCount":3,"b":{"c":[1,2,{}]}}`, `{"$maxCount":1,"$maxCount":2}`, `{`, `{"a"`,
		strings.Repeat("[", 200), "\xff\xfe", "\xef\xbb\xbf{\"$maxCount\":1}", `{"$cacheControl":0}`, `nonsense`))
}

func textID(id uuid.UUID) *shared.UUID {
	return &shared.UUID{Value: &shared.UUID_String_{String_: id.String()}}
}

func named(stream string) *shared.StreamIdentifier {
	return &shared.StreamIdentifier{StreamName: []byte(stream)}
}
