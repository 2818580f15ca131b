package cluster

import (
	"fmt"

	"google.golang.org/grpc/mem"
)

// frame is a message that nobody has decoded.
type frame struct{ data []byte }

// rawCodec passes frames through as they are.
type rawCodec struct{}

// Name is that of the messages' real encoding, so that both sides agree on the content type.
func (rawCodec) Name() string { return "proto" }

// Marshal gives a frame's bytes.
func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	f, ok := v.(*frame)
	if !ok {
		return nil, fmt.Errorf("%T is no frame", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(f.data)}, nil
}

// Unmarshal copies a message into a frame.
func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	f, ok := v.(*frame)
	if !ok {
		return fmt.Errorf("%T is no frame", v)
	}
	f.data = data.Materialize()
	return nil
}
