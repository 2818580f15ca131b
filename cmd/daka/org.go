package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/google/uuid"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
)

type orgCmd struct {
	Create orgCreateCmd `cmd:"" help:"Found an organization, enable attendance, and make one group that holds the rule; prints the id."`
}

type orgCreateCmd struct {
	clientFlags
	Name string `arg:"" help:"The organization's name."`
	Rule string `required:"" help:"The rule document, JSON (rules §1)." type:"existingfile"`
}

func (c orgCreateCmd) Run(w world) error {
	rule, err := os.ReadFile(c.Rule)
	if err != nil {
		return fmt.Errorf("read --rule: %w", err)
	}
	var head struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal(rule, &head); err != nil {
		return fmt.Errorf("--rule %s is not JSON: %w", c.Rule, err)
	}
	if err := commands.CheckRule(rule); err != nil { // before anything is founded
		return ruleProblem(c.Rule, err)
	}
	if head.Name == "" {
		head.Name = c.Name
	}
	server, err := c.open()
	if err != nil {
		return err
	}
	return c.create(w, server, head.Name, rule)
}

func (c orgCreateCmd) create(w world, server *client, group string, rule []byte) error {
	var org struct {
		ID uuid.UUID `json:"id"`
	}
	if err := server.write(w.ctx, "POST", "/orgs", map[string]any{"name": c.Name}, &org); err != nil {
		return err
	}
	base := "/orgs/" + org.ID.String()
	if err := server.write(w.ctx, "PUT", base+"/attendance", map[string]any{"enabled": true}, nil); err != nil {
		return fmt.Errorf("organization %s was founded, but attendance is not enabled: %w", org.ID, err)
	}
	body := map[string]any{"name": group, "rule": json.RawMessage(rule)}
	if err := server.write(w.ctx, "POST", base+"/groups", body, nil); err != nil {
		return fmt.Errorf("organization %s was founded, but it has no group: %w", org.ID, err)
	}
	_, err := fmt.Fprintln(w.stdout, org.ID)
	return err
}

// ruleProblem lists every field of the rule that is wrong, with the mend.
func ruleProblem(file string, err error) error {
	var refusal *domain.Refusal
	if !errors.As(err, &refusal) || len(refusal.Fields) == 0 {
		return fmt.Errorf("--rule %s: %w", file, err)
	}
	text := ""
	for _, f := range refusal.Fields {
		text += fmt.Sprintf("\n  %s: %s", f.Pointer, f.Text)
	}
	return fmt.Errorf("--rule %s cannot be used:%s", file, text)
}
