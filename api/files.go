package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dakahq/daka/api/limit"
	"github.com/dakahq/daka/api/reveal"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands/files"
	"github.com/dakahq/daka/commands/files/photo"
	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/domain"
)

// FileView is a file as its sender learns of it.
type FileView struct {
	File    string        `json:"file"`
	Member  domain.ID     `json:"member"`
	Purpose files.Purpose `json:"purpose"`
	At      time.Time     `json:"at"`
}

// fileTime bounds how long a picture may take to arrive.
const fileTime = 30 * time.Second

// pictures keeps and shows proofs and photos.
type pictures struct {
	files  *files.Store
	guard  *who.Guard
	looks  *reveal.Looks
	router *route.Router
}

// mountFiles registers files; they are described by hand, since they are no JSON.
func (s *pictures) mountFiles() {
	const path = v1 + "/orgs/{org}/files"
	s.router.Plain("POST", path, s.sendFile)
	s.router.Plain("GET", path+"/{file}", s.readFile)
	text := func(about string) *huma.Schema { return &huma.Schema{Type: "string", Description: about} }
	binary := &huma.Schema{Type: "string", Format: "binary"}
	member, purpose := text("whose it is: a member's id; left out or me is the caller"), text("punch (by default) or proof")
	purpose.Enum = []any{string(files.Punch), string(files.Proof)}
	org := &huma.Param{Name: "org", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}}
	form := &huma.Schema{Type: "object", Required: []string{"file"}, Properties: map[string]*huma.Schema{"member": member, "purpose": purpose, "file": binary}}
	raw := &huma.MediaType{Schema: binary}
	sent := &huma.Schema{Type: "object", Required: []string{"file", "member", "purpose", "at"}, Properties: map[string]*huma.Schema{
		"file": text("the name, for a punch's photo or a request's proofs: the SHA-256 of the ciphertext"), "member": text("whose it is"),
		"purpose": purpose, "at": {Type: "string", Format: "date-time", Description: "when it was sent first"}}}
	s.router.Document(&huma.Operation{
		OperationID: "send-file", Method: "POST", Path: path, Tags: []string{"files"}, Summary: "Send a photo or a proof: JPEG, PNG or WebP",
		Description: "At most 5 MiB, 25 megapixels and 8,192 pixels a side; 20 a person a day. It is kept as an upright JPEG of at most 1,600 pixels a side, without " +
			"metadata, encrypted. The same picture again is the same file, so no Idempotency-Key is needed. A punch never waits for its photo: one that could not be sent is left out.",
		Parameters: []*huma.Param{org, {Name: "member", In: "query", Schema: member}, {Name: "purpose", In: "query", Schema: purpose}},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: form},
			"image/jpeg": raw, "image/png": raw, "image/webp": raw}},
		Responses: map[string]*huma.Response{"201": {Description: "kept", Content: map[string]*huma.MediaType{"application/json": {Schema: sent}}}, "default": {Description: "refused"}},
	})
	s.router.Document(&huma.Operation{
		OperationID: "file", Method: "GET", Path: path + "/{file}", Tags: []string{"files"}, Summary: "A photo or a proof",
		Description: "For whom it shows, HR and the auditor, and a proof also for those who judge requests of its owner. Others get 404.",
		Parameters:  []*huma.Param{org, {Name: "file", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}}},
		Responses:   map[string]*huma.Response{"200": {Description: "the picture", Content: map[string]*huma.MediaType{"image/jpeg": {Schema: binary}}}, "default": {Description: "refused"}},
	})
}

// sentFile is what a request says of a picture.
type sentFile struct {
	member, purpose string
	content         []byte
}

func (s *pictures) sendFile(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	org, err := route.Org{Org: r.PathValue("org")}.ID()
	if err != nil {
		return err
	}
	if err := s.guard.Known(org, nil); err != nil {
		return err
	}
	sent, err := receiveFile(w, r)
	if err != nil {
		return err
	}
	owner, err := s.fileOwner(ctx, org, sent)
	if err != nil {
		return err
	}
	f, err := s.files.Put(ctx, owner, sent.content)
	if err != nil {
		return err
	}
	return route.WriteJSON(w, http.StatusCreated, FileView{File: f.ID, Member: f.Subject, Purpose: f.Purpose, At: f.At})
}

