package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/web"
)

// tab is one person's browser: its own cookies, its own window, a phone's size or a desk's.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string
	name string
}

// screen is the size and the language of a browser.
type screen struct {
	width, height int64
	language      string
}

var (
	phone = screen{390, 844, "zh-CN"}
	desk  = screen{1440, 900, "en-GB"}
)

// absent skips a test for what the machine lacks; in CI, which brings everything, it fails, for a skipped test says nothing there.
func absent(t lacking, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// lacking is the test that lacks something.
type lacking interface {
	Helper()
	Fatal(args ...any)
	Skip(args ...any)
}

// lackedTest notes how it ended.
type lackedTest struct{ ended string }

func (l *lackedTest) Helper()      {}
func (l *lackedTest) Fatal(...any) { l.ended += "failed" }
func (l *lackedTest) Skip(...any)  { l.ended += "skipped" }

// TestAMissingBrowserFailsInCI and is skipped elsewhere.
func TestAMissingBrowserFailsInCI(t *testing.T) {
	var here, inCI lackedTest
	t.Setenv("CI", "")
	absent(&here, "no browser")
	require.Equal(t, "skipped", here.ended)
	t.Setenv("CI", "true")
	absent(&inCI, "no browser")
	require.Equal(t, "failed", strings.TrimSuffix(inCI.ended, "skipped"))
}

// chromium starts one browser for a test; a short run, and a machine that has no browser or no page inside the binary, skip it.
func chromium(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("short: no browser")
	}
	if _, err := web.Files().Open("index.html"); err != nil {
		absent(t, "the page was not built; make web builds it")
	}
	path := os.Getenv("DAKA_CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); path == "" && err == nil {
			path = found
		}
	}
	if path == "" {
		absent(t, "there is no Chromium; set DAKA_CHROMIUM, or install the package chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx), "the browser does not start")
	return ctx
}

// open opens a window without cookies for one person.
func (r *rig) open(ctx context.Context, name string, s screen) *tab {
	r.t.Helper()
	ctx, cancel := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
	b := &tab{t: r.t, ctx: ctx, base: r.slowed(), name: name}
	require.NoError(r.t, chromedp.Do(ctx), "no window") // the window lives as long as the context of its first step
	size := []chromedp.EmulateViewportOption{chromedp.EmulateScale(1)}
	if s.width < 600 {
		size = append(size, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	b.do(chromedp.EmulateViewport(s.width, s.height, size...))
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: "Mozilla/5.0 (Linux; Android 15) Chrome/150.0", AcceptLanguage: s.language})
		return err
	}))
	r.t.Cleanup(func() {
		if r.t.Failed() {
			b.shot("failed")
		}
		cancel()
	})
	return b
}

// slowed is where a browser finds the server. DAKA_TEST_JITTER=800ms holds every answer back by up to that long, so that they overtake each
// other as on a bad line: what a test only passes because answers are quick fails then.
func (r *rig) slowed() string {
	r.t.Helper()
	most, err := time.ParseDuration(cmp.Or(os.Getenv("DAKA_TEST_JITTER"), "0s"))
	require.NoError(r.t, err, "DAKA_TEST_JITTER")
	if most <= 0 {
		return r.base
	}
	to, err := url.Parse(r.base)
	require.NoError(r.t, err)
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(p *httputil.ProxyRequest) {
		time.Sleep(rand.N(most))
		p.SetURL(to)
		p.Out.Host = p.In.Host
	}}
	line := httptest.NewServer(proxy)
	r.t.Cleanup(line.CloseClientConnections)
	return line.URL
}

// at says where the device is, and that the page may know it.
func (b *tab) at(lat, lng, accuracy float64) {
	b.t.Helper()
	_, err := chromedp.CallBrowser(b.ctx, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "geolocation"}, Setting: browser.PermissionSettingGranted, Origin: b.base,
		BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
	})
	require.NoError(b.t, err)
	_, err = chromedp.Call(b.ctx, emulation.SetGeolocationOverride, emulation.SetGeolocationOverrideParams{Latitude: &lat, Longitude: &lng, Accuracy: &accuracy})
	require.NoError(b.t, err)
}

// patience is how often a page is asked, 20 ms apart, until it fails: a count stands still with a frozen machine, a deadline does not.
const patience = 1500

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Minute)
	defer cancel()
	require.NoError(b.t, chromedp.Do(ctx, steps...), b.name)
}

// visit opens an address of the page.
func (b *tab) visit(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base + path))
}

