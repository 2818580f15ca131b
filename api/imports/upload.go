package imports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/dakahq/daka/api/limit"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/scratch"
	"github.com/dakahq/daka/api/workbook"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/punchfile"
)

const (
	// uploadLimit bounds the files of one import together; fieldLimit one text field.
	uploadLimit = 1 << 30
	fieldLimit  = 4 << 10
	uploadTime  = 30 * time.Minute
	fileLimit   = 64 // files of one import
)

// upload is a form whose files lie on disk, so that memory does not grow with them.
type upload struct {
	*scratch.Folder
	fields map[string]string
	files  []domain.ImportFile
	paths  []string
}

// receive streams a multipart form to a folder of its own.
func receive(w http.ResponseWriter, r *http.Request, tempDir string) (*upload, error) {
	body := limit.Pace(w, r, uploadTime)
	defer body.Done() // the import itself may take longer
	r.Body = http.MaxBytesReader(w, body, uploadLimit)
	form, err := r.MultipartReader()
	if err != nil {
		return nil, domain.Refuse("malformed_request", "the form cannot be read: %v", err)
	}
	folder, err := scratch.New(tempDir, "import")
	if err != nil {
		return nil, err
	}
	u := &upload{Folder: folder, fields: map[string]string{}}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return u, nil
		}
		if err == nil {
			err = u.take(part)
		}
		if err != nil {
			u.Remove()
			return nil, uploadProblem(err)
		}
	}
}

// uploadProblem tells a broken or too large form from a fault of ours.
func uploadProblem(err error) error {
	var large *http.MaxBytesError
	var refusal *domain.Refusal
	var path *os.PathError
	switch {
	case errors.As(err, &large):
		return domain.Refuse("body_too_large", "the files have more than %d MiB together", large.Limit>>20)
	case errors.As(err, &refusal), errors.As(err, &path):
		return err
	}
	if limit.TooSlow(err) {
		return limit.SlowBody()
	}
	return domain.Refuse("malformed_request", "the form broke off: %v", err)
}

func (u *upload) take(part *multipart.Part) error {
	if err := route.ScreenPart(part, ""); err != nil {
		return err
	}
	if part.FormName() == "file" {
		return u.keep(part)
	}
	switch part.FormName() {
	case "format", "zone", "machine", "create_members", "dates", "encoding", "map", "alias", "dry_run":
	default:
		return domain.Refuse("invalid_request", "the form has no field %q; its fields are format, zone, machine, create_members, dates, encoding, map, alias, dry_run and file", part.FormName())
	}
	text, err := io.ReadAll(io.LimitReader(part, fieldLimit))
	if err != nil {
		return err
	}
	u.fields[part.FormName()] = string(text)
	return route.ScreenPart(part, string(text))
}

func (u *upload) keep(part io.Reader) error {
	if len(u.paths) == fileLimit {
		return domain.Refuse("invalid_request", "an import takes at most %d files", fileLimit)
	}
	f, err := os.CreateTemp(u.Dir, "file-")
	if err != nil {
		return err
	}
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, hash), part)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	u.paths = append(u.paths, f.Name())
	u.files = append(u.files, domain.ImportFile{SHA256: hex.EncodeToString(hash.Sum(nil)), Bytes: n})
	return nil
}

// parser reads the files; a workbook is opened here, for the domain's parser does no such thing. Who follows the import is told how far it is,
// and when it waits for its turn.
func (n *Imports) parser(ctx context.Context, u *upload, t *teller) func(string, punchfile.Sink) (punchfile.Summary, error) {
	return func(now string, sink punchfile.Sink) (punchfile.Summary, error) {
		opts, err := u.options(now)
		if err != nil {
			return punchfile.Summary{}, err
		}
		books, err := u.books()
		if err != nil {
			return punchfile.Summary{}, err
		}
		if slices.Contains(books, true) {
			leave, err := n.books.enter(ctx, t.waiting())
			if err != nil {
				return punchfile.Summary{}, err
			}
			defer leave()
		}
		return u.parse(opts, books, sink, &reading{ctx: ctx, total: u.bytes(), tell: t.progress()})
	}
}

// options are what the form says about the files; the import has checked them.
func (u *upload) options(now string) (punchfile.Options, error) {
	zone, err := domain.Zone(u.fields["zone"])
	if err != nil {
		return punchfile.Options{}, err
	}
	mapping, err := punchfile.CheckMap(u.fields["map"])
	return punchfile.Options{Format: punchfile.Format(u.fields["format"]), Now: now, Zone: zone, Dates: u.fields["dates"], Encoding: u.fields["encoding"], Map: mapping}, err
}

// books says which of the files are workbooks.
func (u *upload) books() ([]bool, error) {
	out := make([]bool, len(u.paths))
	for i, path := range u.paths {
		kind, err := workbook.KindOf(path)
		if err != nil {
			return nil, err
		}
		out[i] = kind != workbook.None
	}
	return out, nil
}

func (u *upload) parse(opts punchfile.Options, books []bool, sink punchfile.Sink, far *reading) (punchfile.Summary, error) {
	in := make([]punchfile.Source, len(u.paths))
	for i, path := range u.paths {
		if books[i] {
			book, err := workbook.Open(path, u.Dir)
			if file, is := punchfile.IsFileError(err); is {
				file.File = i
			}
			if err != nil {
				return punchfile.Summary{}, err
			}
			defer book.Close()
			in[i].Book = far.book(book)
			continue
		}
		f, err := os.Open(path)
		if err != nil {
			return punchfile.Summary{}, err
		}
		defer f.Close()
		in[i].Text = far.text(f)
	}
	return punchfile.Read(opts, in, sink)
}
