package photo

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/bits"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

var (
	red, green = color.RGBA{200, 0, 0, 255}, color.RGBA{0, 180, 0, 255}
	blue, grey = color.RGBA{0, 0, 200, 255}, color.RGBA{120, 120, 120, 255}
)

// quarters is red and green above, blue and grey below.
func quarters(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetRGBA(x, y, [2][2]color.RGBA{{red, green}, {blue, grey}}[2*y/h][2*x/w])
		}
	}
	return m
}

func asJPEG(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}))
	return b.Bytes()
}

func asPNG(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, m))
	return b.Bytes()
}

const secret = "30.2741,120.1551 Zhang San"

// withEXIF puts an orientation and a place into a JPEG, as a phone does.
func withEXIF(b []byte, orientation int) []byte {
	tiff := []byte("II*\x00\x08\x00\x00\x00\x02\x00")
	entry := func(tag, kind uint16, count uint32, value uint32) {
		tiff = binary.LittleEndian.AppendUint16(tiff, tag)
		tiff = binary.LittleEndian.AppendUint16(tiff, kind)
		tiff = binary.LittleEndian.AppendUint32(tiff, count)
		tiff = binary.LittleEndian.AppendUint32(tiff, value)
	}
	entry(0x0112, 3, 1, uint32(orientation))
	entry(0x010e, 2, uint32(len(secret)), 8+2+24+4)
	tiff = append(binary.LittleEndian.AppendUint32(tiff, 0), secret...)
	body := append([]byte("Exif\x00\x00"), tiff...)
	out := binary.BigEndian.AppendUint16([]byte("\xff\xd8\xff\xe1"), uint16(len(body)+2))
	return append(append(out, body...), b[2:]...)
}

func read(t *testing.T, b []byte, shape Shape) (Photo, image.Image) {
	t.Helper()
	p, err := NewReader().Read(t.Context(), b, shape)
	require.NoError(t, err)
	m, err := jpeg.Decode(bytes.NewReader(p.JPEG))
	require.NoError(t, err)
	require.Equal(t, image.Pt(p.Width, p.Height), m.Bounds().Size())
	return p, m
}

func near(t *testing.T, want color.RGBA, got color.Color, what string) {
	t.Helper()
	r, g, b, _ := got.RGBA()
	for _, pair := range [][2]int{{int(want.R), int(r >> 8)}, {int(want.G), int(g >> 8)}, {int(want.B), int(b >> 8)}} {
		require.InDelta(t, pair[0], pair[1], 24, what)
	}
}

// TestUpright names, as EXIF does, where the stored first quarter (red) and the one to its right (green) are seen.
func TestUpright(t *testing.T) {
	const tl, tr, bl, br = 0, 1, 2, 3
	for orientation, seen := range map[int][2]int{1: {tl, tr}, 2: {tr, tl}, 3: {br, bl}, 4: {bl, br}, 5: {tl, bl}, 6: {tr, br}, 7: {br, tr}, 8: {bl, tl}, 0: {tl, tr}, 9: {tl, tr}} {
		_, m := read(t, withEXIF(asJPEG(t, quarters(80, 40)), orientation), Picture())
		size := m.Bounds().Size()
		require.Equal(t, orientation >= 5 && orientation <= 8, size.Y > size.X, "orientation %d", orientation)
		at := func(q int) color.Color { return m.At(size.X/4+q%2*size.X/2, size.Y/4+q/2*size.Y/2) }
		near(t, red, at(seen[0]), fmt.Sprint("red ", orientation))
		near(t, green, at(seen[1]), fmt.Sprint("green ", orientation))
	}
}

func TestNothingOfTheOriginalsWordsIsKept(t *testing.T) {
	b := withEXIF(asJPEG(t, quarters(400, 300)), 1)
	require.Contains(t, string(b), secret)
	p, _ := read(t, append(b, "trailing words after the picture"...), Picture())
	for _, word := range []string{secret, "Exif", "trailing"} {
		require.NotContains(t, string(p.JPEG), word)
	}
	require.NotEqual(t, byte(0xe1), p.JPEG[3], "no application segment with metadata")
}

func TestShapes(t *testing.T) {
	large := asPNG(t, quarters(2400, 1200))
	p, _ := read(t, large, Picture())
	require.Equal(t, [2]int{1600, 800}, [2]int{p.Width, p.Height})
	p, m := read(t, large, Avatar())
	require.Equal(t, [2]int{256, 256}, [2]int{p.Width, p.Height})
	near(t, red, m.At(10, 10), "the middle is cut out")
	near(t, grey, m.At(250, 250), "the middle is cut out")
	p, _ = read(t, asPNG(t, quarters(20, 10)), Picture())
	require.Equal(t, [2]int{20, 10}, [2]int{p.Width, p.Height}, "nothing is enlarged")
	p, _ = read(t, asPNG(t, quarters(8000, 1)), Picture())
	require.Equal(t, 1, p.Height)
	_, m = read(t, asPNG(t, image.NewNRGBA(image.Rect(0, 0, 8, 8))), Picture())
	near(t, color.RGBA{255, 255, 255, 255}, m.At(4, 4), "what is transparent becomes white")
}

