package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/scratch"
	"github.com/dakahq/daka/api/workbook"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/punchfile"
)

func (s *invitations) mountProvisioning() {
	provision := route.Op("provision-member", "POST", v1+"/orgs/{org}/members", "members", "Provision a member, and invite the person to take the membership over")
	provision.DefaultStatus = http.StatusCreated
	route.Handle(s.router, provision, s.provisionMember)
	table := route.Op("import-members", "POST", v1+"/orgs/{org}/members/import", "members", "Provision and change members from a table, CSV or a workbook; dry_run says by line what would happen")
	table.MaxBodyBytes = memberTableLimit
	route.Handle(s.router, table, s.importMembers)
}

// memberTableLimit bounds a table of members, in bytes.
const memberTableLimit = 4 << 20

// provisionBody makes a membership for a person without an account.
type provisionBody struct {
	commands.ProvisionMember
	Activate bool `json:"activate,omitempty" doc:"also invite the person, by e-mail if there is one, else by the phone; the answer has the code"`
}

// Provisioned is the receipt of a member, and how the person takes the membership over.
type Provisioned struct {
	ledger.Receipt
	Activation *InvitationView `json:"activation,omitempty"`
	Sent       string          `json:"sent,omitempty" enum:"email,sms" doc:"how the person was told; left out when nothing was sent: hand the code over"`
}

func (s *invitations) provisionMember(ctx context.Context, in *route.OrgWrite[provisionBody]) (*route.RichAnswer[Provisioned], error) {
	org, err := in.Org.ID()
	if err != nil {
		return nil, err
	}
	call, err := in.Call(ctx, org, org)
	if err != nil {
		return nil, err
	}
	var body Provisioned
	if !in.Body.Activate {
		if body.Receipt, err = s.use.Members.Provision(ctx, call, in.Body.ProvisionMember); err != nil {
			return nil, err
		}
		return route.AnswerWith(&body.Receipt, &body), nil
	}
	var invitation ledger.Receipt
	if body.Receipt, invitation, err = s.use.Invitations.ProvisionAndInvite(ctx, call, in.Body.ProvisionMember); err != nil {
		return nil, err
	}
	v, err := s.issuedInvitation(ctx, in.Base(), org, invitation)
	if err != nil {
		return nil, err
	}
	body.Receipt.Replay = invitation.Replay
	body.Activation, body.Sent = &v, s.tell(ctx, org, v)
	return route.AnswerWith(&body.Receipt, &body), nil
}

// tell sends the code of an activation to the member, and says how. Its link goes to the public address alone: what the caller named as
// Host is nobody else's business.
func (s *invitations) tell(ctx context.Context, org domain.ID, v InvitationView) string {
	a := commands.Activation{Invitation: v.ID, Member: *v.Member, Code: v.Code, Language: string(problem.LanguageOf(ctx))}
	if s.publicURL != "" {
		a.Link = joinLink(s.publicURL, "", v.Code)
	}
	return s.use.Invitations.SendActivation(ctx, org, a)
}

type memberTable struct {
	route.Head
	route.Org
	DryRun      bool   `query:"dry_run" doc:"say what would happen, and write nothing"`
	Update      bool   `query:"update" doc:"change what a line says about a member who is there already; empty cells change nothing"`
	Departments bool   `query:"departments" doc:"make the departments that no line finds, by paths such as Works/Paint"`
	Dates       string `query:"dates" enum:"ymd,dmy,mdy" doc:"the order of day and month where no line proves it"`
	Encoding    string `query:"encoding" doc:"the encoding where it is not detected rightly"`
	// Kind is the type of the body: the table itself, or a form that holds it.
	Kind    string `header:"Content-Type" hidden:"true"`
	RawBody []byte `contentType:"text/csv" doc:"a head and lines: number,name,email,phone,position,department,group,joined,left; any separator and encoding, .xlsx or .xls; Chinese heads are known, too. A form with the table as its file is taken as well"`
}

func (s *invitations) importMembers(ctx context.Context, in *memberTable) (*route.RichAnswer[commands.MemberImport], error) {
	org, err := in.Org.ID()
	if err != nil {
		return nil, err
	}
	call, err := in.Call(ctx, org, org)
	if err != nil {
		return nil, err
	}
	table, err := tableOf(in.Kind, in.RawBody)
	if err != nil {
		return nil, err
	}
	asked := commands.ImportMembers{CSV: table, DryRun: in.DryRun, Update: in.Update, Departments: in.Departments, Dates: in.Dates, Encoding: in.Encoding}
	done, err := openBook(s.tempDir, &asked)
	if err != nil {
		return nil, err
	}
	defer done()
	report, err := s.use.Members.Import(ctx, call, asked)
	if err != nil {
		return nil, err
	}
	if problem.LanguageOf(ctx) == problem.Chinese {
		for i := range report.Items {
			report.Items[i].Text = lineInChinese(report.Items[i].Refusal)
		}
	}
	out := &route.RichAnswer[commands.MemberImport]{Status: http.StatusOK, Body: report}
	if !in.DryRun && report.Created+report.Updated > 0 {
		out.Status = http.StatusCreated
	}
	return out, nil
}

// tableOf takes the first file out of a form; any other body is the table itself.
func tableOf(kind string, body []byte) ([]byte, error) {
	media, params, err := mime.ParseMediaType(kind)
	if err != nil || media != "multipart/form-data" {
		return body, nil
	}
	form := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := form.NextPart()
		if err != nil {
			return nil, domain.Refuse("file_invalid", "the form holds no file; send the table as its file, or as the body itself")
		}
		if part.FileName() != "" {
			if err := route.ScreenPart(part, ""); err != nil {
				return nil, err
			}
			table, err := io.ReadAll(part)
			if err != nil {
				return nil, domain.Refuse("file_invalid", "the form ends within its file; send it again")
			}
			return table, nil
		}
	}
}

// openBook opens a table that is a workbook; anything else stays the text that it is.
func openBook(tempDir string, asked *commands.ImportMembers) (closeBook func(), err error) {
	folder, err := scratch.New(tempDir, "members")
	if err != nil {
		return nil, err
	}
	path := filepath.Join(folder.Dir, "table")
	if err := os.WriteFile(path, asked.CSV, 0o600); err != nil {
		folder.Remove()
		return nil, fmt.Errorf("keep the table of members: %w", err)
	}
	kind, err := workbook.KindOf(path)
	if err != nil || kind == workbook.None {
		folder.Remove()
		return func() {}, err
	}
	book, err := workbook.Open(path, folder.Dir)
	if err != nil {
		folder.Remove()
		if file, is := punchfile.IsFileError(err); is {
			return nil, domain.Refuse("file_invalid", "%s", file.Text)
		}
		return nil, err
	}
	asked.Book = book
	return func() { _ = book.Close(); folder.Remove() }, nil
}

// lineInChinese says why a line is refused: the column when it is one, else as any refusal.
func lineInChinese(r *domain.Refusal) string {
	if r == nil {
		return ""
	}
	columns := map[string]string{"/number": "工号", "/name": "姓名", "/email": "邮箱", "/phone": "手机", "/position": "职位", "/joined": "入职日期", "/left": "离职日期"}
	var wrong []string
	for _, f := range r.Fields {
		if column, known := columns[f.Pointer]; known {
			wrong = append(wrong, column)
		}
	}
	if len(wrong) > 0 {
		return strings.Join(wrong, "、") + "为空或格式不对，请修改后再导入"
	}
	return problem.InChinese(r)
}
