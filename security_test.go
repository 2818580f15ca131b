package daka_test

import (
	"encoding/csv"
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const asvsFile = "docs/security/asvs.csv"

// asvsRows are the requirements of ASVS 5.0.0 that shape this product; a-b is every number from a to b of one section.
const asvsRows = `
1.2.1 1.2.3 1.2.4 1.2.10 1.3.4 1.3.6 1.5.2 1.5.3
2.2.2 2.2.3 2.3.1-5 2.4.1
3.2.1 3.2.2 3.3.1-4 3.4.1-6 3.5.1-3 3.5.8 3.7.2
4.1.1 4.1.3 4.1.4 4.1.5 4.2.1 4.4.1-2
5.1.1 5.2.1 5.2.2 5.2.4 5.2.6 5.3.1 5.3.2 5.4.1 5.4.2
6.1.1 6.1.3 6.2.1-12 6.3.1-4 6.3.8 6.4.1-6 6.5.1-8 6.6.1-3 6.7.2
7.1.1 7.1.2 7.2.1-4 7.3.1 7.3.2 7.4.1-5 7.5.1-3
8.1.1-4 8.2.1-3 8.3.1 8.3.2 8.4.1
11.1.1 11.1.2 11.2.1-3 11.3.2-4 11.4.1-3 11.5.1 11.6.1
12.1.1 12.2.1 12.3.1 12.3.5
13.1.2 13.1.3 13.2.1-4 13.3.1 13.3.2 13.4.2 13.4.5
14.1.1 14.1.2 14.2.1 14.2.4 14.2.6 14.2.7 14.2.8 14.3.1-3
15.1.1-3 15.2.1-3 15.3.1 15.3.3 15.3.4 15.4.1 15.4.2
16.1.1 16.2.1-5 16.3.1-4 16.4.1-3 16.5.1-4`

// asvsIDs expands the list.
func asvsIDs() []string {
	var ids []string
	for _, word := range strings.Fields(asvsRows) {
		first, last, several := strings.Cut(word, "-")
		if !several {
			ids = append(ids, word)
			continue
		}
		dot := strings.LastIndexByte(first, '.')
		from, _ := strconv.Atoi(first[dot+1:])
		to, _ := strconv.Atoi(last)
		for n := from; n <= to; n++ {
			ids = append(ids, first[:dot+1]+strconv.Itoa(n))
		}
	}
	return ids
}

// control is one row: a requirement, what became of it, and what shows that.
type control struct{ id, level, requirement, status, evidence string }

func controls(t *testing.T) []control {
	t.Helper()
	f, err := os.Open(asvsFile)
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll() // refuses rows of another length than the first
	require.NoError(t, err)
	require.Equal(t, []string{"id", "level", "requirement", "status", "evidence"}, rows[0])
	var list []control
	for _, row := range rows[1:] {
		list = append(list, control{row[0], row[1], row[2], row[3], row[4]})
	}
	return list
}

var statuses = []string{"tested", "held", "not_applicable", "open"}

// faults says what is wrong with the rows, one text for each fault.
func faults(list []control) []string {
	var out []string
	seen := map[string]bool{}
	for _, c := range list {
		say := func(format string, args ...any) { out = append(out, c.id+": "+fmt.Sprintf(format, args...)) }
		if seen[c.id] {
			say("it stands there twice")
		}
		seen[c.id] = true
		if c.level != "1" && c.level != "2" && c.level != "3" {
			say("level %q is none of 1, 2, 3", c.level)
		}
		if strings.TrimSpace(c.requirement) == "" || strings.TrimSpace(c.evidence) == "" {
			say("it needs a requirement and evidence, or a reason")
		}
		if !slices.Contains(statuses, c.status) {
			say("status %q is none of %s", c.status, strings.Join(statuses, ", "))
		}
		for _, missing := range missingTests(c) {
			say("there is no test %s", missing)
		}
	}
	ids := asvsIDs()
	for _, id := range ids {
		if !seen[id] {
			out = append(out, id+": it has no row")
		}
	}
	for _, c := range list {
		if !slices.Contains(ids, c.id) {
			out = append(out, c.id+": it is not in the list")
		}
	}
	return out
}

// mention is how a reason names a test: a folder and a function.
var mention = regexp.MustCompile(`(\.|[a-z][a-z/]*) (Test\w+)`)

// missingTests gives the named tests that do not exist. The evidence of a tested row is tests and nothing else; a reason may name some.
func missingTests(c control) []string {
	var out []string
	if c.status == "tested" {
		for one := range strings.SplitSeq(c.evidence, "; ") {
			if folder, name, _ := strings.Cut(one, " "); !hasTest(folder, name) {
				out = append(out, strconv.Quote(one))
			}
		}
		return out
	}
	for _, m := range mention.FindAllStringSubmatch(c.evidence, -1) {
		if !hasTest(m[1], m[2]) {
			out = append(out, strconv.Quote(m[0]))
		}
	}
	return out
}

// hasTest looks for a Go test in a folder, or for a title in a test file of the page.
func hasTest(folder, name string) bool {
	if name == "" {
		return false
	}
	if page, found := strings.CutSuffix(folder, ".test.ts:"); found {
		text, err := os.ReadFile(filepath.FromSlash(page + ".test.ts"))
		return err == nil && strings.Contains(string(text), strconv.Quote(name))
	}
	files, _ := filepath.Glob(filepath.Join(filepath.FromSlash(folder), "*_test.go"))
	return slices.ContainsFunc(files, func(file string) bool {
		text, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(text), "\nfunc "+name+"(")
	})
}

