package imports

import (
	"context"
	"log/slog"
	"mime"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dakahq/daka/api/limit"
	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/punchfile"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/query"
)

// Config is what imports need. TempDir keeps uploads while they are read.
type Config struct {
	Imports   *commands.Imports
	Reads     *read.Side
	Problems  *problem.Explainer
	Admission *limit.Admission
	TempDir   string
	Log       *slog.Logger
}

// Imports are the routes of the noun.
type Imports struct {
	Config
	books *books
}

// New has no routes yet; see Mount.
func New(c Config) *Imports { return &Imports{Config: c, books: newBooks()} }

const path = route.V1 + "/orgs/{org}/imports"

// Mount registers the routes.
func (n *Imports) Mount(r *route.Router) {
	r.Plain("POST", path, n.punches)
	r.Document(punchesOperation())
	route.Handle(r, route.Op("imports", "GET", path, "imports", "Imports, the newest first"), n.list)
	route.Handle(r, route.Op("import", "GET", path+"/{import}", "imports", "An import with its report, and what a reversal took back and left"), n.one)
	r.Plain("POST", path+"/{import}/revert", n.revert)
	r.Document(revertOperation())
	r.Plain("POST", path+"/{import}/review", n.review)
	r.Document(reviewOperation())
}

// punches imports the files of a form, or says what would come of it.
func (n *Imports) punches(w http.ResponseWriter, r *http.Request) error {
	org, err := route.Org{Org: r.PathValue("org")}.ID()
	if err != nil {
		return err
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "multipart/form-data" {
		return domain.Refuse("unsupported_media_type", "send the files as multipart/form-data")
	}
	up, err := receive(w, r, n.TempDir)
	if err != nil {
		return err
	}
	defer up.Remove()
	leave, err := n.Admission.Place(r.Context(), who.ShareOf(r.Context(), r.PathValue("org")), limit.Importing)
	if err != nil {
		return err
	}
	defer leave()
	call := ledger.Call{Method: r.Method, Path: r.URL.Path, Actor: route.ActorOf(r.Context()), Via: who.PrincipalOf(r.Context()).Via, Org: org, Subject: org}
	req, err := up.request()
	if err != nil {
		return err
	}
	return n.follow(w, r, func(t *teller) (answer, error) {
		req.Parse = n.parser(r.Context(), up, t)
		req.Progress = t.progress()
		report, err := n.Imports.Run(r.Context(), call, req)
		return answer{body: report, line: Line{Report: &report}, replay: report.Replay, status: importStatus(report)}, err
	})
}

func importStatus(r commands.ImportReport) int {
	if r.Replay || r.DryRun {
		return http.StatusOK
	}
	return http.StatusCreated
}

// request is what the form asks for.
func (u *upload) request() (commands.ImportPunches, error) {
	req := commands.ImportPunches{
		Files: u.files, Format: punchfile.Format(u.fields["format"]), Zone: u.fields["zone"], Machine: u.fields["machine"],
		CreateMembers: u.fields["create_members"] == "true", DryRun: u.fields["dry_run"] == "true",
		Dates: u.fields["dates"], Encoding: u.fields["encoding"], Map: u.fields["map"],
	}
	if req.Format == "" {
		req.Format = punchfile.Auto
	}
	var err error
	req.Aliases, err = aliasesOf(u.fields["alias"])
	return req, err
}

// aliasesOf reads 42=0042,7=0007: the number of the files, and the number of the member who is meant.
func aliasesOf(text string) (map[string]string, error) {
	out := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		number, member, has := strings.Cut(pair, "=")
		if number, member = strings.TrimSpace(number), strings.TrimSpace(member); !has || number == "" || member == "" {
			return nil, domain.Refuse("invalid_request", "%q is no alias; write the number of the file and the member's, such as 42=0042", pair)
		}
		out[number] = member
	}
	return out, nil
}

// importOf reads the ids of a path.
func importOf(org, imp string) (domain.ID, domain.ID, error) {
	o, err := route.Org{Org: org}.ID()
	if err != nil {
		return o, domain.ID{}, err
	}
	i, err := who.ParseID(imp, "import_not_found", "import")
	return o, i, err
}

func (n *Imports) list(ctx context.Context, in *struct {
	read.OrgRead
	read.Paging
}) (*read.One[read.List[query.Import]], error) {
	return read.Of(ctx, n.Reads, in.OrgRead, func(r *projections.Engine, org domain.ID) (read.List[query.Import], error) {
		page, err := r.Imports.List(ctx, org, in.Cursor, in.Limit)
		return read.List[query.Import]{Items: page.Items, Next: page.Next}, err
	})
}

// one asks the ledger, so that what was just reverted is there at once.
func (n *Imports) one(ctx context.Context, in *struct {
	route.Org
	Import string `path:"import"`
}) (*struct{ Body commands.ImportSummary }, error) {
	org, imp, err := importOf(in.Org.Org, in.Import)
	if err != nil {
		return nil, err
	}
	summary, err := n.Imports.One(ctx, org, imp)
	if err != nil {
		return nil, err
	}
	return &struct{ Body commands.ImportSummary }{Body: summary}, nil
}

