// Package daka_test holds the house rules that a compiler does not: which room may import which, how long a
// function may be, which names and calls do not occur. `make verify` asks golangci-lint for the same arrows; here
// they hold in `make test` with nothing installed.
package daka_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	module = "github.com/dakahq/daka/"
	esdb   = "github.com/EventStore/EventStore-Client-Go/v4/esdb"

	functionMax = 70 // lines, from func to the closing brace
)

// source is one parsed Go file. room is its folder, relative to the repository root.
type source struct {
	path, room string
	test       bool
	file       *ast.File
	fset       *token.FileSet
}

func (s source) at(p token.Pos) string {
	return fmt.Sprintf("%s:%d", s.path, s.fset.Position(p).Line)
}

// imports lists what the file imports, by path.
func (s source) imports() []string {
	var paths []string
	for _, spec := range s.file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value) // The parser has checked it.
		paths = append(paths, path)
	}
	return paths
}

// sources parses every Go file of the repository.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	fset := token.NewFileSet()
	require.NoError(t, filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && path != "." && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata" || name == "var" || name == "bin") {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		room := filepath.ToSlash(filepath.Dir(path))
		test := strings.HasSuffix(name, "_test.go") || isTestRoom(room)
		all = append(all, source{path: path, room: room, test: test, file: file, fset: fset})
		return nil
	}))
	require.NotEmpty(t, all)
	return all
}

// isTestRoom tells a package of ours that only tests may import, such as postgrestest.
func isTestRoom(path string) bool { return strings.HasSuffix(path, "test") }

// within tells whether a room is the folder or lies below it.
func within(room, folder string) bool {
	return room == folder || strings.HasPrefix(room, folder+"/")
}

// arrow says what a room may not import. Paths ending in "/" are ours; except lists what is let through.
type arrow struct {
	from, to string
	except   []string
	why      string
}