// fileOwner says whose file it will be: the caller's, or that of a member whom the caller may send for.
func (s *pictures) fileOwner(ctx context.Context, org domain.ID, sent sentFile) (files.Owner, error) {
	owner := files.Owner{Org: org, Purpose: files.Purpose(sent.purpose), Sender: who.AccessOf(ctx).Actor}
	switch owner.Purpose {
	case "":
		owner.Purpose = files.Punch
	case files.Punch, files.Proof:
	default:
		return owner, domain.Refuse("invalid_request", "purpose must be punch or proof")
	}
	if sent.member == "" {
		sent.member = "me"
	}
	var err error
	if _, owner.Subject, err = (route.Member{Org: route.Org{Org: org.String()}, Member: sent.member}).IDs(ctx); err != nil {
		return owner, err
	}
	if err := s.guard.Known(org, &owner.Subject); err != nil {
		return owner, err
	}
	return owner, who.AccessOf(ctx).Check(owner.Subject)
}

// receiveFile takes a picture as the body itself, or out of a form.
func receiveFile(w http.ResponseWriter, r *http.Request) (sentFile, error) {
	const formRoom = 16 << 10
	body := limit.Pace(w, r, fileTime)
	defer body.Done() // the picture may wait for its turn
	r.Body = http.MaxBytesReader(w, body, photo.MaxBytes+formRoom)
	sent := sentFile{member: r.URL.Query().Get("member"), purpose: r.URL.Query().Get("purpose")}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "image/jpeg", "image/png", "image/webp":
		content, err := io.ReadAll(r.Body)
		sent.content = content
		return sent, pictureProblem(err)
	case "multipart/form-data":
		return sent, pictureProblem(sent.takeForm(r))
	}
	return sent, domain.Refuse("image_type_unsupported", "send a JPEG, PNG or WebP picture as the body, or as the field file of a form")
}

func (f *sentFile) takeForm(r *http.Request) error {
	form, err := r.MultipartReader()
	if err != nil {
		return err
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) && f.content != nil {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return domain.Refuse("malformed_request", "the form has no field file with the picture")
		}
		if err != nil {
			return err
		}
		content, err := io.ReadAll(part)
		if err == nil {
			err = route.ScreenPart(part, "")
		}
		if err != nil {
			return err
		}
		switch part.FormName() {
		case "file":
			f.content = content
		case "member":
			f.member = string(content)
		case "purpose":
			f.purpose = string(content)
		default:
			return domain.Refuse("invalid_request", "the form has no field %q; its fields are member, purpose and file", part.FormName())
		}
	}
}

// pictureProblem tells a broken or too large body from a fault of ours.
func pictureProblem(err error) error {
	var large *http.MaxBytesError
	var refusal *domain.Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &large):
		return domain.Refuse("body_too_large", "a picture has at most %d MiB; make it smaller and send it again", photo.MaxBytes>>20)
	case errors.As(err, &refusal):
		return err
	}
	if limit.TooSlow(err) {
		return limit.SlowBody()
	}
	return domain.Refuse("malformed_request", "the picture broke off: %v", err)
}

func (s *pictures) readFile(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	org, err := route.Org{Org: r.PathValue("org")}.ID()
	if err != nil {
		return err
	}
	if err := s.guard.Known(org, nil); err != nil {
		return err
	}
	f, err := s.files.Lookup(org, r.PathValue("file"))
	if errors.Is(err, fs.ErrNotExist) || err == nil && !mayRead(who.AccessOf(ctx), f) {
		return noFile()
	}
	if err != nil {
		return err
	}
	content, err := s.files.Read(ctx, f)
	if errors.Is(err, keys.ErrDestroyed) || errors.Is(err, fs.ErrNotExist) {
		return noFile()
	}
	if err != nil {
		return err
	}
	if err := s.looks.Record(ctx, f.Subject, "file", []string{fileField(f.Purpose)}); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "image/jpeg")
	h.Set("Content-Length", strconv.Itoa(len(content)))
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.jpg"`, f.ID[:16]))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	_, _ = w.Write(content) // the caller may be gone
	return nil
}

// fileField is what the access log calls a file.
func fileField(p files.Purpose) string {
	if p == files.Proof {
		return "proof"
	}
	return "photo"
}

func noFile() error { return domain.Refuse("file_not_found", "there is no such file") }

// mayRead says who sees a file: whom it belongs to or who sent it, HR and the auditor; a proof also who judges its owner's requests.
func mayRead(a who.Access, f files.File) bool {
	return a.SeesPlaces(f.Subject) || a.Actor == f.Sender || f.Purpose == files.Proof && a.Reaches(f.Subject)
}
