package attendance

import (
	"fmt"
	"strings"
)

// Problem is one thing wrong in a document: the field, and a message that says how to mend it.
type Problem struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// String gives "field: message".
func (p Problem) String() string {
	if p.Field == "" {
		return p.Message
	}
	return p.Field + ": " + p.Message
}

// Invalid is a document that is refused, with every problem found.
type Invalid struct {
	Problems []Problem
}

// Error lists the problems, separated by "; ".
func (e *Invalid) Error() string {
	parts := make([]string, len(e.Problems))
	for i, problem := range e.Problems {
		parts[i] = problem.String()
	}
	return strings.Join(parts, "; ")
}

// maxProblems keeps a hostile document from filling the answer.
const maxProblems = 50

// problems collects what is wrong while a document is read on.
type problems struct {
	list []Problem
}

func (p *problems) add(field, format string, args ...any) {
	if len(p.list) < maxProblems {
		p.list = append(p.list, Problem{Field: field, Message: fmt.Sprintf(format, args...)})
	}
}

func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	return &Invalid{Problems: p.list}
}
