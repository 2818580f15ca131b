package problem

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// codesOf finds every problem code that a source file below the folders names: in Refuse, Refusal, HeldError, AddAs and New. Each
// is mapped to where it is.
func codesOf(t *testing.T, root string, folders ...string) map[string]string {
	t.Helper()
	fset, constants, files := token.NewFileSet(), map[string]string{}, map[string]*ast.File{}
	for _, folder := range folders {
		require.NoError(t, filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "testdata") {
				return filepath.SkipDir
			}
			if entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			files[path], err = parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
			return err
		}))
	}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, is := n.(*ast.ValueSpec); is && len(spec.Values) == len(spec.Names) {
				for i, value := range spec.Values {
					constants[spec.Names[i].Name] = textOf(value, nil)
				}
			}
			return true
		})
	}
	codes := map[string]string{}
	for path, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if code := textOf(codeIn(n), constants); code != "" {
				codes[code] = path
			}
			return true
		})
	}
	return codes
}

// codeIn is the expression that is a code, where a node holds one.
func codeIn(n ast.Node) ast.Expr {
	switch n := n.(type) {
	case *ast.CallExpr:
		if s, is := n.Fun.(*ast.SelectorExpr); is && nameOf(s.X) == "scratch" {
			return nil // the second word names a folder
		}
		switch at := map[string]int{"Refuse": 0, "AddAs": 0, "New": 1}; nameOf(n.Fun) {
		case "Refuse", "AddAs", "New":
			if i := at[nameOf(n.Fun)]; i < len(n.Args) {
				return n.Args[i]
			}
		}
	case *ast.CompositeLit:
		if name := nameOf(n.Type); name != "Refusal" && name != "HeldError" {
			return nil
		}
		for _, element := range n.Elts {
			if pair, is := element.(*ast.KeyValueExpr); is && nameOf(pair.Key) == "Code" {
				return pair.Value
			}
		}
	}
	return nil
}

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func textOf(e ast.Expr, constants map[string]string) string {
	if literal, is := e.(*ast.BasicLit); is && literal.Kind == token.STRING {
		text, _ := strconv.Unquote(literal.Value) // the parser has checked it
		return text
	}
	return constants[nameOf(e)]
}

// TestEveryCodeIsInBothLanguages finds the codes in the sources, so that a new one cannot be forgotten. English texts stand beside
// their code.
func TestEveryCodeIsInBothLanguages(t *testing.T) {
	codes := codesOf(t, filepath.Join("..", ".."), "domain", "commands", "projections", "api")
	for _, state := range []string{"pending", "approved", "rejected", "withdrawn", "cancelled"} {
		codes["request_"+state] = "domain/request_state.go"
	}
	require.Greater(t, len(codes), 140)
	require.Contains(t, codes, "starting", "a constant")
	require.Contains(t, codes, "text_invalid", "a code of fields")
	for code, path := range codes {
		require.NotEmpty(t, chineseTexts[code], "%s of %s has no Chinese text", code, path)
	}
}
