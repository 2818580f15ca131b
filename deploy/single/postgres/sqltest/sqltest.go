// Package sqltest prepares the statements that stand in Go and SQL files against a real Postgres, so that a column that is not there, or a type
// that does not fit, fails a test even where no other test runs the statement.
package sqltest

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// statement is a text with which Postgres is asked.
type statement struct{ at, sql string }

// Prepare prepares every statement of the folders whose text is known without running the program, and says how many these are. Statements that
// are put together by functions are left to the tests that ask them.
func Prepare(t *testing.T, conn *pgx.Conn, folders ...string) (prepared int) {
	t.Helper()
	s := &scan{texts: map[string]string{}}
	for _, folder := range folders {
		s.read(t, folder)
	}
	seen := map[string]bool{}
	for _, st := range s.statements() {
		if seen[st.sql] {
			continue
		}
		seen[st.sql] = true
		if _, err := conn.Prepare(context.Background(), "", st.sql); err != nil {
			t.Errorf("%s: %v\n%s", st.at, err, st.sql)
		}
	}
	return len(seen)
}

// scan holds the files of some folders, and the texts of their constants and embedded files by package.Name.
type scan struct {
	fset  token.FileSet
	files []*ast.File
	texts map[string]string
}

func (s *scan) read(t *testing.T, folder string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	require.NoError(t, err)
	require.NotEmpty(t, paths, folder)
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(&s.fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		require.NoError(t, err)
		s.files = append(s.files, file)
		for range 2 { // a constant may stand behind those that use it
			s.declared(t, folder, file)
		}
	}
}

// declared notes the package's texts: constants, and variables with //go:embed of a SQL file.
func (s *scan) declared(t *testing.T, folder string, file *ast.File) {
	t.Helper()
	for _, decl := range file.Decls {
		d, is := decl.(*ast.GenDecl)
		if !is || d.Tok != token.CONST && d.Tok != token.VAR {
			continue
		}
		for _, spec := range d.Specs {
			v, is := spec.(*ast.ValueSpec)
			if !is {
				continue
			}
			name := file.Name.Name + "." + v.Names[0].Name
			if embedded := embeds(d.Doc, v.Doc); embedded != "" {
				text, err := os.ReadFile(filepath.Join(folder, embedded))
				require.NoError(t, err)
				s.texts[name] = string(text)
			} else if len(v.Values) == 1 && d.Tok == token.CONST {
				if text, known := s.text(file.Name.Name, v.Values[0]); known {
					s.texts[name] = text
				}
			}
		}
	}
}

// embeds is the SQL file that a variable holds, or nothing.
func embeds(docs ...*ast.CommentGroup) string {
	for _, doc := range docs {
		if doc == nil {
			continue
		}
		for _, c := range doc.List {
			if name, is := strings.CutPrefix(c.Text, "//go:embed "); is && strings.HasSuffix(name, ".sql") && !strings.Contains(name, "*") {
				return name
			}
		}
	}
	return ""
}

// text is what an expression says without running the program.
func (s *scan) text(room string, e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.ParenExpr:
		return s.text(room, e.X)
	case *ast.BinaryExpr:
		left, known := s.text(room, e.X)
		right, also := s.text(room, e.Y)
		return left + right, known && also && e.Op == token.ADD
	case *ast.Ident:
		text, known := s.texts[room+"."+e.Name]
		return text, known
	case *ast.SelectorExpr:
		if x, is := e.X.(*ast.Ident); is {
			text, known := s.texts[x.Name+"."+e.Sel.Name]
			return text, known
		}
	}
	return "", false
}

var (
	comments = regexp.MustCompile(`(?m)^--.*\n`)
	begins   = regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\s`)
)

// statements are the arguments of calls that read like one. Formats of fmt are none, and scripts cannot be prepared.
func (s *scan) statements() (all []statement) {
	for _, file := range s.files {
		ast.Inspect(file, func(n ast.Node) bool {
			call, is := n.(*ast.CallExpr)
			if !is {
				return true
			}
			if f, is := call.Fun.(*ast.SelectorExpr); is {
				if x, is := f.X.(*ast.Ident); is && x.Name == "fmt" {
					return true
				}
				if f.Sel.Name == "Replace" { // words of it are not there yet
					return true
				}
			}
			for _, arg := range call.Args {
				text, known := s.text(file.Name.Name, arg)
				if known && begins.MatchString(comments.ReplaceAllString(text, "")) && !strings.Contains(text, ";") {
					all = append(all, statement{s.fset.Position(arg.Pos()).String(), text})
				}
			}
			return true
		})
	}
	return all
}
