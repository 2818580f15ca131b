package photo

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"

	"github.com/dakahq/daka/domain"
)

// format is a kind of picture that is taken.
type format struct {
	name   string
	is     func([]byte) bool
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	// memory is what decoding holds, in bytes.
	memory func(original []byte, c image.Config) int
}

func formats() []format {
	return []format{
		{"jpeg", starts("\xff\xd8\xff"), jpeg.DecodeConfig, jpeg.Decode, jpegBytes},
		{"png", starts("\x89PNG\r\n\x1a\n"), png.DecodeConfig, png.Decode, plainBytes},
		{"webp", isWebP, webp.DecodeConfig, webp.Decode, plainBytes},
	}
}

func starts(magic string) func([]byte) bool {
	return func(b []byte) bool { return bytes.HasPrefix(b, []byte(magic)) }
}

func isWebP(b []byte) bool {
	return len(b) >= 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP"
}

// classify finds the format by the first bytes and refuses by the header alone.
func classify(original []byte) (format, error) {
	for _, f := range formats() {
		if f.is(original) {
			return f, f.classify(original)
		}
	}
	return format{}, domain.Refuse("image_type_unsupported", "send a JPEG, PNG or WebP picture; other kinds are not taken")
}

func (f format) classify(original []byte) error {
	if markup(original) {
		return domain.Refuse("image_type_unsupported", "the picture holds a web page beside its pixels; save it again as a plain JPEG or PNG")
	}
	c, err := f.config(bytes.NewReader(original))
	if err != nil {
		return domain.Refuse("image_invalid", "the picture cannot be read: %v; take or save it again", err)
	}
	if c.Width < 1 || c.Height < 1 {
		return domain.Refuse("image_invalid", "the picture has no pixels; take or save it again")
	}
	if c.Width > maxSide || c.Height > maxSide || c.Width*c.Height > maxPixels || f.memory(original, c) > maxMemory {
		return domain.Refuse("image_too_large", "a picture has at most 25 megapixels and %d pixels a side; this one has %d x %d", maxSide, c.Width, c.Height)
	}
	return nil
}

// markup finds a page that a browser might run. Pixels are written anew anyway; this keeps such files from being taken at all.
func markup(original []byte) bool {
	for rest := original; ; rest = rest[1:] {
		at := bytes.IndexByte(rest, '<')
		if at < 0 {
			return false
		}
		rest = rest[at:]
		for _, tag := range []string{"<script", "<!doctype", "<html>", "<html ", "<iframe", "<svg xmlns", "<?php "} {
			if len(rest) >= len(tag) && bytes.EqualFold(rest[:len(tag)], []byte(tag)) {
				return true
			}
		}
	}
}

func plainBytes(_ []byte, c image.Config) int {
	switch c.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model:
		return 8 * c.Width * c.Height
	}
	return 4 * c.Width * c.Height
}

// jpegBytes reads the frame header: a progressive picture keeps four bytes for each sample beside the sample itself.
func jpegBytes(original []byte, c image.Config) int {
	pixels, frameLast := c.Width*c.Height, byte(0xcf)
	for at := 2; at+10 <= len(original) && original[at] == 0xff; {
		marker, length := original[at+1], int(binary.BigEndian.Uint16(original[at+2:]))
		if marker >= 0xc0 && marker <= frameLast && marker != 0xc4 && marker != 0xc8 && marker != 0xcc {
			sum, most := sampling(original[at+9:])
			if marker == 0xc2 {
				sum *= 5
			}
			return pixels * sum / most
		}
		at += 2 + length
	}
	return pixels * 5 * 4
}

// sampling tells the samples of a block of pixels and its size, from the components of a frame header: 6 and 4 for 4:2:0.
func sampling(components []byte) (sum, most int) {
	most = 1
	for i := range int(components[0]) {
		if 3*i+3 > len(components)-1 {
			return 4, 1
		}
		factors := components[1+3*i+1]
		area := int(factors>>4) * int(factors&15)
		sum, most = sum+area, max(most, area)
	}
	return sum, most
}
