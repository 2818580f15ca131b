package main

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/sheets/sheetstest"
)

// TestFilesSayWhatTheAPISays: a month as a workbook has the API's totals, in LibreOffice and in a library; daily details and registers add up to
// the same; every view is CSV, too; and the person reads who took what.
func TestFilesSayWhatTheAPISays(t *testing.T) {
	r, base, member, date := staffed(t)
	month := "/api/v1" + base + "/months/" + date[:7]
	var figures struct {
		Items []map[string]any
	}
	require.Eventually(t, func() bool {
		settled(t, func() reply { return r.get(month) }).json(t, &figures)
		return len(figures.Items) == 1 && figures.Items[0]["late_minute"].(float64) == 20
	}, waitLong, tick)
	chinese := map[string]string{"Accept-Language": "zh"}
	save := func(path string) string {
		a := r.send(ask{"GET", path, "", chinese})
		require.Equal(t, 200, a.status, a.body)
		name := filepath.Join(t.TempDir(), "file.xlsx")
		require.NoError(t, os.WriteFile(name, []byte(a.body), 0o600))
		return name
	}
	book, registers, days := save(month+".xlsx"), save(month+".xlsx?view=register"), save("/api/v1"+base+"/days/export?format=xlsx&from="+date[:7]+"-01&to="+date)
	for name, open := range map[string]func(*testing.T, string) map[string][][]string{"excelize": sheetstest.Excelize, "LibreOffice": sheetstest.Office} {
		t.Run(name, func(t *testing.T) {
			whole := open(t, book)
			people, sums := sheetstest.Table(t, whole["月度汇总"], "应出勤天数")
			require.Len(t, people, 1)
			titles := map[string]string{"应出勤天数": "should_attendance_days", "出勤天数": "attendance_days", "工作时长(分钟)": "attendance_work_time", "迟到次数": "late_times", "迟到时长(分钟)": "late_minute",
				"早退次数": "leave_early_times", "上班缺卡次数": "on_work_lack_card_times", "旷工天数": "absenteeism_days", "加班总时长(分钟)": "overtime_duration", "正常天数": "normal_days", "异常天数": "abnormal_days"}
			for title, figure := range titles {
				require.Equal(t, figures.Items[0][figure].(float64), num(t, sums[title]), title)
				require.Equal(t, figures.Items[0][figure].(float64), num(t, people[0][title]), title)
			}
			_, daily := sheetstest.Table(t, whole["每日统计"], "应打卡时间")
			require.Equal(t, figures.Items[0]["attendance_work_time"].(float64), num(t, daily["工作时长(分钟)"]))
			require.Contains(t, fmt.Sprint(whole["打卡时间"]), "09:20")
			_, one := sheetstest.Table(t, open(t, registers)["1"], "应打卡时间")
			require.Equal(t, num(t, daily["工作时长(分钟)"]), num(t, one["工作时长(分钟)"]))
			require.Equal(t, num(t, daily["迟到时长(分钟)"]), num(t, one["迟到时长(分钟)"]))
			_, span := sheetstest.Table(t, open(t, days)["每日统计"], "应打卡时间")
			require.Equal(t, 20.0, num(t, span["迟到时长(分钟)"]))
		})
	}
	for view, want := range map[string]string{"marks": "迟", "details": "上班迟到20分钟", "times": "09:20 18:30", "register": "09:20"} {
		text := r.send(ask{"GET", month + ".csv?view=" + view, "", chinese})
		require.Equal(t, 200, text.status)
		require.Contains(t, text.body, want, view)
		lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text.body, "\xef\xbb\xbf"))).ReadAll()
		require.NoError(t, err)
		require.Equal(t, "工号", lines[0][0])
	}
	books := r.get(month + ".zip?view=register")
	require.Equal(t, 200, books.status)
	packed, err := zip.NewReader(bytes.NewReader([]byte(books.body)), int64(len(books.body)))
	require.NoError(t, err)
	require.Equal(t, "registers-001.xlsx", packed.File[0].Name)
	require.Equal(t, 404, r.get(month+".zip").status)

	require.Eventually(t, func() bool {
		log := r.get("/api/v1" + base + "/members/" + member + "/access-log").body
		return strings.Contains(log, `"purpose":"months"`) && strings.Contains(log, `"register"`) && strings.Contains(log, `"purpose":"export-days"`)
	}, waitLong, tick, "the person reads who took what of them")
}

// num reads a cell; an empty one is 0.
func num(t *testing.T, cell string) float64 {
	t.Helper()
	if cell == "" {
		return 0
	}
	n, err := strconv.ParseFloat(cell, 64)
	require.NoError(t, err)
	return n
}