// finding is the script that finds what a person would: the topmost visible part with these words.
const finding = `((kind, words) => {
  const clean = (s) => (s || "").replace(/\s+/g, " ").trim();
  const dialogs = [...document.querySelectorAll("dialog[open]")];
  const root = dialogs.at(-1) || document;
  const shown = (e) => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== "hidden";
  if (kind === "field") {
    const label = [...root.querySelectorAll("label")].find((l) => clean(l.textContent) === words && (l.control || l.querySelector("input")));
    return label ? label.control || label.querySelector("input") : null;
  }
  const all = [...root.querySelectorAll("button, a, label.btn, label.check, .week label")].filter((e) => shown(e) && !e.disabled);
  const named = (e) => [clean(e.textContent), clean(e.getAttribute("aria-label"))];
  return all.find((e) => named(e).includes(words)) || all.find((e) => named(e).some((n) => n.startsWith(words))) || null;
})`

// point waits for a part of the page that stands still, brings it into view, and gives its middle.
func (b *tab) point(kind, words string) (x, y float64) {
	b.t.Helper()
	quoted, _ := json.Marshal(words)
	script := fmt.Sprintf(`(() => { const e = %s(%q, %s); if (!e) return null; e.scrollIntoView({block: "center"});
	  const r = (e.matches("input[type=checkbox]") ? e.closest("label") : e).getBoundingClientRect(); return [r.x + Math.min(r.width / 2, 120), r.y + r.height / 2]; })()`, finding, kind, quoted)
	return b.still(script, "no %s %q", kind, words)
}

// still waits until a script gives the same place twice, and gives it: what moves cannot be pressed.
func (b *tab) still(script, format string, args ...any) (x, y float64) {
	b.t.Helper()
	var at []float64
	b.until(func() bool {
		before := at
		at = evaluate[[]float64](b, script)
		return len(at) == 2 && slices.Equal(before, at)
	}, format, args...)
	return at[0], at[1]
}

// press presses a button or follows a link by its words.
func (b *tab) press(words string) {
	b.t.Helper()
	x, y := b.point("button", words)
	b.do(chromedp.MouseClickXY(x, y))
}

// fill types into the field of a label, in the place of what was there.
func (b *tab) fill(label, text string) {
	b.t.Helper()
	x, y := b.point("field", label)
	b.do(chromedp.MouseClickXY(x, y))
	quoted, _ := json.Marshal(label)
	if typed := evaluate[bool](b, fmt.Sprintf(`(() => { const e = %s("field", %s); e.focus(); if (/date|time/.test(e.type)) return false; e.select(); return true; })()`, finding, quoted)); typed {
		b.do(chromedp.KeyEvent("\b"))
		_, err := chromedp.Call(b.ctx, input.InsertText, input.InsertTextParams{Text: text})
		require.NoError(b.t, err)
		return
	}
	b.set(label, text)
}

// set gives a date, a time or a list its value as the browser's own picker would.
func (b *tab) set(label, value string) {
	b.t.Helper()
	b.point("field", label)
	quoted, _ := json.Marshal([]string{label, value})
	script := fmt.Sprintf(`(([label, value]) => { const e = %s("field", label);
	  const option = e.options && [...e.options].find((o) => o.textContent.includes(value)); if (e.options && !option) return false;
	  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(e), "value").set.call(e, option ? option.value : value);
	  e.dispatchEvent(new Event("input", {bubbles: true})); e.dispatchEvent(new Event("change", {bubbles: true})); return true; })(%s)`, finding, quoted)
	b.until(func() bool { return evaluate[bool](b, script) }, "the list %q has no %q", label, value)
}

// attach gives a file to the field of a label.
func (b *tab) attach(label, path string) {
	b.t.Helper()
	b.point("button", label)
	b.do(chromedp.SetUploadFiles(chromedp.CSS(`input[type="file"]`), []string{path}))
}

// see waits until the page says something.
func (b *tab) see(words string) {
	b.t.Helper()
	b.until(func() bool { return strings.Contains(b.text(), words) }, "the page does not say %q", words)
}

// gone waits until the page says something no longer: what an answer takes away leaves when the answer comes.
func (b *tab) gone(words string) {
	b.t.Helper()
	b.until(func() bool { return !strings.Contains(b.text(), words) }, "the page still says %q", words)
}

// miss makes sure that the page does not say something; what leaves is waited for with gone.
func (b *tab) miss(words string) {
	b.t.Helper()
	require.NotContains(b.t, b.text(), words, b.name)
}

func (b *tab) text() string {
	b.t.Helper()
	return evaluate[string](b, `document.body ? document.body.innerText : ""`)
}

