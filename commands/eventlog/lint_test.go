package eventlog_test

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

const clientPackage = "github.com/EventStore/EventStore-Client-Go/v4/esdb"

// TestProductNeverAppendsAtAnyRevision reads the product's sources: an append at Any, the client's default, is written
// twice when it is repeated.
func TestProductNeverAppendsAtAnyRevision(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	var importers []string
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || strings.HasPrefix(entry.Name(), ".") && path != root) {
			return filepath.SkipDir
		}
		if entry.IsDir() || filepath.Ext(path) != ".go" || isTestSource(path) {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil || !imports(file, clientPackage) {
			return nil // the compiler speaks of what cannot be parsed
		}
		importers = append(importers, filepath.Base(filepath.Dir(path)))
		require.Empty(t, looseAppends(file), path)
		return nil
	}))
	require.NotEmpty(t, importers)
	for _, room := range importers {
		require.Contains(t, []string{"eventlog", "drills"}, room, "only commands/eventlog imports the client, and drills that do what the product does not")
	}
}

func TestLooseAppendsAreFound(t *testing.T) {
	for source, want := range map[string]int{
		`esdb.AppendToStreamOptions{}`:                                            1,
		`esdb.AppendToStreamOptions{ExpectedRevision: esdb.Any{}}`:                1,
		`esdb.AppendToStreamOptions{ExpectedRevision: esdb.StreamExists{}}`:       1,
		`esdb.AppendToStreamOptions{ExpectedRevision: esdb.NoStream{}}`:           0,
		`f(esdb.Any{}, esdb.AppendToStreamOptions{Authenticated: nil}, esdb.Any)`: 3,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nvar _ = "+source, 0)
		require.NoError(t, err)
		require.Len(t, looseAppends(file), want, source)
	}
}

func isTestSource(path string) bool {
	name := filepath.Base(path)
	return strings.HasSuffix(name, "_test.go") || strings.HasSuffix(filepath.Dir(path), "test")
}

func imports(file *ast.File, name string) bool {
	for _, i := range file.Imports {
		if path, _ := strconv.Unquote(i.Path.Value); path == name {
			return true
		}
	}
	return false
}

// looseAppends finds esdb.Any, esdb.StreamExists and append options without an expected revision.
func looseAppends(file *ast.File) []ast.Node {
	var found []ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if isClient(n, "Any") || isClient(n, "StreamExists") {
				found = append(found, n)
			}
		case *ast.CompositeLit:
			if s, ok := n.Type.(*ast.SelectorExpr); ok && isClient(s, "AppendToStreamOptions") && !sets(n, "ExpectedRevision") {
				found = append(found, n)
			}
		}
		return true
	})
	return found
}

func isClient(s *ast.SelectorExpr, name string) bool {
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == "esdb" && s.Sel.Name == name
}

func sets(lit *ast.CompositeLit, field string) bool {
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok && key.Name == field {
				return true
			}
		}
	}
	return false
}
