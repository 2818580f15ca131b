package verdicts

import (
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain/attendance"
)

// The grounds of the page, light and dark.
var (
	lightGrounds = []string{"#FFFFFF", "#F5F7F9"}
	darkGrounds  = []string{"#15191E"}
)

// sights are how linear colours are seen: by most people, and by the three kinds of colour blindness (Machado 2009, severity 1).
var sights = map[string][3][3]float64{
	"all":    {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protan": {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deutan": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"tritan": {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
}

// TestColoursAreReadable: text on its fill, or on every ground, has a contrast of 5 at least.
func TestColoursAreReadable(t *testing.T) {
	s, err := Read()
	require.NoError(t, err)
	for name, style := range s.Styles {
		for _, c := range []struct {
			Colours
			grounds []string
		}{{style.Light, lightGrounds}, {style.Dark, darkGrounds}} {
			if c.Fill != "" {
				c.grounds = []string{c.Fill}
			}
			for _, ground := range c.grounds {
				require.GreaterOrEqual(t, contrast(linear(t, c.Text), linear(t, ground)), 5.0, "%s: %s on %s", name, c.Text, ground)
			}
		}
	}
}

// TestFillsAreToldApart, also by who sees colours otherwise.
func TestFillsAreToldApart(t *testing.T) {
	s, err := Read()
	require.NoError(t, err)
	for _, theme := range []func(Style) Colours{func(s Style) Colours { return s.Light }, func(s Style) Colours { return s.Dark }} {
		for one, a := range s.Styles {
			for other, b := range s.Styles {
				if one >= other || theme(a).Fill == "" || theme(b).Fill == "" {
					continue
				}
				for sight, m := range sights {
					d := distance(lab(seen(m, linear(t, theme(a).Fill))), lab(seen(m, linear(t, theme(b).Fill))))
					require.GreaterOrEqual(t, d, 16.0, "%s and %s (%s)", one, other, sight)
				}
			}
		}
	}
}

// TestEveryVerdictIsThere: each result and status of a day has its word, except Abnormal and Excused, which are told by what they consist of.
func TestEveryVerdictIsThere(t *testing.T) {
	s, err := Read()
	require.NoError(t, err)
	names := []string{string(attendance.TimeNormal), string(attendance.TimeLate), string(attendance.TimeSeriousLate), string(attendance.TimeAbsenteeism), string(attendance.TimeEarly),
		string(attendance.TimeNotSigned), string(attendance.TimePending), string(attendance.Unscheduled), string(attendance.Rest), string(attendance.OnLeave), string(attendance.OnTrip),
		string(attendance.Absent), string(attendance.HalfDay), string(attendance.AnomalyShort), "Out", "Holiday"}
	for _, name := range names {
		v, is := s.Verdict(name)
		require.True(t, is, name)
		require.NotEmpty(t, v.ZH)
		require.NotEmpty(t, v.EN)
		require.NotEmpty(t, v.Symbol.ZH)
		require.NotEmpty(t, v.Symbol.EN)
		require.Contains(t, s.Styles, v.Style)
	}
	symbols := map[string]string{}
	for _, v := range s.Verdicts {
		if before, is := symbols[v.Symbol.EN]; is {
			require.Equal(t, before, v.Style, "%s has a symbol of another look", v.Name)
		}
		symbols[v.Symbol.EN] = v.Style
	}
	for _, c := range s.Corners {
		require.NotContains(t, symbols, c.Symbol)
		symbols[c.Symbol] = ""
	}
}

type triple [3]float64

// linear reads #RRGGBB as linear light.
func linear(t *testing.T, colour string) (out triple) {
	t.Helper()
	require.Regexp(t, `^#[0-9A-F]{6}$`, colour)
	for i := range out {
		n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		require.NoError(t, err)
		v := float64(n) / 255
		if out[i] = v / 12.92; v > 0.04045 {
			out[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return out
}

func seen(m [3][3]float64, c triple) (out triple) {
	for i := range out {
		out[i] = math.Min(1, math.Max(0, m[i][0]*c[0]+m[i][1]*c[1]+m[i][2]*c[2]))
	}
	return out
}

func contrast(a, b triple) float64 {
	light := func(c triple) float64 { return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2] + 0.05 }
	return math.Max(light(a), light(b)) / math.Min(light(a), light(b))
}

// lab is CIE L*a*b* under D65.
func lab(c triple) triple {
	f := func(v float64) float64 {
		if v > 216.0/24389 {
			return math.Cbrt(v)
		}
		return (24389.0/27*v + 16) / 116
	}
	x := f((0.4124564*c[0] + 0.3575761*c[1] + 0.1804375*c[2]) / 0.95047)
	y := f(0.2126729*c[0] + 0.7151522*c[1] + 0.0721750*c[2])
	z := f((0.0193339*c[0] + 0.1191920*c[1] + 0.9503041*c[2]) / 1.08883)
	return triple{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

func distance(a, b triple) float64 {
	return math.Hypot(math.Hypot(a[0]-b[0], a[1]-b[1]), a[2]-b[2])
}
