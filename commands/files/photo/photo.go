// Package photo turns an uploaded picture into one that may be kept: upright, small, a JPEG, and without a word of metadata.
//
// A picture is classified by its header before a pixel is decoded. One is decoded at a time, with a limit of time, so that
// neither a bomb nor a crowd takes the memory or the processor.
package photo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"time"

	"github.com/dakahq/daka/domain"
)

const (
	// MaxBytes bounds an upload.
	MaxBytes = 5 << 20
	// maxSide and maxPixels bound what a header may announce.
	maxSide, maxPixels = 8192, 25_000_000
	// maxMemory bounds what decoding may hold, in bytes: a progressive JPEG keeps its coefficients, a deep PNG 8 bytes a pixel.
	maxMemory = 190_000_000
	// decodeLimit is how long decoding may take.
	decodeLimit = 10 * time.Second
	quality     = 82
)

// Photo is a picture fit to be kept.
type Photo struct {
	JPEG          []byte
	Width, Height int
	// Original is the SHA-256 of the bytes that were uploaded, DHash a hash of what is seen: near pictures differ in few bits.
	Original [sha256.Size]byte
	DHash    uint64
}

// Shape is what a picture becomes.
type Shape struct {
	// Side is the most pixels of the longer side.
	Side int
	// Square cuts the middle out.
	Square bool
}

// Picture is the shape of photos and proofs.
func Picture() Shape { return Shape{Side: 1600} }

// Avatar is the shape of a person's picture.
func Avatar() Shape { return Shape{Side: 256, Square: true} }

// Reader decodes one picture at a time.
type Reader struct {
	turn  chan struct{}
	limit time.Duration
}

// NewReader makes a Reader; a process has one.
func NewReader() *Reader { return &Reader{turn: make(chan struct{}, 1), limit: decodeLimit} }

// Read classifies, decodes, turns upright, scales and encodes. Refusals: body_too_large, image_type_unsupported, image_too_large, image_invalid.
func (r *Reader) Read(ctx context.Context, original []byte, shape Shape) (Photo, error) {
	if len(original) > MaxBytes {
		return Photo{}, domain.Refuse("body_too_large", "a picture has at most %d MiB; make it smaller and send it again", MaxBytes>>20)
	}
	format, err := classify(original)
	if err != nil {
		return Photo{}, err
	}
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return Photo{}, fmt.Errorf("wait for the turn to decode a picture: %w", ctx.Err())
	}
	limited, cancel := context.WithTimeout(ctx, r.limit)
	defer cancel()
	pixels, err := format.decode(&patient{ctx: limited, rest: original})
	if err != nil {
		if ctx.Err() != nil {
			return Photo{}, fmt.Errorf("decode a picture: %w", ctx.Err())
		}
		return Photo{}, domain.Refuse("image_invalid", "the picture cannot be read: %v; take or save it again", err)
	}
	return finish(original, upright(scale(pixels, shape), orientation(original, format)))
}

func finish(original []byte, pixels *image.RGBA) (Photo, error) {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, pixels, &jpeg.Options{Quality: quality}); err != nil {
		return Photo{}, fmt.Errorf("encode a picture: %w", err)
	}
	size := pixels.Bounds().Size()
	return Photo{JPEG: out.Bytes(), Width: size.X, Height: size.Y, Original: sha256.Sum256(original), DHash: dHash(pixels)}, nil
}

// patient gives a decoder its bytes in small sips, and none after the time is over: decoders know no contexts.
type patient struct {
	ctx  context.Context
	rest []byte
}

// sip is small, because a few bytes of a hostile picture can mean a whole pass over its pixels.
const sip = 256

func (p *patient) Read(into []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, fmt.Errorf("decoding took too long: %w", err)
	}
	n := copy(into[:min(len(into), sip)], p.rest)
	p.rest = p.rest[n:]
	if n == 0 && len(into) > 0 {
		return 0, io.EOF
	}
	return n, nil
}
