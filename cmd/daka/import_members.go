package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"github.com/google/uuid"

	"github.com/dakahq/daka/commands"
)

type importMembersCmd struct {
	clientFlags
	File        string `arg:"" help:"A table with a head: number, name, email, phone, position, department, group, joined, left; CSV with any separator, .xlsx or .xls." type:"existingfile"`
	Org         string `required:"" help:"The organization's id."`
	Update      bool   `help:"Change what a line says about a member who is there already; empty cells change nothing."`
	Departments bool   `help:"Make the departments that no line finds, by paths such as Works/Paint."`
	Dates       string `enum:",ymd,dmy,mdy" default:"" help:"The order of day and month where no line proves it: ymd, dmy or mdy."`
	Encoding    string `help:"The encoding where it is not detected rightly."`
	DryRun      bool   `help:"Say what would happen, and write nothing."`
}

// Run sends the table and says by line what is refused.
func (c importMembersCmd) Run(w world) error {
	server, err := c.open()
	if err != nil {
		return err
	}
	table, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("read %s: %w", c.File, err)
	}
	query := url.Values{"update": {fmt.Sprint(c.Update)}, "departments": {fmt.Sprint(c.Departments)}, "dry_run": {fmt.Sprint(c.DryRun)}}
	for name, value := range map[string]string{"dates": c.Dates, "encoding": c.Encoding} {
		if value != "" {
			query.Set(name, value)
		}
	}
	header := http.Header{"Content-Type": {"text/csv"}, "Idempotency-Key": {uuid.Must(uuid.NewV7()).String()}}
	res, err := server.send(w.ctx, http.MethodPost, "/orgs/"+c.Org+"/members/import?"+query.Encode(), bytes.NewReader(table), header)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var report commands.MemberImport
	if err := json.NewDecoder(res.Body).Decode(&report); err != nil {
		return fmt.Errorf("read the server's report: %w", err)
	}
	return c.print(w, report)
}

func (c importMembersCmd) print(w world, r commands.MemberImport) error {
	for _, name := range r.Ignored {
		fmt.Fprintf(w.stderr, "the column %q was left out\n", name)
	}
	for _, path := range r.Departments {
		fmt.Fprintf(w.stderr, "department %s %s\n", path, would(r.DryRun, "made"))
	}
	for _, line := range r.Items {
		if line.Code != "" {
			fmt.Fprintf(w.stderr, "%s: line %d: refused %s: %s\n", c.File, line.Line, line.Code, line.Text)
		}
	}
	head := ""
	if r.DryRun {
		head = "dry run, nothing was written: "
	}
	fmt.Fprintf(w.stdout, "%s%d lines, %d members %s, %d %s, %d already known, %d refused\n", head, r.Lines, r.Created, would(r.DryRun, "created"),
		r.Updated, would(r.DryRun, "updated"), r.Known, r.Refused)
	if r.Refused > 0 {
		return errFound
	}
	return nil
}
