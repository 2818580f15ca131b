package api

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/xuri/excelize/v2"
)

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// monthHeads are the columns of a month's file: name of the model, title in Chinese.
var monthHeads = [][2]string{
	{"number", "工号"}, {"name", "姓名"}, {"month", "月份"}, {"should_attendance_days", "应出勤天数"}, {"attendance_days", "出勤天数"}, {"attendance_rest_days", "休息日出勤天数"},
	{"attendance_work_time", "工作时长(分钟)"}, {"present_min", "在岗时长(分钟)"}, {"late_times", "迟到次数"}, {"late_minute", "迟到时长(分钟)"},
	{"serious_late_times", "严重迟到次数"}, {"serious_late_minute", "严重迟到时长(分钟)"}, {"absenteeism_late_times", "旷工迟到次数"}, {"absenteeism_days", "旷工天数"},
	{"leave_early_times", "早退次数"}, {"leave_early_minute", "早退时长(分钟)"}, {"on_work_lack_card_times", "上班缺卡次数"}, {"off_work_lack_card_times", "下班缺卡次数"},
	{"making_up_lack_times", "补卡次数"}, {"business_trip_time", "出差时长(分钟)"}, {"leave_time", "请假时长(分钟)"}, {"overtime_duration", "加班总时长(分钟)"},
	{"overtime_workday", "工作日加班(分钟)"}, {"overtime_restday", "休息日加班(分钟)"}, {"overtime_holiday", "节假日加班(分钟)"}, {"pending_days", "未结束天数"},
	{"leave_days", "请假天数"}, {"half_days", "半天天数"}, {"abnormal_days", "异常天数"}, {"normal_days", "正常天数"},
}

// monthCells are a month's values in the order of monthHeads; numbers stay numbers.
func monthCells(m *MonthView) []any {
	values := map[string]any{"name": safeCell(m.Name), "number": safeCell(m.Number)}
	v := reflect.ValueOf(m.Month)
	for i := range v.NumField() {
		if tag := v.Type().Field(i).Tag.Get("json"); tag != "" && values[tag] == nil {
			values[tag] = v.Field(i).Interface()
		}
	}
	cells := make([]any, len(monthHeads))
	for i, head := range monthHeads {
		cells[i] = values[head[0]]
	}
	return cells
}

func (f Fresh) set(hc huma.Context) {
	hc.SetHeader("Daka-As-Of", f.AsOf)
	if f.AsOfTime != "" {
		hc.SetHeader("Daka-As-Of-Time", f.AsOfTime)
	}
	if f.Stale != "" {
		hc.SetHeader("Daka-Stale", f.Stale)
	}
}

// monthFile streams a month as CSV (the model's names, or Chinese titles when the caller speaks Chinese) or as a workbook.
func (s *Server) monthFile(ctx context.Context, fresh Fresh, month, kind string, all []MonthView) *huma.StreamResponse {
	titles := make([]any, len(monthHeads))
	for i, head := range monthHeads {
		titles[i] = head[0]
		if languageOf(ctx) == chinese {
			titles[i] = head[1]
		}
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		fresh.set(hc)
		hc.SetHeader("Content-Disposition", fmt.Sprintf(`attachment; filename="month-%s.%s"`, month, kind))
		write := writeMonthCSV
		hc.SetHeader("Content-Type", "text/csv; charset=utf-8")
		if kind == "xlsx" {
			write = writeMonthXLSX
			hc.SetHeader("Content-Type", xlsxType)
		}
		hc.SetStatus(http.StatusOK)
		if err := write(hc.BodyWriter(), month, titles, all); err != nil {
			s.log.ErrorContext(ctx, "a month's file broke off", slog.Any("error", err))
			panic(http.ErrAbortHandler)
		}
	}}
}

func writeMonthCSV(w io.Writer, _ string, titles []any, all []MonthView) error {
	if _, err := io.WriteString(w, "\xef\xbb\xbf"); err != nil { // so that spreadsheets read UTF-8
		return err
	}
	out := csv.NewWriter(w)
	_ = out.Write(texts(titles))
	for i := range all {
		_ = out.Write(texts(monthCells(&all[i])))
	}
	out.Flush()
	return out.Error()
}

func texts(cells []any) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = strings.TrimSpace(fmt.Sprint(c))
	}
	return out
}

func writeMonthXLSX(w io.Writer, month string, titles []any, all []MonthView) error {
	book := excelize.NewFile()
	defer book.Close()
	if err := book.SetSheetName("Sheet1", month); err != nil {
		return err
	}
	sheet, err := book.NewStreamWriter(month)
	if err != nil {
		return err
	}
	if err := sheet.SetRow("A1", titles); err != nil {
		return err
	}
	for i := range all {
		if err := sheet.SetRow(fmt.Sprintf("A%d", i+2), monthCells(&all[i])); err != nil {
			return err
		}
	}
	if err := sheet.Flush(); err != nil {
		return err
	}
	return book.Write(w)
}
