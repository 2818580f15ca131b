package main

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// snapshot is a picture as a phone takes it; the words stand for where it was taken.
func snapshot(t *testing.T, shade uint8, words string) string {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 320, 200))
	for i := range m.Pix {
		m.Pix[i] = shade + uint8(i%7)
	}
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, m, nil))
	comment := "\xff\xfe" + string([]byte{0, byte(len(words) + 2)}) + words
	return "\xff\xd8" + comment + b.String()[2:]
}

func (r *rig) sendPhoto(base, query, kind, content string) reply {
	r.t.Helper()
	return r.send(ask{method: "POST", path: "/api/v1" + base + "/files" + query, body: content, header: map[string]string{"Content-Type": kind}})
}

// photo sends a picture for a member and gives its name.
func (r *rig) photo(base, member, purpose, content string) string {
	r.t.Helper()
	a := r.sendPhoto(base, "?member="+member+"&purpose="+purpose, "image/jpeg", content)
	require.Equal(r.t, http.StatusCreated, a.status, a.body)
	var sent struct{ File, Member, Purpose string }
	a.json(r.t, &sent)
	require.Equal(r.t, member+" "+purpose, sent.Member+" "+sent.Purpose)
	require.Len(r.t, sent.File, 64)
	return sent.File
}

func TestAPhotoGoesWithItsPunch(t *testing.T) {
	r := serve(t, nil).ready()
	org := r.company(ruleKolkata)
	base := "/orgs/" + org
	member, _ := r.id("POST", base+"/members", `{"number":"1","joined":"2020-01-01"}`)
	const place = "30.2741N 120.1551E"
	file := r.photo(base, member, "punch", snapshot(t, 9, place))
	require.Equal(t, file, r.photo(base, member, "punch", snapshot(t, 9, place)), "sent twice is kept once")

	shown := r.get("/api/v1" + base + "/files/" + file)
	require.Equal(t, http.StatusOK, shown.status)
	require.Equal(t, "image/jpeg", shown.header.Get("Content-Type"))
	require.Equal(t, `attachment; filename="`+file[:16]+`.jpg"`, shown.header.Get("Content-Disposition"))
	require.Equal(t, "sandbox; default-src 'none'", shown.header.Get("Content-Security-Policy"))
	require.Equal(t, "nosniff", shown.header.Get("X-Content-Type-Options"))
	require.Equal(t, "no-store", shown.header.Get("Cache-Control"))
	require.NotContains(t, shown.body, place)
	require.True(t, strings.HasPrefix(shown.body, "\xff\xd8\xff"))

	type punch struct{ Detail struct{ Photo string } }
	var page struct{ Items []punch }
	for _, photo := range []string{file, strings.Repeat("0", 64)} {
		_, at := r.id("POST", base+"/punches", fmt.Sprintf(`{"member":%q,"photo":%q}`, member, photo))
		r.fresh("/api/v1"+base+"/members/"+member+"/punches?min_position="+at).json(t, &page)
	}
	require.Len(t, page.Items, 2)
	require.Equal(t, []string{file, ""}, []string{page.Items[0].Detail.Photo, page.Items[1].Detail.Photo}, "a photo that was never sent stops no punch")

	kept, err := os.ReadFile(filepath.Join(r.data, "files", org, file[:2], file))
	require.NoError(t, err)
	require.NotContains(t, string(kept), "\xff\xd8\xff")
}

func TestAPhotoInAForm(t *testing.T) {
	r := serve(t, nil).ready()
	base := "/orgs/" + r.company(ruleKolkata)
	member, _ := r.id("POST", base+"/members", `{"number":"1","joined":"2020-01-01"}`)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	require.NoError(t, form.WriteField("member", member))
	require.NoError(t, form.WriteField("purpose", "proof"))
	part, err := form.CreateFormFile("file", "note.png")
	require.NoError(t, err)
	require.NoError(t, png.Encode(part, image.NewGray(image.Rect(0, 0, 5, 5))))
	require.NoError(t, form.Close())
	a := r.sendPhoto(base, "", form.FormDataContentType(), body.String())
	require.Equal(t, http.StatusCreated, a.status, a.body)
	require.Contains(t, a.body, `"purpose":"proof"`)
}

func TestPicturesThatAreRefused(t *testing.T) {
	r := serve(t, nil).ready()
	base := "/orgs/" + r.company(ruleKolkata)
	member, _ := r.id("POST", base+"/members", `{"number":"1","joined":"2020-01-01"}`)
	plain := snapshot(t, 1, "x")
	for _, c := range []struct {
		name, query, kind, content, want string
		status                           int
	}{
		{"gif", "?member=" + member, "image/png", "GIF89a\x01\x00\x01\x00", "image_type_unsupported", 415},
		{"a kind that is not taken", "?member=" + member, "image/svg+xml", "<svg/>", "image_type_unsupported", 415},
		{"a picture and a page", "?member=" + member, "image/jpeg", plain + "<script>", "image_type_unsupported", 415},
		{"6 MiB", "?member=" + member, "image/jpeg", plain + strings.Repeat("x", 6<<20), "body_too_large", 413},
		{"half a picture", "?member=" + member, "image/jpeg", plain[:len(plain)/2], "image_invalid", 422},
		{"nobody's", "?member=" + uuid.NewString(), "image/jpeg", plain, "member_not_found", 404},
		{"the administrator's own", "", "image/jpeg", plain, "no_member_for_token", 404},
		{"another purpose", "?purpose=avatar&member=" + member, "image/jpeg", plain, "invalid_request", 422},
		{"no form", "", "multipart/form-data; boundary=x", "x", "malformed_request", 400},
	} {
		a := r.sendPhoto(base, c.query, c.kind, c.content)
		require.Equal(t, c.status, a.status, c.name+a.body)
		require.Contains(t, a.body, `"code":"`+c.want+`"`, c.name)
	}
	file := r.photo(base, member, "punch", plain)
	other := "/orgs/" + r.company(ruleKolkata)
	unknown := r.get("/api/v1" + base + "/files/" + strings.Repeat("0", 64))
	foreign := r.get("/api/v1" + other + "/files/" + file)
	require.Equal(t, 404, unknown.status)
	require.Equal(t, unknown.body, foreign.body, "another organization's is like none")
	require.Equal(t, 404, r.get("/api/v1"+base+"/files/..%2f"+file).status)
	for shade := range 19 {
		r.photo(base, member, "punch", snapshot(t, uint8(10+shade*10), "x"))
	}
	quota := r.sendPhoto(base, "?member="+member, "image/jpeg", snapshot(t, 220, "x"))
	require.Equal(t, 429, quota.status)
	require.Contains(t, quota.body, `"code":"file_quota"`)
	require.Equal(t, 201, r.write("POST", base+"/punches", fmt.Sprintf(`{"member":%q}`, member)).status, "a failed upload stops no punch")
}
