package api

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

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

// ImportLine is one line of a followed import (Accept: application/x-ndjson): progress, and at last the report or the problem.
type ImportLine struct {
	// Waiting says that other workbooks are read first.
	Waiting string `json:"waiting,omitempty"`
	// Stage is what the counts are of: reading, members or punches.
	Stage   commands.ImportStage   `json:"stage,omitempty"`
	Done    int                    `json:"done,omitempty"`
	Total   int                    `json:"total,omitempty"`
	Report  *commands.ImportReport `json:"report,omitempty"`
	Problem *problem.Problem       `json:"problem,omitempty"`
}

func (s *Server) mountImports() {
	const path = v1 + "/orgs/{org}/imports"
	s.router.Plain("POST", path, s.importPunches)
	s.router.Document(importOperation(path))
	route.Handle(s.router, route.Op("imports", "GET", path, "imports", "Imports, the newest first"), s.imports)
	route.Command(s.router, route.Op("revert-import", "POST", path+"/{import}/revert", "imports", "Take an import's punches out of the days; importing again puts them back"), s.revertImport)
}

func importOperation(path string) *huma.Operation {
	text := func(about string) *huma.Schema { return &huma.Schema{Type: "string", Description: about} }
	form := &huma.Schema{Type: "object", Required: []string{"zone", "file"}, Properties: map[string]*huma.Schema{
		"format": text(punchfile.Named("or") + "; auto where it is left out"), "zone": text("the IANA zone of the times in the files"),
		"machine": text("the serial of the machine, if known"), "create_members": text("true provisions unknown numbers"),
		"dates": text("ymd, dmy or mdy where the files do not prove the order of day and month"), "encoding": text("such as gb18030 or utf-16le, where it is not detected rightly"),
		"map":   text("columns by field where their names are unknown: number=NAME,at=NAME; the fields are number, at, date, time, in, out, check_type and state"),
		"alias": text("whose a number of the files is: 42=0042,7=0007; it becomes a badge of that member"),
		"file":  {Type: "array", Items: &huma.Schema{Type: "string", Format: "binary"}, Description: "in order; wide-csv takes IN then OUT"},
	}}
	report := &huma.Schema{Type: "object", Description: "the receipt with lines, punches, known, duplicates, refused, warnings, members_created and issues by line"}
	return &huma.Operation{
		OperationID: "import-punches", Method: "POST", Path: path, Tags: []string{"imports"}, Summary: "Import punches from files; the same again adds nothing",
		Description: "The command id follows from the contents, so no Idempotency-Key is needed. With Accept: application/x-ndjson the answer is progress lines and then the report.",
		Parameters:  []*huma.Param{{Name: "org", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}}},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: form}}},
		Responses: map[string]*huma.Response{
			"201":     {Description: "imported", Content: map[string]*huma.MediaType{"application/json": {Schema: report}}},
			"200":     {Description: "imported before", Content: map[string]*huma.MediaType{"application/json": {Schema: report}}},
			"default": {Description: "refused"},
		},
	}
}

func (s *Server) importPunches(w http.ResponseWriter, r *http.Request) error {
	org, err := route.Org{Org: r.PathValue("org")}.ID()
	if err != nil {
		return err
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "multipart/form-data" {
		return domain.Refuse("unsupported_media_type", "send the files as multipart/form-data")
	}
	up, err := s.receive(w, r)
	if err != nil {
		return err
	}
	defer up.Remove()
	leave, err := s.admission.Place(r.Context(), who.ShareOf(r.Context(), r.PathValue("org")), limit.Importing)
	if err != nil {
		return err
	}
	defer leave()
	call := ledger.Call{Method: r.Method, Path: r.URL.Path, Actor: route.ActorOf(r.Context()), Via: who.PrincipalOf(r.Context()).Via, Org: org, Subject: org}
	req := commands.ImportPunches{
		Files: up.files, Format: punchfile.Format(up.fields["format"]), Zone: up.fields["zone"], Machine: up.fields["machine"],
		CreateMembers: up.fields["create_members"] == "true",
		Dates:         up.fields["dates"], Encoding: up.fields["encoding"], Map: up.fields["map"],
	}
	if req.Format == "" {
		req.Format = punchfile.Auto
	}
	if req.Aliases, err = aliasesOf(up.fields["alias"]); err != nil {
		return err
	}
	if strings.Contains(r.Header.Get("Accept"), "application/x-ndjson") {
		return s.followImport(w, r, call, req, up)
	}
	req.Parse = s.parser(r.Context(), up, nil)
	report, err := s.config.Service.Imports.Run(r.Context(), call, req)
	if err != nil {
		return err
	}
	if report.Replay {
		w.Header().Set("Idempotent-Replay", "true")
	}
	return route.WriteJSON(w, importStatus(report), report)
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

func waitingWord(l problem.Language) string {
	if l == problem.Chinese {
		return "其他工作簿正在读取，请稍候"
	}
	return "other workbooks are being read; this one waits for its turn"
}

func importStatus(r commands.ImportReport) int {
	if r.Replay {
		return http.StatusOK
	}
	return http.StatusCreated
}

// followImport writes progress lines while the import runs, at most ten a second.
func (s *Server) followImport(w http.ResponseWriter, r *http.Request, call ledger.Call, req commands.ImportPunches, up *upload) error {
	w.Header().Set("Content-Type", "application/x-ndjson")
	var mu sync.Mutex
	var last time.Time
	say := func(line ImportLine) {
		_ = json.NewEncoder(w).Encode(line)
		_ = http.NewResponseController(w).Flush()
	}
	req.Parse = s.parser(r.Context(), up, func() {
		mu.Lock()
		defer mu.Unlock()
		say(ImportLine{Waiting: waitingWord(problem.LanguageOf(r.Context()))})
	})
	req.Progress = func(stage commands.ImportStage, done, total int) {
		mu.Lock()
		defer mu.Unlock()
		if done == total || time.Since(last) > 100*time.Millisecond {
			last = time.Now()
			say(ImportLine{Stage: stage, Done: done, Total: total})
		}
	}
	report, err := s.config.Service.Imports.Run(r.Context(), call, req)
	mu.Lock()
	defer mu.Unlock()
	if err != nil {
		say(ImportLine{Problem: s.problemOf(r.Context(), err)})
		return nil
	}
	say(ImportLine{Report: &report})
	return nil
}

func (s *Server) imports(ctx context.Context, in *struct {
	read.OrgRead
	read.Paging
}) (*read.One[read.List[query.Import]], error) {
	return read.Of(ctx, s.reads, in.OrgRead, func(r *projections.Engine, org domain.ID) (read.List[query.Import], error) {
		page, err := r.Imports.List(ctx, org, in.Cursor, in.Limit)
		return read.List[query.Import]{Items: page.Items, Next: page.Next}, err
	})
}

func (s *Server) revertImport(ctx context.Context, in *struct {
	route.Head
	route.Org
	Import string `path:"import"`
}) (*route.Written, error) {
	org, err := in.Org.ID()
	if err != nil {
		return nil, err
	}
	imp, err := who.ParseID(in.Import, "import_not_found", "import")
	if err != nil {
		return nil, err
	}
	call, err := in.Call(ctx, org, org)
	if err != nil {
		return nil, err
	}
	report, err := s.config.Service.Imports.Revert(ctx, call, commands.RevertImport{Import: imp})
	return route.Receipt(report.Receipt, err)
}