// arrows is design §2: domain ← commands ← api → projections → commands/eventlog; cmd imports all.
var arrows = []arrow{
	{from: "domain", to: module, except: []string{module + "domain"}, why: "the domain imports nothing of ours"},
	{from: "commands", to: module, except: []string{module + "domain", module + "commands"}, why: "the write side knows only the domain"},
	{from: "commands/ledger", to: module + "commands", except: []string{module + "commands/ledger", module + "commands/eventlog", module + "commands/keys"},
		why: "the ledger knows streams and keys, and no use case"},
	{from: "commands/people", to: module + "commands", except: []string{module + "commands/people", module + "commands/ledger", module + "commands/directory",
		module + "commands/identity"}, why: "people knows ledger, directory and identity, and no organization's use case"},
	{from: "commands/eventlog", to: module + "commands", except: []string{module + "commands/eventlog"}, why: "the event log serves both sides"},
	{from: "projections", to: module, except: []string{module + "domain", module + "commands/eventlog", module + "projections"},
		why: "the read side knows the domain and the event log, not the commands"},
	{from: "domain/facts", to: module + "domain/wire", why: "facts take events and know no bytes"},
	{from: "domain/attendance", to: module + "domain/facts", why: "Assess knows no events"},
	{from: "projections/audit", to: module + "projections", except: []string{module + "projections/query", module + "projections/audit"},
		why: "an audit uses nothing of what it judges"},
	{from: "projections/audit", to: "github.com/jackc/pgx", why: "an audit asks no table"},
	{from: "projections/tables", to: module, except: []string{module + "domain", module + "projections/tables"}, why: "tables know the domain alone"},
	{from: "projections/feed", to: module + "projections", except: []string{module + "projections/feed"}, why: "the feed writes nothing"},
	{from: "projections/query", to: module, except: []string{module + "domain", module + "projections/tables", module + "projections/query"}, why: "questions know the tables alone"},
	{from: "projections/apply", to: module, except: []string{module + "domain", module + "commands/eventlog", module + "projections/feed", module + "projections/fold", module + "projections/assess",
		module + "projections/tables", module + "projections/apply"}, why: "a page is folded and assessed, and asks nothing"},
	{from: "projections/rebuild", to: module, except: []string{module + "domain", module + "commands/eventlog", module + "projections/feed", module + "projections/fold", module + "projections/assess",
		module + "projections/tables", module + "projections/apply", module + "projections/rebuild"}, why: "a rebuild writes tables from the log, and asks no live ones"},
	{from: "projections/fold", to: module + "projections/rebuild", why: "fold, assess and apply know no rebuild"},
	{from: "projections/assess", to: module + "projections/rebuild", why: "fold, assess and apply know no rebuild"},
	{from: "projections/fold", to: module + "projections/query", why: "fold asks nothing of readers"},
	{from: "projections/assess", to: module + "projections/query", why: "assess asks nothing of readers"},
	{from: "projections/fold", to: module + "projections/apply", why: "fold and assess do not know who applies them"},
	{from: "projections/assess", to: module + "projections/apply", why: "fold and assess do not know who applies them"},
	{from: "projections/fold", to: module + "projections/assess", why: "fold and assess do not know each other"},
	{from: "projections/assess", to: module + "projections/fold", why: "fold and assess do not know each other"},
	{from: "api/requestid", to: module, except: []string{module + "api/requestid"}, why: "a request's id knows nothing of daka"},
	{from: "api/problem", to: module + "api", except: []string{module + "api/problem", module + "api/requestid"}, why: "problem explains errors, and knows no route"},
	{from: "api/who", to: module + "api", except: []string{module + "api/who", module + "api/limit", module + "api/problem"}, why: "who asks and may is decided before any noun"},
	{from: "api/who", to: module + "projections", why: "who asks and may is decided without Postgres' read models"},
	{from: "api/route", to: module + "api", except: []string{module + "api/route", module + "api/who", module + "api/limit", module + "api/problem"}, why: "the router knows no noun"},
	{from: "api/route", to: module + "projections", why: "the router knows no read model"},
	{from: "api/read", to: module + "api", except: []string{module + "api/read", module + "api/route", module + "api/who", module + "api/limit", module + "api/problem"},
		why: "reading is the same for every noun"},
	{from: "api/report", to: module + "api", except: []string{module + "api/report", module + "api/read", module + "api/route", module + "api/who", module + "api/sheets",
		module + "api/scratch", module + "api/limit", module + "api/problem", module + "api/web/verdicts"}, why: "a file is written of what it is given, and registers no route"},
	{from: "api/reveal", to: module + "api", except: []string{module + "api/reveal", module + "api/who"}, why: "opening a value knows no route"},
	{from: "api/limit", to: module + "api", except: []string{module + "api/limit", module + "api/problem"}, why: "limits bound shares, and know no principal"},
	{from: "api", to: module + "deploy", why: "the edge does not know where it runs"},
	{from: "deploy/single/node", to: module, except: []string{module + "deploy/single/node"}, why: "the node is a stranger to daka"},
	{from: "deploy/single/postgres", to: module, except: []string{module + "deploy/single/postgres"}, why: "the database is a stranger to daka"},
	{from: "", to: module + "cmd", why: "nothing imports cmd"},
	{from: "", to: esdb, why: "only commands/eventlog speaks with the client"},
	{from: "", to: "log", except: []string{"log/slog"}, why: "logs are structured: log/slog"},
	{from: "domain", to: "net", except: []string{"net/netip"}, why: "the domain does no I/O"},
	{from: "domain", to: "os", why: "the domain does no I/O"},
	{from: "domain", to: "math/rand", why: "the domain is the same on every machine"},
	{from: "domain", to: "context", why: "the domain waits for nothing"},
	{from: "domain", to: "database/sql", why: "the domain does no I/O"},
}

// mayUseClient are the packages that import the client's esdb outside tests (design §2); a drill deletes as a stranger would.
var mayUseClient = []string{"commands/eventlog", "deploy/drills"}

func (a arrow) forbids(room, path string) bool {
	if !within(room, a.from) && a.from != "" || !within(path, strings.TrimSuffix(a.to, "/")) {
		return false
	}
	if a.to == esdb {
		for _, allowed := range mayUseClient {
			if room == allowed {
				return false
			}
		}
	}
	for _, except := range a.except {
		if within(path, except) {
			return false
		}
	}
	return true
}

func TestArrowsBetweenRooms(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, path := range s.imports() {
			if path == "testing" || strings.HasPrefix(path, module) && isTestRoom(path) {
				t.Errorf("%s imports %s: only tests may", s.path, path)
			}
			for _, a := range arrows {
				if a.forbids(s.room, path) {
					t.Errorf("%s imports %s: %s", s.path, path, a.why)
				}
			}
		}
	}
}

