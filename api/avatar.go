package api

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands/files"
	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/commands/people"
	"github.com/dakahq/daka/domain"
)

// mountAvatar registers a person's picture; the routes are described by hand, since they are no JSON.
func (s *accounts) mountAvatar() {
	const path = v1 + "/me/avatar"
	s.router.Plain("PUT", path, s.setAvatar)
	s.router.Plain("GET", path, s.avatar)
	s.router.Plain("DELETE", path, s.removeAvatar)
	s.router.Plain("GET", v1+"/orgs/{org}/members/{member}/avatar", s.memberAvatar)
	binary := &huma.Schema{Type: "string", Format: "binary"}
	raw := &huma.MediaType{Schema: binary}
	key := []*huma.Param{{Name: "Idempotency-Key", In: "header", Required: true, Schema: &huma.Schema{Type: "string"}}}
	receipt := map[string]*huma.Response{"201": {Description: "the receipt of the change of the profile"}, "200": {Description: "a repeat, or nothing had to change"}, "default": {Description: "refused"}}
	describe := func(id, method, summary string, o huma.Operation) {
		o.OperationID, o.Method, o.Path, o.Tags, o.Summary = id, method, path, []string{"account"}, summary
		s.router.Document(&o)
	}
	form := &huma.Schema{Type: "object", Required: []string{"file"}, Properties: map[string]*huma.Schema{"file": binary}}
	describe("set-avatar", "PUT", "Set my picture: JPEG, PNG or WebP", huma.Operation{Parameters: key, Responses: receipt,
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: form}, "image/jpeg": raw, "image/png": raw, "image/webp": raw}}})
	describe("avatar", "GET", "My picture", huma.Operation{
		Responses: map[string]*huma.Response{"200": {Description: "the picture", Content: map[string]*huma.MediaType{"image/jpeg": raw}}, "default": {Description: "there is none"}}})
	describe("remove-avatar", "DELETE", "Take my picture away", huma.Operation{Parameters: key, Responses: receipt})
	inPath := func(name string) *huma.Param {
		return &huma.Param{Name: name, In: "path", Required: true, Schema: &huma.Schema{Type: "string"}}
	}
	s.router.Document(&huma.Operation{
		OperationID: "member-avatar", Method: "GET", Path: v1 + "/orgs/{org}/members/{member}/avatar", Tags: []string{"members"}, Summary: "The picture of a member who chose one",
		Parameters: []*huma.Param{inPath("org"), inPath("member")},
		Responses:  map[string]*huma.Response{"200": {Description: "the picture", Content: map[string]*huma.MediaType{"image/jpeg": raw}}, "default": {Description: "there is none"}},
	})
}

// setAvatar keeps the picture, then changes the profile; the same picture again is the same file and the same command.
func (s *accounts) setAvatar(w http.ResponseWriter, r *http.Request) error {
	account, err := who.OwnAccount(r.Context())
	if err != nil {
		return err
	}
	if err := domain.CheckCommandID(commandID(r)); err != nil {
		return err
	}
	sent, err := receiveFile(w, r)
	if err != nil {
		return err
	}
	owner := files.Owner{Subject: account, Purpose: files.Avatar, Sender: who.PrincipalOf(r.Context()).Actor}
	f, err := s.files.Put(r.Context(), owner, sent.content)
	if err != nil {
		return err
	}
	return s.changeAvatar(w, r, account, f.ID)
}

func commandID(r *http.Request) domain.ID {
	var id domain.ID
	_ = id.UnmarshalText([]byte(r.Header.Get("Idempotency-Key"))) // the nil id is none, too
	return id
}

func (s *accounts) removeAvatar(w http.ResponseWriter, r *http.Request) error {
	account, err := who.OwnAccount(r.Context())
	if err != nil {
		return err
	}
	return s.changeAvatar(w, r, account, "")
}

// changeAvatar writes the change; the request hash covers the file's name in the picture's place.
func (s *accounts) changeAvatar(w http.ResponseWriter, r *http.Request, account domain.ID, file string) error {
	head := route.HeadOf(r)
	call, err := head.Call(r.Context(), domain.ID{}, account)
	if err != nil {
		return err
	}
	if call.Body, err = json.Marshal(map[string]string{"avatar": file}); err != nil {
		return err
	}
	out, err := route.Receipt(s.use.Accounts.ChangeProfile(r.Context(), call, who.VisitOf(r.Context()), people.ChangeProfile{Avatar: &file}))
	if err != nil {
		return err
	}
	if out.Replay != "" {
		w.Header().Set("Idempotent-Replay", out.Replay)
	}
	return route.WriteJSON(w, out.Status, out.Body)
}

func (s *accounts) avatar(w http.ResponseWriter, r *http.Request) error {
	account, err := who.OwnAccount(r.Context())
	if err != nil {
		return err
	}
	return s.writeAvatar(w, r, account)
}

// memberAvatar shows the picture that a member chose to be seen by; the guard has judged whom the caller reaches.
func (s *accounts) memberAvatar(w http.ResponseWriter, r *http.Request) error {
	a := who.AccessOf(r.Context())
	id, err := who.MemberOf(a, r.PathValue("member"))
	if err != nil {
		return err
	}
	m, _ := s.directory.Member(a.Org, id)
	if m.Account == nil {
		return noFile()
	}
	err = s.writeAvatar(w, r, *m.Account)
	var refusal *domain.Refusal
	if errors.As(err, &refusal) { // the account was erased, and the membership stays
		return noFile()
	}
	return err
}

func (s *accounts) writeAvatar(w http.ResponseWriter, r *http.Request, account domain.ID) error {
	profile, err := s.use.Profiles.Read(r.Context(), account)
	if err != nil {
		return err
	}
	f, err := s.files.Lookup(domain.ID{}, profile.Avatar)
	if errors.Is(err, fs.ErrNotExist) || err == nil && f.Subject != account {
		return noFile()
	}
	if err != nil {
		return err
	}
	content, err := s.files.Read(r.Context(), f)
	if errors.Is(err, keys.ErrDestroyed) || errors.Is(err, fs.ErrNotExist) {
		return noFile()
	}
	if err != nil {
		return err
	}
	writePicture(w, f.ID, content)
	return nil
}

// writePicture answers a kept picture so that a browser takes it for nothing else.
func writePicture(w http.ResponseWriter, id string, content []byte) {
	h := w.Header()
	h.Set("Content-Type", "image/jpeg")
	h.Set("Content-Length", strconv.Itoa(len(content)))
	h.Set("Content-Disposition", `attachment; filename="`+id[:16]+`.jpg"`)
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	_, _ = w.Write(content) // the caller may be gone
}
