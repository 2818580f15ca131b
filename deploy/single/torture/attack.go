package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/dakahq/daka/deploy/single/rig"
)

const (
	slowBodies = 300
	halfLogins = 5000
	// comeBack is how long a connection that the server ended stays away.
	comeBack = 30 * time.Second
	// bombBytes is what a workbook's only cell unpacks to.
	bombBytes = 400 << 20
)

// foe is an organization that does its worst, by a token with every scope that it may have.
type foe struct {
	client  *rig.Client
	address string
	base    string // path of its organization
	groups  string
	bomb    []byte
	weapons []string // what it uses, all when empty

	texts, dates, bodies, logins, methods, bombs atomic.Int64
	failed                                       atomic.Int64 // answers of 500
	last                                         atomic.Pointer[string]
}

// foe founds the hostile organization.
func (s *stage) foe(ctx context.Context) (*foe, error) {
	company, err := rig.Found(ctx, s.client, "Hostile")
	if err != nil {
		return nil, err
	}
	if err := company.Hire(ctx, s.client, 20); err != nil {
		return nil, err
	}
	token, err := issueToken(ctx, s.client, company.Org, "foe", "punching:write", "imports:write", "members:write", "members:read", "groups:write", "days:read", "organization:write", "statistics:read")
	if err != nil {
		return nil, err
	}
	bomb, err := workbookBomb()
	if err != nil {
		return nil, err
	}
	base := "/api/v1/orgs/" + company.Org.String()
	return &foe{client: rig.NewClient(s.server.URL(), token), address: s.server.Addr, base: base, groups: base + "/groups/" + company.Group.String(), bomb: bomb}, nil
}

// counts says how often each weapon that it uses was used.
func (f *foe) counts() map[string]int64 {
	out := map[string]int64{}
	for name, n := range map[string]*atomic.Int64{"texts": &f.texts, "dates": &f.dates, "bodies": &f.bodies, "logins": &f.logins, "methods": &f.methods, "bombs": &f.bombs} {
		if f.uses(name) {
			out[name] = n.Load()
		}
	}
	return out
}

func (f *foe) uses(weapon string) bool {
	return len(f.weapons) == 0 || slices.Contains(f.weapons, weapon)
}

// String says what the server could not do, if anything.
func (f *foe) String() string {
	if text := f.last.Load(); text != nil {
		return fmt.Sprintf("the foe got %d answers of 500, such as %s", f.failed.Load(), *text)
	}
	return "the foe got no answer of 500"
}

// attack begins everything at once; it ends with ctx.
func (f *foe) attack(ctx context.Context, running *sync.WaitGroup) {
	every := func(weapon string, pause time.Duration, do func(context.Context, int)) {
		if !f.uses(weapon) {
			return
		}
		running.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				do(ctx, i)
				select {
				case <-ctx.Done():
				case <-time.After(pause):
				}
			}
		})
	}
	for range 4 {
		every("texts", 50*time.Millisecond, f.nul)
		every("methods", 10*time.Millisecond, f.nonsense)
	}
	every("dates", 200*time.Millisecond, f.ancient)
	every("bombs", time.Second, f.explode)
	every("bombs", time.Second, f.explode)
	f.holdMany(ctx, running)
}

// holdMany opens the connections whose bodies never come.
func (f *foe) holdMany(ctx context.Context, running *sync.WaitGroup) {
	for i := range slowBodies {
		if !f.uses("bodies") {
			break
		}
		path, kind := f.base+"/imports", "multipart/form-data; boundary=x"
		if i%2 == 1 {
			path, kind = f.base+"/punches", "application/json"
		}
		running.Go(func() { f.half(ctx, path, kind, &f.bodies) })
	}
	for range halfLogins {
		if !f.uses("logins") {
			break
		}
		running.Go(func() { f.half(ctx, "/api/v1/auth/login", "application/json", &f.logins) })
	}
}

func (f *foe) do(ctx context.Context, method, path string, body any) {
	key, err := uuid.NewV7()
	if err != nil {
		return
	}
	a, err := f.client.Do(ctx, method, path, key.String(), body)
	if err == nil && a.Status == http.StatusInternalServerError {
		f.failed.Add(1)
		text := method + " " + path + ": " + string(a.Body)
		f.last.Store(&text)
	}
}

// nul sends control characters wherever a text goes.
func (f *foe) nul(ctx context.Context, i int) {
	f.texts.Add(1)
	bad := fmt.Sprintf("a\x00b%d\u202e", i)
	switch i % 5 {
	case 0:
		f.do(ctx, http.MethodPost, f.base+"/punches", map[string]any{"number": "R00001", "source_type": "ATM", "device_id": bad})
	case 1:
		f.do(ctx, http.MethodPost, f.base+"/members", map[string]any{"number": bad, "position": bad, "name": bad})
	case 2:
		f.do(ctx, http.MethodPost, f.base+"/departments", map[string]any{"name": bad})
	case 3:
		f.do(ctx, http.MethodPatch, f.base, map[string]any{"industry": bad})
	default:
		f.do(ctx, http.MethodPut, f.groups+"/rule", map[string]any{"name": bad, "kind": "free", "time_zone": bad, "effective_from": "2026-01-01"})
	}
}