// webpPixel is one lossless pixel.
const webpPixel = "RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"

func TestWebPIsTaken(t *testing.T) {
	p, _ := read(t, []byte(webpPixel), Picture())
	require.Equal(t, [2]int{1, 1}, [2]int{p.Width, p.Height})
}

// pngBomb announces a size and holds no pixels.
func pngBomb(w, h uint32, depth byte) []byte {
	head := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	head = append(binary.BigEndian.AppendUint32(head, h), depth, 6, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(head))
}

// progressive rewrites a baseline frame header's marker and size; its header is all that is looked at.
func progressive(b []byte, w, h uint16) []byte {
	b = bytes.Clone(b)
	at := bytes.Index(b, []byte{0xff, 0xc0})
	b[at+1] = 0xc2
	binary.BigEndian.PutUint16(b[at+5:], h)
	binary.BigEndian.PutUint16(b[at+7:], w)
	for i := range 3 {
		b[at+11+3*i] = 0x11
	}
	return b
}

func TestRefused(t *testing.T) {
	plain := asJPEG(t, quarters(40, 40))
	cases := []struct {
		name, code string
		bytes      []byte
	}{
		{"nothing", "image_type_unsupported", nil},
		{"gif", "image_type_unsupported", []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;")},
		{"svg", "image_type_unsupported", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)},
		{"heic", "image_type_unsupported", []byte("\x00\x00\x00\x18ftypheic")},
		{"html with a JPEG's name", "image_type_unsupported", []byte("<html>" + string(plain))},
		{"jpeg and html", "image_type_unsupported", append(bytes.Clone(plain), "<HTML><ScRipt>alert(1)</script>"...)},
		{"6 MiB", "body_too_large", append(bytes.Clone(plain), make([]byte, 6<<20)...)},
		{"50,000 a side", "image_too_large", pngBomb(50_000, 50_000, 8)},
		{"a long side", "image_too_large", pngBomb(8193, 1, 8)},
		{"25 megapixels and one row", "image_too_large", pngBomb(5000, 5001, 8)},
		{"25 deep megapixels hold 200 MB", "image_too_large", append(pngBomb(5100, 4900, 16), 0)},
		{"a progressive JPEG of 24 megapixels without subsampling", "image_too_large", progressive(plain, 6000, 4000)},
		{"no pixels", "image_invalid", pngBomb(0, 5, 8)},
		{"cut off", "image_invalid", plain[:len(plain)/2]},
		{"only a header", "image_invalid", pngBomb(10, 10, 8)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := NewReader().Read(t.Context(), c.bytes, Picture())
			runtime.ReadMemStats(&after)
			var refusal *domain.Refusal
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, c.code, refusal.Code)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20), "nothing was decoded")
		})
	}
}

func TestDecodingEndsWithItsTime(t *testing.T) {
	r := NewReader()
	r.limit = time.Nanosecond
	_, err := r.Read(t.Context(), asJPEG(t, quarters(40, 40)), Picture())
	require.ErrorContains(t, err, "image_invalid: the picture cannot be read: decoding took too long")
}

func TestOnePictureAtATime(t *testing.T) {
	r := NewReader()
	r.turn <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := r.Read(ctx, asJPEG(t, quarters(40, 40)), Picture())
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "wait for the turn")
}

func TestHashes(t *testing.T) {
	b := asJPEG(t, quarters(400, 300))
	one, _ := read(t, b, Picture())
	again, _ := read(t, b, Picture())
	require.Equal(t, one, again, "the same bytes become the same picture")
	smaller, _ := read(t, asJPEG(t, quarters(200, 150)), Picture())
	require.NotEqual(t, one.Original, smaller.Original)
	require.LessOrEqual(t, bits.OnesCount64(one.DHash^smaller.DHash), 6, "the same scene")
	require.Equal(t, 64, len(fmt.Sprintf("%064b", one.DHash)))
	ramp := image.NewGray(image.Rect(0, 0, 90, 80))
	for i := range ramp.Pix {
		ramp.Pix[i] = uint8(200 - 2*(i%90))
	}
	falling, _ := read(t, asPNG(t, ramp), Picture())
	require.Equal(t, strings.Repeat("1", 64), fmt.Sprintf("%b", falling.DHash), "each is brighter than its right neighbour")
}
