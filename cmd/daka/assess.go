package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/dakahq/daka/domain/attendance"
)

// assessCmd is `daka assess [FILE | --jsonl]` (rules §6): days from facts and rules, without a server.
type assessCmd struct {
	File  string `arg:"" optional:"" help:"Document to assess; without it, or as -, standard input."`
	JSONL bool   `name:"jsonl" help:"One document per line, one answer per line; a refused line answers with its error."`
}

// Run assesses the file, or standard input, and prints the answer; a refused document ends with exit code 2 and the problem on stderr.
func (c *assessCmd) Run(w world) error {
	if c.File == "" || c.File == "-" {
		return assess(w.stdin, w.stdout, c.JSONL)
	}
	file, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("open the document: %w", err)
	}
	defer file.Close()
	return assess(file, w.stdout, c.JSONL)
}

func assess(in io.Reader, out io.Writer, lines bool) error {
	if lines {
		return attendance.AssessLines(in, out)
	}
	raw, err := io.ReadAll(in)
	if err != nil {
		return fmt.Errorf("read the document: %w", err)
	}
	answer, err := attendance.AssessJSON(raw)
	var invalid *attendance.Invalid
	if errors.As(err, &invalid) {
		return fmt.Errorf("invalid document: %w", err)
	}
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "%s\n", answer); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}
