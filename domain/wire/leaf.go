package wire

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/dakahq/daka/domain"
)

// Stored is an event's place and bytes as the log holds them.
type Stored struct {
	Org        domain.ID
	Stream     string
	Revision   uint64
	ID         domain.ID
	Type       string
	JSON       bool // the log's content type of Data
	Data, Meta []byte
}

// Leaf is the transparency log's leaf of a stored event, from its bytes (events §5).
func Leaf(s Stored) [32]byte {
	data, meta := sha256.Sum256(s.Data), sha256.Sum256(s.Meta)
	b := make([]byte, 1, 256)
	b = append(b, "DKL1"...)
	b = appendLP(b, string(s.Org[:]))
	b = appendLP(b, s.Stream)
	b = binary.BigEndian.AppendUint64(b, s.Revision)
	b = append(b, s.ID[:]...)
	b = appendLP(b, s.Type)
	content := byte(0)
	if s.JSON {
		content = 1
	}
	b = append(b, content)
	b = append(b, data[:]...)
	b = append(b, meta[:]...)
	return sha256.Sum256(b)
}

func appendLP(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}
