package photo

import (
	"bytes"
	"image"
	"image/color"

	"github.com/bep/imagemeta"
	"golang.org/x/image/draw"
)

// scale cuts and shrinks to the shape, on white where the picture is transparent; it never enlarges.
func scale(src image.Image, shape Shape) *image.RGBA {
	from := src.Bounds()
	if shape.Square {
		side := min(from.Dx(), from.Dy())
		corner := from.Min.Add(image.Pt((from.Dx()-side)/2, (from.Dy()-side)/2))
		from = image.Rectangle{Min: corner, Max: corner.Add(image.Pt(side, side))}
	}
	w, h := from.Dx(), from.Dy()
	if long := max(w, h); long > shape.Side {
		w, h = max(1, w*shape.Side/long), max(1, h*shape.Side/long)
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.BiLinear.Scale(out, out.Bounds(), src, from, draw.Over, nil)
	return out
}

// orientation is the EXIF orientation, 1 to 8; 1 when there is none or it cannot be read.
func orientation(original []byte, f format) int {
	kind := map[string]imagemeta.ImageFormat{"jpeg": imagemeta.JPEG, "png": imagemeta.PNG, "webp": imagemeta.WebP}[f.name]
	found := 1
	_, err := imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(original), ImageFormat: kind, Sources: imagemeta.EXIF, Timeout: decodeLimit, LimitNumTags: 1000,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool { return tag.Tag == "Orientation" && tag.Namespace == "IFD0" },
		HandleTag: func(tag imagemeta.TagInfo) error {
			if n, is := tag.Value.(uint16); is && n >= 1 && n <= 8 {
				found = int(n)
			}
			return nil
		},
	})
	if err != nil {
		return 1
	}
	return found
}

// upright undoes an EXIF orientation: 2 to 4 mirror and turn, 5 to 8 also swap the sides.
func upright(src *image.RGBA, orientation int) *image.RGBA {
	if orientation < 2 || orientation > 8 {
		return src
	}
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	size := image.Pt(w, h)
	if orientation >= 5 {
		size = image.Pt(h, w)
	}
	out := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			sx, sy := source(orientation, x, y, w, h)
			out.SetRGBA(x, y, src.RGBAAt(sx, sy))
		}
	}
	return out
}

// source is where an upright pixel lies in the stored picture of w by h.
func source(orientation, x, y, w, h int) (int, int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return y, h - 1 - x
	case 7:
		return w - 1 - y, h - 1 - x
	}
	return w - 1 - y, x
}

// dHash compares neighbours in a grid of 9 by 8: a bit for each, set where the left one is brighter.
func dHash(src image.Image) (hash uint64) {
	grid := image.NewGray(image.Rect(0, 0, 9, 8))
	draw.BiLinear.Scale(grid, grid.Bounds(), src, src.Bounds(), draw.Src, nil)
	for y := range 8 {
		for x := range 8 {
			hash <<= 1
			if grid.GrayAt(x, y).Y > grid.GrayAt(x+1, y).Y {
				hash |= 1
			}
		}
	}
	return hash
}
