package daka_test

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	markdownLink = regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)]*)?\)`)
	codeSpan     = regexp.MustCompile("`([^`\n]+)`")
	filePath     = regexp.MustCompile(`^(?:[\w.-]+/)+[\w.-]*$`)
	fileName     = regexp.MustCompile(`^[\w-]+\.(?:go|md|sql|sh|ts|tsx|json|jsonl|js)$`)
	qualified    = regexp.MustCompile(`^([a-z]\w*)\.([A-Z]\w*)(?:\.([A-Z]\w*))?(?:\(\))?$`)
)

// documents are the pages whose every path and name must exist. Rooms' READMEs name files of their own room without its path.
func documents(t *testing.T) []string {
	t.Helper()
	records, err := filepath.Glob("docs/decisions/*.md")
	require.NoError(t, err)
	require.Greater(t, len(records), 20)
	return append(records, "docs/architecture.md", "docs/glossary.md", "docs/develop.md")
}

// TestDocumentsNameWhatExists: a page that names a file or a type that is gone leads a stranger astray.
func TestDocumentsNameWhatExists(t *testing.T) {
	declared := declarations(t)
	for _, page := range documents(t) {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, span := range codeSpan.FindAllStringSubmatch(string(text), -1) {
			if fault := missing(span[1], declared); fault != "" {
				t.Errorf("%s names %s: %s", page, span[1], fault)
			}
		}
	}
}

// TestLinksLeadSomewhere follows the links of every page, those of the rooms' READMEs, too.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, pattern := range []string{"*.md", "*/*.md", "*/*/*.md", "*/*/*/*.md"} {
		pages, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, pages)
		for _, page := range pages {
			if strings.Contains(page, "node_modules") {
				continue
			}
			text, err := os.ReadFile(page)
			require.NoError(t, err)
			for _, link := range markdownLink.FindAllStringSubmatch(string(text), -1) {
				if strings.Contains(link[1], "://") {
					continue
				}
				if _, err := os.Stat(filepath.Join(filepath.Dir(page), link[1])); err != nil {
					t.Errorf("%s links to %s, which is not there", page, link[1])
				}
			}
		}
	}
}

// TestDecisionsAreWhole: a record says context, choice, price, date and room, is short, and is found from the index and from its room.
func TestDecisionsAreWhole(t *testing.T) {
	index, err := os.ReadFile("docs/decisions/README.md")
	require.NoError(t, err)
	records, err := filepath.Glob("docs/decisions/0*.md")
	require.NoError(t, err)
	head := regexp.MustCompile(`^# \d{4} .+\n\n20\d\d-\d\d-\d\d · \[[^]]+\]\(../../(\S+/README.md)\)\n`)
	for _, path := range records {
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		record, name := string(raw), filepath.Base(path)
		room := head.FindStringSubmatch(record)
		require.NotNil(t, room, "%s begins with its title, its date and its room", path)
		for _, part := range []string{"## Context", "## Choice", "## Price"} {
			require.Contains(t, record, "\n"+part+"\n", path)
		}
		require.LessOrEqual(t, strings.Count(record, "\n"), 25, "%s is short", path)
		require.Contains(t, string(index), "("+name+")", "the index lists %s", path)
		readme, err := os.ReadFile(room[1])
		require.NoError(t, err)
		require.Contains(t, string(readme), name, "%s links to %s", room[1], path)
	}
}

var (
	drawnRoom  = regexp.MustCompile(`(\w+)\["([^"]+)"\]`)
	drawnArrow = regexp.MustCompile(`(?m)^\s+(\w+)(?:\["[^"]+"\])? --> ([\w &]+)$`)
)

// drawn reads the picture of the arrows: from each room to those that it imports.
func drawn(t *testing.T) map[string][]string {
	t.Helper()
	page, err := os.ReadFile("docs/architecture.md")
	require.NoError(t, err)
	_, picture, found := strings.Cut(string(page), "flowchart RL")
	require.True(t, found)
	picture, _, _ = strings.Cut(picture, "```")
	rooms := map[string]string{}
	for _, room := range drawnRoom.FindAllStringSubmatch(picture, -1) {
		rooms[room[1]] = room[2]
	}
	named := func(short string) string {
		if room, is := rooms[short]; is {
			return room
		}
		return short
	}
	arrows := map[string][]string{}
	for _, arrow := range drawnArrow.FindAllStringSubmatch(picture, -1) {
		for _, to := range strings.Split(arrow[2], " & ") {
			arrows[named(arrow[1])] = append(arrows[named(arrow[1])], named(to))
		}
	}
	require.Greater(t, len(arrows), 10)
	return arrows
}

