package daka_test

import (
	"go/ast"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	namesMax   = 200     // functions and types of a package, without methods and the events of the domain
	methodsMax = 30      // methods of a type, those of embedded types of ours included
	fileMax    = 1 << 20 // bytes of a file in the repository
)

// The exceptions may only fall: a lower number is written here when it is reached, and the line goes when the limit holds.
var (
	namesAbove   = map[string]int{}
	methodsAbove = map[string]int{}
	// blindAbove counts INSERTs without columns, by file.
	blindAbove = map[string]int{}
)

// inPackage is what a package declares.
type inPackage struct {
	names    int
	methods  map[string]int
	embedded map[string][]string // by type, "Type" or "import/path.Type"
}

// packages counts the names of every package that is not for tests.
func packages(t *testing.T) map[string]*inPackage {
	t.Helper()
	all := map[string]*inPackage{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		p := all[s.room]
		if p == nil {
			p = &inPackage{methods: map[string]int{}, embedded: map[string][]string{}}
			all[s.room] = p
		}
		for _, decl := range s.file.Decls {
			p.count(s, decl)
		}
	}
	return all
}

func (p *inPackage) count(s source, decl ast.Decl) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			p.names++
			return
		}
		name := typeName(d.Recv.List[0].Type)
		if p.methods[name]++; s.room == "domain" && d.Name.Name == "EventType" {
			p.names--
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if spec, is := spec.(*ast.TypeSpec); is {
				p.names++
				p.embeds(s, spec)
			}
		}
	}
}

// embeds notes what a struct embeds of ours.
func (p *inPackage) embeds(s source, spec *ast.TypeSpec) {
	fields, is := spec.Type.(*ast.StructType)
	if !is {
		return
	}
	for _, f := range fields.Fields.List {
		if len(f.Names) > 0 {
			continue
		}
		name := typeName(f.Type)
		if room, other, found := strings.Cut(name, "."); found {
			for _, path := range s.imports() {
				if strings.HasPrefix(path, module) && strings.HasSuffix(path, "/"+room) {
					p.embedded[spec.Name.Name] = append(p.embedded[spec.Name.Name], strings.TrimPrefix(path, module)+"."+other)
				}
			}
			continue
		}
		p.embedded[spec.Name.Name] = append(p.embedded[spec.Name.Name], s.room+"."+name)
	}
}

// typeName is the name of a receiver's or embedded type: T, or package.T.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X)
	case *ast.IndexListExpr:
		return typeName(e.X)
	case *ast.SelectorExpr:
		return typeName(e.X) + "." + e.Sel.Name
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// methodsOf counts a type's methods with those of what it embeds.
func methodsOf(all map[string]*inPackage, room, name string) int {
	p := all[room]
	if p == nil {
		return 0
	}
	n := p.methods[name]
	for _, embedded := range p.embedded[name] {
		at := strings.LastIndexByte(embedded, '.')
		n += methodsOf(all, embedded[:at], embedded[at+1:])
	}
	return n
}

func limitOf(exceptions map[string]int, name string, limit int) int {
	if n, is := exceptions[name]; is {
		return n
	}
	return limit
}

// TestPackagesAndTypesAreSmall holds how much a stranger must keep in mind at once.
func TestPackagesAndTypesAreSmall(t *testing.T) {
	all := packages(t)
	for room, p := range all {
		check(t, "package "+room, "names", p.names, limitOf(namesAbove, room, namesMax))
		for name := range p.methods {
			full := room + "." + name
			check(t, full, "methods", methodsOf(all, room, name), limitOf(methodsAbove, full, methodsMax))
		}
	}
}

func check(t *testing.T, what, unit string, n, limit int) {
	t.Helper()
	if n > limit {
		t.Errorf("%s has %d %s, %d are allowed: cut it by responsibility", what, n, unit, limit)
	}
}

// blindInsert is an INSERT whose columns are not named: a column added in the middle would shift all that follow.
var blindInsert = regexp.MustCompile("(?i)insert into\\s+[\\w.\"%\\[\\]]+\\s*(?:values|select|`|$)")

// TestInsertsNameTheirColumns in Go and in SQL files.
func TestInsertsNameTheirColumns(t *testing.T) {
	require.True(t, blindInsert.MatchString("INSERT INTO daka.members VALUES ($1)"))
	require.True(t, blindInsert.MatchString("w.Do(`INSERT INTO members `+rows)"))
	require.False(t, blindInsert.MatchString("INSERT INTO daka.members (id) VALUES ($1)"))
	for _, path := range tracked(t) {
		if ext := filepath.Ext(path); ext != ".sql" && ext != ".go" || strings.HasSuffix(path, "_test.go") {
			continue
		}
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		if n := len(blindInsert.FindAll(content, -1)); n > blindAbove[path] {
			t.Errorf("%s: %d INSERTs without columns, such as %q", path, n, blindInsert.Find(content))
		}
	}
}

// tracked are the files of the repository, without what git ignores; a source archive has no git, and is not looked at.
func tracked(t *testing.T) []string {
	t.Helper()
	list, err := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Skipf("git does not list the repository's files: %v", err)
	}
	var files []string
	for _, path := range strings.Split(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
			files = append(files, path)
		}
	}
	require.NotEmpty(t, files)
	return files
}

// TestFilesAreSmall keeps a built program, a dump or a video out of everybody's clone.
func TestFilesAreSmall(t *testing.T) {
	for _, path := range tracked(t) {
		info, err := os.Lstat(path)
		require.NoError(t, err)
		if info.Size() > fileMax {
			t.Errorf("%s has %d bytes, %d are allowed", path, info.Size(), fileMax)
		}
	}
}

// sqlMost is how many lines a statement in a Go file has; a longer one stands in a SQL file beside it.
const sqlMost = 5

var (
	statement = regexp.MustCompile(`^\s*(?:WITH|SELECT|INSERT|UPDATE|DELETE|CREATE|DO)\s`)
	byPlace   = regexp.MustCompile(`RowTo(?:AddrOf)?StructByPos`)
)

// TestLongStatementsStandInFiles of the rooms that ask Postgres, and rows become structs by the names of their columns.
func TestLongStatementsStandInFiles(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || !within(s.room, "projections") && s.room != "commands/identity" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if sel, is := n.(*ast.SelectorExpr); is && byPlace.MatchString(sel.Sel.Name) {
				t.Errorf("%s: %s; columns have names", s.at(n.Pos()), sel.Sel.Name)
			}
			lit, is := n.(*ast.BasicLit)
			if is && statement.MatchString(strings.Trim(lit.Value, "`\"")) && strings.Count(lit.Value, "\n") >= sqlMost {
				t.Errorf("%s: a statement of %d lines; put it into a SQL file beside this one", s.at(n.Pos()), strings.Count(lit.Value, "\n")+1)
			}
			return true
		})
	}
}