// TestASVS: every requirement of the list has a row that says what became of it, and every test that a row names exists.
func TestASVS(t *testing.T) {
	require.Empty(t, faults(controls(t)))
}

func TestFaultsOfASVSAreFound(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*control)
		want   string
	}{
		"another id":           {func(c *control) { c.id = "99.1.1" }, "99.1.1: it is not in the list"},
		"no row":               {func(c *control) { c.id = "99.1.1" }, "2.2.2: it has no row"},
		"no level":             {func(c *control) { c.level = "" }, `2.2.2: level "" is none of 1, 2, 3`},
		"no requirement":       {func(c *control) { c.requirement = " " }, "2.2.2: it needs a requirement and evidence, or a reason"},
		"no evidence":          {func(c *control) { c.evidence = "" }, "2.2.2: it needs a requirement and evidence, or a reason"},
		"another status":       {func(c *control) { c.status = "done" }, `2.2.2: status "done" is none of tested, held, not_applicable, open`},
		"no such test":         {func(c *control) { c.evidence = "api TestMatrix; api TestNothingOfTheKind" }, `2.2.2: there is no test "api TestNothingOfTheKind"`},
		"another room's test":  {func(c *control) { c.evidence = "domain TestMatrix" }, `2.2.2: there is no test "domain TestMatrix"`},
		"words for a test":     {func(c *control) { c.evidence = "somebody looked" }, `2.2.2: there is no test "somebody looked"`},
		"a reason's test":      {func(c *control) { c.status, c.evidence = "open", "half (api TestNothing)" }, `2.2.2: there is no test "api TestNothing"`},
		"no such title":        {func(c *control) { c.evidence = "api/web/src/words.test.ts: no such words" }, `2.2.2: there is no test "api/web/src/words.test.ts: no such words"`},
		"no such file's title": {func(c *control) { c.evidence = "api/web/src/gone.test.ts: x" }, `2.2.2: there is no test "api/web/src/gone.test.ts: x"`},
	} {
		t.Run(name, func(t *testing.T) {
			list := controls(t)
			at := slices.IndexFunc(list, func(c control) bool { return c.id == "2.2.2" })
			row.change(&list[at])
			require.Contains(t, faults(list), row.want)
		})
	}
	list := controls(t)
	require.Contains(t, faults(append(list, list[0])), list[0].id+": it stands there twice")
	require.True(t, hasTest("api/web/src/words.test.ts:", "both languages have the same words, and none is empty"))
}

// TestSecurityCountsASVS: SECURITY.md says how many rows of each kind there are.
func TestSecurityCountsASVS(t *testing.T) {
	count := map[string]int{}
	for _, c := range controls(t) {
		count[c.status]++
	}
	text, err := os.ReadFile("SECURITY.md")
	require.NoError(t, err)
	for _, status := range statuses {
		require.Contains(t, string(text), fmt.Sprintf("| `%s` | %d |", status, count[status]))
	}
}

// TestHashesAreApproved: no broken hash or cipher, and no mode of a cipher without authentication.
func TestHashesAreApproved(t *testing.T) {
	broken := []string{"crypto/md5", "crypto/sha1", "crypto/des", "crypto/rc4", "golang.org/x/crypto/md4", "golang.org/x/crypto/ripemd160", "golang.org/x/crypto/blowfish", "golang.org/x/crypto/tea"}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, path := range s.imports() {
			require.NotContains(t, broken, path, s.path)
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if name, found := selector(n, "uuid", "NewSHA1", "NewMD5"); found {
				t.Errorf("%s: uuid.%s; an id follows from SHA-256", s.at(n.Pos()), name)
			}
			if name, found := selector(n, "cipher", "NewCBCEncrypter", "NewCBCDecrypter", "NewCTR", "NewOFB", "NewCFBEncrypter", "NewCFBDecrypter"); found {
				t.Errorf("%s: cipher.%s; use GCM", s.at(n.Pos()), name)
			}
			return true
		})
	}
}

// TestThePageWritesText: no script of ours hands a text to the browser as HTML or as a program.
func TestThePageWritesText(t *testing.T) {
	files, err := filepath.Glob("api/docs.*")
	require.NoError(t, err)
	require.NoError(t, filepath.WalkDir("api/web/src", func(path string, _ os.DirEntry, err error) error {
		if ext := filepath.Ext(path); ext == ".ts" || ext == ".tsx" {
			files = append(files, path)
		}
		return err
	}))
	require.Greater(t, len(files), 100)
	unsafe := regexp.MustCompile(`dangerouslySetInnerHTML|\b(inner|outer)HTML\b|insertAdjacentHTML|document\.write|\beval\(|new Function\(|srcdoc|javascript:`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Empty(t, unsafe.FindString(string(text)), file)
	}
}