func (n *Imports) revert(w http.ResponseWriter, r *http.Request) error {
	call, imp, err := n.call(r)
	if err != nil {
		return err
	}
	return n.follow(w, r, func(t *teller) (answer, error) {
		report, err := n.Imports.Revert(r.Context(), call, commands.RevertImport{Import: imp, Progress: t.progress()})
		if report.Events == nil {
			report.Events = []domain.ID{}
		}
		return answer{body: report, line: Line{Reverted: &report}, replay: report.Replay, status: createdUnless(report.Replay)}, err
	})
}

// ReviewBody is the word about all doubted punches of an import.
type ReviewBody struct {
	Review string `json:"review" enum:"approved,rejected" doc:"approved lets them fill slots; rejected punches fill none"`
	Reason string `json:"reason,omitempty" format:"multiline"`
}

func (n *Imports) review(w http.ResponseWriter, r *http.Request) error {
	call, imp, err := n.call(r)
	if err != nil {
		return err
	}
	var body ReviewBody
	if call.Body, err = readBody(w, r, &body); err != nil {
		return err
	}
	return n.follow(w, r, func(t *teller) (answer, error) {
		report, err := n.Imports.Review(r.Context(), call, commands.ReviewImport{Import: imp, Review: body.Review, Reason: body.Reason, Progress: t.progress()})
		return answer{body: report, line: Line{Reviewed: &report}, replay: report.Replay, status: createdUnless(report.Replay)}, err
	})
}

func createdUnless(replay bool) int {
	if replay {
		return http.StatusOK
	}
	return http.StatusCreated
}

// call is the envelope of a command about an import.
func (n *Imports) call(r *http.Request) (ledger.Call, domain.ID, error) {
	org, imp, err := importOf(r.PathValue("org"), r.PathValue("import"))
	if err != nil {
		return ledger.Call{}, imp, err
	}
	head := route.HeadOf(r)
	call, err := head.Call(r.Context(), org, org)
	return call, imp, err
}

func schemaOf(about string) *huma.Schema { return &huma.Schema{Type: "object", Description: about} }

func operation(id, at, summary, about string, body *huma.RequestBody, answer *huma.Schema, params ...*huma.Param) *huma.Operation {
	content := map[string]*huma.MediaType{"application/json": {Schema: answer}}
	return &huma.Operation{
		OperationID: id, Method: "POST", Path: at, Tags: []string{"imports"}, Summary: summary, Description: about, RequestBody: body,
		Parameters: append([]*huma.Param{{Name: "org", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}}}, params...),
		Responses: map[string]*huma.Response{
			"201": {Description: "done", Content: content}, "200": {Description: "done before, or a dry run", Content: content}, "default": {Description: "refused"},
		},
	}
}

const followed = "With Accept: application/x-ndjson the answer is progress lines and then the report."

func punchesOperation() *huma.Operation {
	text := func(about string) *huma.Schema { return &huma.Schema{Type: "string", Description: about} }
	form := &huma.Schema{Type: "object", Required: []string{"zone", "file"}, Properties: map[string]*huma.Schema{
		"format": text(punchfile.Named("or") + "; auto where it is left out"), "zone": text("the IANA zone of the times in the files"),
		"machine": text("the serial of the machine, if known"), "create_members": text("true provisions unknown numbers"),
		"dates": text("ymd, dmy or mdy where the files do not prove the order of day and month"), "encoding": text("such as gb18030 or utf-16le, where it is not detected rightly"),
		"map":     text("columns by field where their names are unknown: number=NAME,at=NAME; the fields are number, at, date, time, in, out, check_type and state"),
		"alias":   text("whose a number of the files is: 42=0042,7=0007; it becomes a badge of that member"),
		"dry_run": text("true says what would be written, made, moved, refused and doubted, and writes nothing"),
		"file":    {Type: "array", Items: &huma.Schema{Type: "string", Format: "binary"}, Description: "in order; wide-csv takes IN then OUT"},
	}}
	report := schemaOf("the receipt with lines, punches, known, new, doubted, duplicates, refused, warnings, members_created, equals (the import that brought all of it before), made, moved, asked, and issues by line")
	return operation("import-punches", path, "Import punches from files; the same again adds nothing",
		"The command id follows from the contents, so no Idempotency-Key is needed. "+followed,
		&huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: form}}}, report)
}

func aboutImport() []*huma.Param {
	return []*huma.Param{{Name: "import", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}},
		{Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: "string", Description: "the command id: a UUIDv7 made before the first try"}}}
}

func revertOperation() *huma.Operation {
	return operation("revert-import", path+"/{import}/revert", "Take back an import: its punches, the members it made who have nothing else, the first days it moved",
		"The answer says what stays, and why. Importing again puts the punches back. "+followed, nil,
		schemaOf("the receipt with punches, members, joined (first days put back) and kept: what stays, by member, with the reason"), aboutImport()...)
}

func reviewOperation() *huma.Operation {
	body := &huma.Schema{Type: "object", Required: []string{"review"}, Properties: map[string]*huma.Schema{
		"review": {Type: "string", Enum: []any{"approved", "rejected"}, Description: "approved lets them fill slots; rejected punches fill none"},
		"reason": {Type: "string"},
	}}
	return operation("review-import", path+"/{import}/review", "Review all doubted punches of an import that nobody has reviewed", followed,
		&huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: body}}},
		schemaOf("reviewed; before: those that somebody had reviewed; own: those of whoever asks, which wait for somebody else"), aboutImport()...)
}