// TestArrowsDrawnAreTheImports: every import between drawn rooms follows the arrows, and every arrow is an import.
func TestArrowsDrawnAreTheImports(t *testing.T) {
	arrows := drawn(t)
	reached := map[string]map[string]bool{}
	var reach func(from, room string)
	reach = func(from, room string) {
		for _, to := range arrows[room] {
			if !reached[from][to] {
				reached[from][to] = true
				reach(from, to)
			}
		}
	}
	all := map[string]bool{}
	for from, tos := range arrows {
		reached[from] = map[string]bool{}
		reach(from, from)
		all[from] = true
		for _, to := range tos {
			all[to] = true
		}
	}
	imported := map[[2]string]bool{}
	for _, s := range sources(t) {
		for _, path := range s.imports() {
			to := strings.TrimPrefix(path, module)
			if s.test || !all[s.room] || !all[to] || to == path {
				continue
			}
			imported[[2]string{s.room, to}] = true
			if !reached[s.room][to] {
				t.Errorf("%s imports %s, which no arrow of docs/architecture.md allows", s.path, to)
			}
		}
	}
	for from, tos := range arrows {
		for _, to := range tos {
			if !imported[[2]string{from, to}] {
				t.Errorf("docs/architecture.md draws %s --> %s, which nothing imports", from, to)
			}
		}
	}
}

// TestDocumentsCanFail keeps the test above from silently holding nothing.
func TestDocumentsCanFail(t *testing.T) {
	declared := declarations(t)
	for _, there := range []string{"domain/facts", "domain/wire/registry.go", "house_test.go", "attendance.Assess", "facts.Member.Facts", "orgs/{org}/punches",
		"bin/daka", "known_at", "time.Duration", "a word"} {
		require.Empty(t, missing(there, declared), there)
	}
	for _, gone := range []string{"domain/nothing", "domain/wire/nothing.go", "nothing.go", "attendance.Nothing", "facts.Member.Nothing"} {
		require.NotEmpty(t, missing(gone, declared), gone)
	}
}

// missing says what is wrong with a word in backquotes: a path or a name of ours that does not exist. Other words pass.
func missing(word string, declared map[string]map[string]bool) string {
	if filePath.MatchString(word) && !strings.HasPrefix(word, "bin/") || fileName.MatchString(word) {
		if _, err := os.Stat(word); err != nil {
			return "no such path from the top of the repository"
		}
	}
	name := qualified.FindStringSubmatch(word)
	if name == nil || declared[name[1]] == nil {
		return ""
	}
	wanted := name[2]
	if name[3] != "" {
		wanted += "." + name[3]
	}
	if !declared[name[1]][wanted] {
		return "package " + name[1] + " does not declare it"
	}
	return ""
}

// declarations lists what each package of ours declares: "Name", and "Type.Method" or "Type.Field".
func declarations(t *testing.T) map[string]map[string]bool {
	t.Helper()
	all := map[string]map[string]bool{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		names := all[s.file.Name.Name]
		if names == nil {
			names = map[string]bool{}
			all[s.file.Name.Name] = names
		}
		for _, decl := range s.file.Decls {
			declare(names, decl)
		}
	}
	return all
}

func declare(names map[string]bool, decl ast.Decl) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			names[d.Name.Name] = true
		} else {
			names[typeName(d.Recv.List[0].Type)+"."+d.Name.Name] = true
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			declareSpec(names, spec)
		}
	}
}

func declareSpec(names map[string]bool, spec ast.Spec) {
	switch s := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range s.Names {
			names[name.Name] = true
		}
	case *ast.TypeSpec:
		names[s.Name.Name] = true
		if fields, is := s.Type.(*ast.StructType); is {
			for _, field := range fields.Fields.List {
				for _, name := range field.Names {
					names[s.Name.Name+"."+name.Name] = true
				}
			}
		}
	}
}
