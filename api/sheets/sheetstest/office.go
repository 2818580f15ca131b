// Package sheetstest opens workbooks as the programs of people do.
package sheetstest

import (
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
)

// everySheet asks LibreOffice for a CSV file a sheet, in UTF-8, with values as they are stored and formulas worked out.
const everySheet = `csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1`

// Office opens a workbook in LibreOffice, which works its formulas out, and gives each sheet's cells by its name. A short run, and a
// machine without LibreOffice, skip the test; in CI it fails.
func Office(t *testing.T, path string) map[string][][]string {
	t.Helper()
	if testing.Short() {
		t.Skip("short: no LibreOffice")
	}
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("no LibreOffice; sh deploy/single/setup.sh need office installs it")
		}
		t.Skip("no LibreOffice; sh deploy/single/setup.sh need office installs it")
	}
	profile, out := t.TempDir(), t.TempDir()
	// A profile of its own, because two that run with one profile hand their work to each other.
	office := exec.CommandContext(t.Context(), soffice, "-env:UserInstallation=file://"+profile, "--headless", "--norestore", "--convert-to", everySheet, "--outdir", out, path)
	office.Env = append(os.Environ(), "HOME="+profile, "LC_ALL=C.UTF-8")
	said, err := office.CombinedOutput()
	require.NoError(t, err, string(said))
	begin := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)) + "-"
	files, err := filepath.Glob(filepath.Join(out, "*.csv"))
	require.NoError(t, err)
	require.NotEmpty(t, files, string(said))
	sheets := map[string][][]string{}
	for _, name := range files {
		file, err := os.Open(name)
		require.NoError(t, err)
		reader := csv.NewReader(file)
		reader.FieldsPerRecord = -1
		rows, err := reader.ReadAll()
		require.NoError(t, err, name)
		require.NoError(t, file.Close())
		sheets[strings.TrimPrefix(strings.TrimSuffix(filepath.Base(name), ".csv"), begin)] = rows
	}
	return sheets
}

// Excelize opens a workbook by the library that wrote it, with values as they are stored.
func Excelize(t *testing.T, path string) map[string][][]string {
	t.Helper()
	file, err := excelize.OpenFile(path)
	require.NoError(t, err)
	defer file.Close()
	sheets := map[string][][]string{}
	for _, name := range file.GetSheetList() {
		rows, err := file.GetRows(name, excelize.Options{RawCellValue: true})
		require.NoError(t, err)
		sheets[name] = rows
	}
	return sheets
}

// Table is a sheet's rows below the head that has a column with this title, each by the columns' titles; the last is that of the sums.
func Table(t *testing.T, rows [][]string, title string) (all []map[string]string, sums map[string]string) {
	t.Helper()
	for i, row := range rows {
		head := map[int]string{}
		found := false
		for at, cell := range row {
			head[at] = strings.ReplaceAll(cell, "\n", " ")
			found = found || cell == title
		}
		if !found {
			continue
		}
		for _, row := range rows[i+1:] {
			one := map[string]string{}
			for at, cell := range row {
				one[head[at]] = cell
			}
			if row[0] == "合计" || row[0] == "Sum" {
				return all, one
			}
			all = append(all, one)
		}
	}
	t.Fatalf("no column %s", title)
	return nil, nil
}