// ancient names dates that make rows of thousands of years, or none.
func (f *foe) ancient(ctx context.Context, i int) {
	f.dates.Add(1)
	switch i % 4 {
	case 0:
		f.do(ctx, http.MethodPost, f.base+"/members", map[string]any{"number": fmt.Sprint("old", i), "joined": "0001-01-01"})
	case 1:
		f.do(ctx, http.MethodPost, f.base+"/members", map[string]any{"number": fmt.Sprint("older", i), "joined": "0000-12-31"})
	case 2:
		f.do(ctx, http.MethodGet, f.base+"/dashboard?date=0000-01-01", nil)
	default:
		f.do(ctx, http.MethodPut, f.groups+"/rule", map[string]any{"name": "old", "kind": "free", "time_zone": "Asia/Shanghai", "effective_from": "0001-01-01"})
	}
}

// nonsense uses methods and paths that nobody has.
func (f *foe) nonsense(ctx context.Context, i int) {
	f.methods.Add(1)
	f.do(ctx, fmt.Sprintf("N%d", rand.Uint32()), fmt.Sprintf("%s/%d", f.base, i), nil)
}

// explode imports a workbook whose one cell is larger than the server's memory should get.
func (f *foe) explode(ctx context.Context, _ int) {
	f.bombs.Add(1)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("format", "dingtalk-xlsx")
	_ = form.WriteField("zone", "Asia/Shanghai")
	if part, err := form.CreateFormFile("file", "bomb.xlsx"); err == nil {
		_, _ = part.Write(f.bomb)
	}
	_ = form.Close()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.client.Base+f.base+"/imports", &body)
	if err != nil {
		return
	}
	req.Header.Set("Authorization", "Bearer "+f.client.Token)
	req.Header.Set("Content-Type", form.FormDataContentType())
	if res, err := (&http.Client{Transport: f.client.HTTP.Transport, Timeout: time.Minute}).Do(req); err == nil {
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
}

// half sends a request whose body never comes, and again after the server has ended it.
func (f *foe) half(ctx context.Context, path, kind string, count *atomic.Int64) {
	for ctx.Err() == nil {
		f.hold(ctx, path, kind, count)
		select {
		case <-ctx.Done():
		case <-time.After(comeBack/2 + rand.N(comeBack)):
		}
	}
}

func (f *foe) hold(ctx context.Context, path, kind string, count *atomic.Int64) {
	c, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", f.address)
	if err != nil {
		return
	}
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	defer c.Close()
	head := []string{"POST " + path + " HTTP/1.1", "Host: " + f.address, "Content-Type: " + kind, "Content-Length: 4000", "Idempotency-Key: " + uuid.Must(uuid.NewV7()).String()}
	if !strings.Contains(path, "/auth/") {
		head = append(head, "Authorization: Bearer "+f.client.Token)
	}
	if _, err := io.WriteString(c, strings.Join(head, "\r\n")+"\r\n\r\n{"); err == nil {
		count.Add(1)
		_, _ = io.Copy(io.Discard, c)
	}
}

// workbookBomb is a workbook of some hundred kilobytes whose only cell has bombBytes.
func workbookBomb() ([]byte, error) {
	const space = "http://schemas.openxmlformats.org/"
	parts := []struct{ name, content string }{
		{"[Content_Types].xml", `<Types xmlns="` + space + `package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="` + space + `package/2006/relationships"><Relationship Id="rId1" Type="` + space + `officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="` + space + `spreadsheetml/2006/main" xmlns:r="` + space + `officeDocument/2006/relationships"><sheets><sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + space + `package/2006/relationships"><Relationship Id="rId1" Type="` + space + `officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range parts {
		w, err := z.Create(p.name)
		if err != nil {
			return nil, fmt.Errorf("writing %s: %w", p.name, err)
		}
		if _, err := io.WriteString(w, p.content); err != nil {
			return nil, fmt.Errorf("writing %s: %w", p.name, err)
		}
	}
	sheet, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return nil, fmt.Errorf("writing the sheet: %w", err)
	}
	block := bytes.Repeat([]byte("a"), 1<<20)
	_, err = io.WriteString(sheet, `<worksheet xmlns="`+space+`spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>`)
	for range bombBytes / len(block) {
		if err == nil {
			_, err = sheet.Write(block)
		}
	}
	if err == nil {
		_, err = io.WriteString(sheet, `</t></is></c></row></sheetData></worksheet>`)
	}
	if err != nil {
		return nil, fmt.Errorf("writing the sheet: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("closing the workbook: %w", err)
	}
	return out.Bytes(), nil
}