// TestArrowsCanFail keeps the rules from silently holding nothing.
func TestArrowsCanFail(t *testing.T) {
	for _, row := range []struct {
		room, path string
		forbidden  bool
	}{
		{"domain/wire", module + "domain", false},
		{"domain/wire", module + "commands", true},
		{"domain/attendance", "os", true},
		{"commands", module + "domain/wire", false},
		{"commands", module + "projections", true},
		{"commands", esdb, true},
		{"commands/ledger", module + "commands/keys", false},
		{"commands/ledger", module + "commands/directory", true},
		{"commands/people", module + "commands/identity", false},
		{"commands/people", module + "commands", true},
		{"commands/eventlog", esdb, false},
		{"commands/eventlog", module + "commands/keys", true},
		{"projections", module + "commands/eventlog", false},
		{"projections", module + "commands", true},
		{"projections", module + "commands/keys", true},
		{"projections/rebuild", module + "projections/apply", false},
		{"projections/rebuild", module + "projections/query", true},
		{"projections/apply", module + "projections/fold", false},
		{"projections/apply", module + "projections/rebuild", true},
		{"projections/audit", module + "projections/rebuild", true},
		{"projections/fold", module + "projections/apply", true},
		{"api", module + "commands", false},
		{"api", module + "deploy/single/node", true},
		{"deploy/single/node", "github.com/EventStore/EventStore-Client-Go/v4/protos/streams", false},
		{"deploy/single/node", esdb, true},
		{"deploy/single/node", module + "domain", true},
		{"cmd/daka", module + "deploy/single/postgres", false},
		{"cmd/daka", module + "cmd/daka-verify", true},
		{"api", "log", true},
		{"api", "log/slog", false},
	} {
		forbidden := false
		for _, a := range arrows {
			forbidden = forbidden || a.forbids(row.room, row.path)
		}
		require.Equal(t, row.forbidden, forbidden, "%s imports %s", row.room, row.path)
	}
}

func TestFunctionsAreShort(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, decl := range s.file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if lines := s.fset.Position(f.End()).Line - s.fset.Position(f.Pos()).Line + 1; lines > functionMax {
				t.Errorf("%s: %s has %d lines, %d are allowed", s.at(f.Pos()), f.Name.Name, lines, functionMax)
			}
			if f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: no init functions; build what is needed where it is needed", s.at(f.Pos()))
			}
		}
	}
}

func TestPackagesAreNamedForWhatTheyAre(t *testing.T) {
	forbidden := map[string]bool{"util": true, "utils": true, "common": true, "models": true, "ports": true, "adapters": true,
		"helpers": true, "misc": true, "base": true, "shared": true, "types": true, "interfaces": true}
	for _, s := range sources(t) {
		if forbidden[strings.TrimSuffix(s.file.Name.Name, "_test")] {
			t.Errorf("%s: package %s says nothing about what it is", s.path, s.file.Name.Name)
		}
	}
}

func TestEveryRoomHasAReadme(t *testing.T) {
	for _, room := range []string{".", "domain", "domain/attendance", "domain/wire", "commands", "commands/ledger", "commands/people", "commands/eventlog", "commands/keys", "commands/files", "commands/identity",
		"projections", "api", "api/web", "deploy", "deploy/single", "deploy/single/node", "deploy/single/postgres", "cmd/daka"} {
		readme, err := os.ReadFile(filepath.Join(room, "README.md"))
		if err != nil || len(readme) < 200 {
			t.Errorf("%s needs a README.md: a punch's life in this room, what it refuses, its decisions", room)
		}
	}
}

// selector tells whether a node is package.name for one of the names.
func selector(n ast.Node, pkg string, names ...string) (string, bool) {
	sel, ok := n.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	if id, ok := sel.X.(*ast.Ident); !ok || id.Name != pkg {
		return "", false
	}
	for _, name := range names {
		if sel.Sel.Name == name {
			return name, true
		}
	}
	return "", false
}

// TestAppendsNameARevision: `Any` would let two writers both win (design §4).
func TestAppendsNameARevision(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if _, found := selector(n, "esdb", "Any"); found {
				t.Errorf("%s: esdb.Any; append with an exact revision or NoStream", s.at(n.Pos()))
			}
			return true
		})
	}
}

func TestDomainIsPure(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || !within(s.room, "domain") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if name, found := selector(n, "time", "Now", "Since", "Until", "Sleep", "After", "NewTimer", "NewTicker", "Tick", "Local"); found {
				t.Errorf("%s: time.%s; the clock comes in with the command", s.at(n.Pos()), name)
			}
			if name, found := selector(n, "uuid", "New", "NewV7", "NewString", "NewRandom"); found {
				t.Errorf("%s: uuid.%s; ids come in with the command or are derived", s.at(n.Pos()), name)
			}
			if _, starts := n.(*ast.GoStmt); starts {
				t.Errorf("%s: the domain starts no goroutine", s.at(n.Pos()))
			}
			return true
		})
	}
}

func TestNothingIsLeftForLater(t *testing.T) {
	for _, s := range sources(t) {
		if s.path == "house_test.go" {
			continue
		}
		for _, group := range s.file.Comments {
			for _, mark := range []string{"TODO", "FIXME", "XXX", "HACK"} {
				if strings.Contains(group.Text(), mark) {
					t.Errorf("%s: %s; do it, or say in the README that it is not done", s.at(group.Pos()), mark)
				}
			}
		}
	}
}
