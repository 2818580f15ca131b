package node

import (
	"encoding/binary"

	"google.golang.org/protobuf/encoding/protowire"
)

// appendMessage is AppendReq decoded by hand: the one message that the node receives most. Data and metadata point into
// the bytes received.
type appendMessage struct {
	options  bool
	name     []byte
	expected protowire.Number // the branch of the one-of
	revision uint64
	event    proposed
}

type proposed struct {
	given, hasType, hasContent, json bool
	form                             protowire.Number // of the id: two halves or text; 0 for none
	id                               [16]byte
	textID, typ                      string
	data, meta                       []byte
}

// fields calls f for every field of a message; value is set for varints, bytes for length-delimited fields.
func fields(b []byte, f func(num protowire.Number, value uint64, bytes []byte) error) error {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return protowire.ParseError(n)
		}
		b = b[n:]
		var value uint64
		var bytes []byte
		switch typ {
		case protowire.VarintType:
			value, n = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			bytes, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(num, typ, b)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		b = b[n:]
		if err := f(num, value, bytes); err != nil {
			return err
		}
	}
	return nil
}

func (m *appendMessage) decode(b []byte) error {
	*m = appendMessage{}
	return fields(b, func(num protowire.Number, _ uint64, b []byte) error {
		switch num {
		case 1:
			m.options = true
			return fields(b, m.option)
		case 2:
			m.event.given = true
			return fields(b, m.event.field)
		}
		return nil
	})
}

func (m *appendMessage) option(num protowire.Number, value uint64, b []byte) error {
	switch num {
	case 1:
		return fields(b, func(num protowire.Number, _ uint64, b []byte) error {
			if num == 3 {
				m.name = b
			}
			return nil
		})
	case 2, 3, 4, 5:
		m.expected, m.revision = num, value
	}
	return nil
}

// expectation reads the one-of: revision, no stream, any, stream exists. Nothing at all is refused: it must not mean any.
func (m *appendMessage) expectation() (int64, error) {
	switch m.expected {
	case 2:
		return exact(m.revision)
	case 3:
		return noStream, nil
	case 4:
		return anyRevision, nil
	case 5:
		return streamExists, nil
	}
	return 0, noExpectation()
}

func (p *proposed) field(num protowire.Number, _ uint64, b []byte) error {
	switch num {
	case 1:
		return fields(b, p.uuid)
	case 2:
		return p.property(b)
	case 3:
		p.meta = b
	case 4:
		p.data = b
	}
	return nil
}

func (p *proposed) uuid(num protowire.Number, _ uint64, b []byte) error {
	switch num {
	case 2:
		p.form, p.textID = num, string(b)
		return nil
	case 1:
		p.form, p.id = num, [16]byte{}
	default:
		return nil
	}
	return fields(b, func(num protowire.Number, value uint64, _ []byte) error {
		switch num {
		case 1:
			binary.BigEndian.PutUint64(p.id[:8], value)
		case 2:
			binary.BigEndian.PutUint64(p.id[8:], value)
		}
		return nil
	})
}

func (p *proposed) property(b []byte) error {
	var key, value []byte
	err := fields(b, func(num protowire.Number, _ uint64, b []byte) error {
		switch num {
		case 1:
			key = b
		case 2:
			value = b
		}
		return nil
	})
	switch string(key) {
	case "type":
		p.hasType, p.typ = true, string(value)
	case "content-type":
		p.hasContent, p.json = true, string(value) == contentJSON
	}
	return err
}