func (b *tab) until(done func() bool, format string, args ...any) {
	b.t.Helper()
	for range patience {
		if done() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	require.FailNow(b.t, b.name+": "+fmt.Sprintf(format, args...), b.text())
}

// fits makes sure that nothing is wider than the window, and keeps a picture when DAKA_SCREENSHOTS names a folder.
func (b *tab) fits(picture string) {
	b.t.Helper()
	over := evaluate[[]string](b, `[...document.querySelectorAll("body *")].filter((e) => {
	  if (e.closest(".scroll, .parts, .ant-table-content, .feed, pre, code, .hidden")) return false;
	  const r = e.getBoundingClientRect(); return r.width > 0 && (r.right > innerWidth + 1 || r.left < -1);
	}).map((e) => e.tagName + "." + e.className)`)
	require.Empty(b.t, over, "%s: %s is wider than the window", b.name, picture)
	b.accessible(picture)
	if os.Getenv("DAKA_SCREENSHOTS") != "" {
		b.shot(picture)
	}
}

// axe is the tester of accessibility that the page's packages bring.
const axe = "../../api/web/node_modules/axe-core/axe.min.js"

// accessible makes sure that axe finds nothing serious in what is shown (WCAG 2.2 AA), that a page has its one heading, and that no part of it
// is drawn by the browser in its own language. Motion is over first: a colour that is still fading has no contrast to speak of.
func (b *tab) accessible(picture string) {
	b.t.Helper()
	source, err := os.ReadFile(axe)
	if err != nil {
		absent(b.t, "axe-core is not installed; make web brings it")
	}
	b.until(func() bool {
		return evaluate[bool](b, `document.getAnimations().filter((a) => a.effect?.getComputedTiming().iterations !== Infinity).length === 0`)
	}, "%s does not come to rest", picture)
	evaluate[bool](b, string(source)+"; true")
	found := evaluate[[]string](b, `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"]}).then((r) =>
	  r.violations.filter((v) => ["serious", "critical"].includes(v.impact)).flatMap((v) => v.nodes.map((n) => v.id + ": " + n.target.join(" ") + " " + n.failureSummary)))`)
	require.Empty(b.t, found, "%s: %s", b.name, picture)
	if !evaluate[bool](b, `!!document.querySelector("dialog[open]")`) {
		require.Equal(b.t, 1, evaluate[int](b, `[...document.querySelectorAll("h1")].filter((e) => e.getClientRects().length).length`), "%s: %s has not one heading of the first rank", b.name, picture)
	}
	require.False(b.t, evaluate[bool](b, `!!document.querySelector("input[type=date], input[type=time], input[type=month], input[type=datetime-local]")`), "%s: %s asks for a date in the browser's language", b.name, picture)
}

// shot keeps a picture of the window.
func (b *tab) shot(picture string) {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Minute)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Log("no screenshot: ", err)
		return
	}
	dir := os.Getenv("DAKA_SCREENSHOTS")
	if dir == "" {
		dir = filepath.Join(os.TempDir(), "daka-screenshots")
	}
	path := filepath.Join(dir, strings.ReplaceAll(b.t.Name(), "/", "_")+"-"+b.name+"-"+picture+".png")
	if err = os.MkdirAll(dir, 0o755); err == nil {
		err = os.WriteFile(path, png, 0o600)
	}
	b.t.Log("screenshot: ", path, err)
}

// evaluate runs a script in the page; while it is being replaced by another, the zero value is answered.
func evaluate[T any](b *tab, script string) (value T) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Minute)
	defer cancel()
	result, err := chromedp.Run(ctx, chromedp.Evaluate[*runtime.RemoteObject](script, func(p *runtime.EvaluateParams) { yes := true; p.ReturnByValue, p.AwaitPromise = &yes, &yes }))
	if err != nil || len(result.Value) == 0 || bytes.Equal(result.Value, []byte("null")) {
		return value
	}
	require.NoError(b.t, json.Unmarshal(result.Value, &value), script)
	return value
}

// selfie writes a small JPEG.
func selfie(t *testing.T) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for i := range 320 * 240 {
		img.Set(i%320, i/320, color.RGBA{uint8(i % 256), uint8(i / 320), 120, 255})
	}
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, img, nil))
	path := filepath.Join(t.TempDir(), "me.jpg")
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	return path
}

func quote(text string) string {
	quoted, _ := json.Marshal(text)
	return string(quoted)
}

func chromeClick(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}

// offline cuts the browser off, as a lift does.
func (b *tab) offline(off bool) {
	b.t.Helper()
	rules := []*network.Conditions{}
	if off {
		rules = append(rules, &network.Conditions{DownloadThroughput: -1, UploadThroughput: -1, Offline: true})
	}
	_, err := chromedp.Call(b.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: rules})
	require.NoError(b.t, err)
}
