package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"github.com/dakahq/daka/api/imports"
	"github.com/dakahq/daka/domain"
)

// aboutImport names an import of an organization.
type aboutImport struct {
	clientFlags
	Import string `arg:"" help:"The import's id, as the import printed it."`
	Org    string `required:"" help:"The organization's id."`
}

// do sends a command about the import and follows it.
func (c aboutImport) do(w world, verb string, body any) (imports.Line, error) {
	server, err := c.open()
	if err != nil {
		return imports.Line{}, err
	}
	text, err := json.Marshal(body)
	if err != nil {
		return imports.Line{}, err
	}
	header := http.Header{"Content-Type": {"application/json"}, "Accept": {"application/x-ndjson"}, "Idempotency-Key": {uuid.Must(uuid.NewV7()).String()}}
	res, err := server.send(w.ctx, http.MethodPost, "/orgs/"+c.Org+"/imports/"+c.Import+"/"+verb, bytes.NewReader(text), header)
	if err != nil {
		return imports.Line{}, err
	}
	defer res.Body.Close()
	return follow(w, res.Body)
}

type importRevertCmd struct{ aboutImport }

// Run takes the import back and lists what stays.
func (c importRevertCmd) Run(w world) error {
	line, err := c.do(w, "revert", struct{}{})
	if err != nil {
		return err
	}
	r := line.Reverted
	for _, k := range r.Kept {
		what := "stays a member"
		if k.What == "joined" {
			what = "keeps the first day"
		}
		fmt.Fprintf(w.stderr, "%s %s: %s\n", k.Number, what, keptWord(k.Reason))
	}
	if r.KeptLeftOut > 0 {
		fmt.Fprintf(w.stderr, "and %d more that the report has no room for\n", r.KeptLeftOut)
	}
	fmt.Fprintf(w.stdout, "import %s: %d punches taken back, %d members taken back, %d first days put back, %d stay\n",
		c.Import, r.Punches, r.Members, r.Joined, len(r.Kept)+r.KeptLeftOut)
	return nil
}

// keptWord says why something stays.
func keptWord(reason domain.KeptReason) string {
	switch reason {
	case domain.KeptPunches:
		return "there are other punches"
	case domain.KeptAccount:
		return "a person has taken the membership over"
	case domain.KeptChanged:
		return "somebody changed the record"
	case domain.KeptRequests:
		return "there are requests or balances"
	case domain.KeptRoster:
		return "there is a roster"
	case domain.KeptCorrection:
		return "somebody corrected a slot"
	}
	return string(reason)
}

type importReviewCmd struct {
	aboutImport
	Review string `arg:"" enum:"approved,rejected" help:"approved lets the punches fill slots; rejected ones fill none."`
	Reason string `help:"Why, for whoever reads the days later."`
}

// Run reviews what nobody has reviewed.
func (c importReviewCmd) Run(w world) error {
	line, err := c.do(w, "review", map[string]string{"review": c.Review, "reason": c.Reason})
	if err != nil {
		return err
	}
	r := line.Reviewed
	fmt.Fprintf(w.stdout, "import %s: %d doubted punches %s, %d reviewed before, %d of your own wait for somebody else\n", c.Import, r.Reviewed, c.Review, r.Before, r.Own)
	return nil
}
