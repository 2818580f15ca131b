package report

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/xuri/excelize/v2"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/scratch"
	"github.com/dakahq/daka/api/sheets"
	"github.com/dakahq/daka/projections/query"
)

// XLSXType is the media type of a workbook.
const XLSXType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// head is a column: the name of the model, the title in Chinese.
type head [2]string

// memberHeads and totalHeads are the first columns of a month's file by member, and of its totals.
var (
	MemberHeads = []head{{"number", "工号"}, {"name", "姓名"}, {"month", "月份"}}
	TotalHeads  = []head{{"name", "名称"}, {"month", "月份"}, {"members", "人数"}}
)

// figureHeads are the columns that follow, leave by type after leave_time.
var figureHeads = []head{
	{"should_attendance_days", "应出勤天数"}, {"attendance_days", "出勤天数"}, {"attendance_rest_days", "休息日出勤天数"},
	{"attendance_work_time", "工作时长(分钟)"}, {"present_min", "在岗时长(分钟)"}, {"late_times", "迟到次数"}, {"late_minute", "迟到时长(分钟)"},
	{"serious_late_times", "严重迟到次数"}, {"serious_late_minute", "严重迟到时长(分钟)"}, {"absenteeism_late_times", "旷工迟到次数"}, {"absenteeism_days", "旷工天数"},
	{"leave_early_times", "早退次数"}, {"leave_early_minute", "早退时长(分钟)"}, {"on_work_lack_card_times", "上班缺卡次数"}, {"off_work_lack_card_times", "下班缺卡次数"},
	{"making_up_lack_times", "补卡次数"}, {"business_trip_time", "出差时长(分钟)"}, {"out_time", "外出时长(分钟)"}, {"leave_time", "请假时长(分钟)"},
	{"overtime_approve_count", "加班审批单数"}, {"overtime_duration", "加班总时长(分钟)"},
	{"overtime_workday", "工作日加班(分钟)"}, {"overtime_restday", "休息日加班(分钟)"}, {"overtime_holiday", "节假日加班(分钟)"}, {"night_min", "夜间时长(分钟)"},
	{"allowed_late_times", "允许迟到次数"}, {"allowed_early_times", "允许早退次数"}, {"allowed_times", "允许次数合计"}, {"penalty_times", "处罚次数"}, {"waived_times", "免除处罚次数"}, {"deducted_days", "扣除天数"}, {"pending_days", "未结束天数"},
	{"leave_days", "请假天数"}, {"half_days", "半天天数"}, {"abnormal_days", "异常天数"}, {"normal_days", "正常天数"},
}

// leavePrefix begins the name of a leave type's column.
const leavePrefix = "leave_by_type."

// monthCells are a row's values in the order of the heads; numbers stay numbers.
func monthCells(heads []head, row any) []any {
	values := Figures(row)
	leave, _ := values["leave_by_type"].(map[string]int)
	cells := make([]any, len(heads))
	for i, h := range heads {
		cells[i] = values[h[0]]
		if kind, is := strings.CutPrefix(h[0], leavePrefix); is {
			cells[i] = leave[kind]
		}
		if text, is := cells[i].(string); is {
			cells[i] = sheets.SafeText(text)
		}
	}
	return cells
}

// Figures are a row's values by their names in JSON.
func Figures(row any) map[string]any {
	values := map[string]any{}
	gather(values, reflect.ValueOf(row))
	return values
}

// gather takes the fields by their names in JSON, those of embedded structs with them.
func gather(values map[string]any, row reflect.Value) {
	for i := range row.NumField() {
		field := row.Type().Field(i)
		tag := field.Tag.Get("json")
		switch {
		case field.Anonymous && tag == "":
			gather(values, row.Field(i))
		case tag != "":
			values[tag] = row.Field(i).Interface()
		}
	}
}

// MonthFile is a month as CSV or as a workbook.
type MonthFile struct {
	month, kind string
	// root is where a workbook lies while it is written.
	root  string
	heads []head
	rows  []any
	leave map[string]bool // the types of leave that the rows have
}

// NewMonthFile is of the kind csv or xlsx; a workbook lies below root while it is written.
func NewMonthFile(month, kind, root string) *MonthFile {
	return &MonthFile{month: month, kind: kind, root: root}
}

// Add takes a row, of a member or a total, with its leave by type.
func (f *MonthFile) Add(row any, leave map[string]int) {
	f.rows = append(f.rows, row)
	for kind := range leave {
		if f.leave == nil {
			f.leave = map[string]bool{}
		}
		f.leave[kind] = true
	}
}

// Headed names the columns: each leave type that the organization defined has one, and each that the rows have.
func (f *MonthFile) Headed(first []head, types []query.LeaveType) *MonthFile {
	var leave []head
	for _, t := range types {
		leave = append(leave, head{leavePrefix + t.LeaveType, "请假-" + t.Name + "(分钟)"})
		delete(f.leave, t.LeaveType)
	}
	for _, kind := range slices.Sorted(maps.Keys(f.leave)) {
		leave = append(leave, head{leavePrefix + kind, "请假-" + kind + "(分钟)"})
	}
	f.heads = slices.Clone(first)
	for _, h := range figureHeads {
		f.heads = append(f.heads, h)
		if h[0] == "leave_time" {
			f.heads = append(f.heads, leave...)
		}
	}
	return f
}

// titlesOf are the model's names, or the Chinese ones when the caller speaks Chinese.
func titlesOf(heads []head, l problem.Language) []any {
	titles := make([]any, len(heads))
	for i, h := range heads {
		titles[i] = h[0]
		if l == problem.Chinese {
			titles[i] = h[1]
		}
	}
	return titles
}

// Stream answers the file, with how fresh it is; a fault on the way breaks the stream off and is logged.
func (f *MonthFile) Stream(ctx context.Context, fresh read.Fresh, log *slog.Logger) *huma.StreamResponse {
	titles := titlesOf(f.heads, problem.LanguageOf(ctx))
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		fresh.Set(hc)
		hc.SetHeader("Content-Disposition", fmt.Sprintf(`attachment; filename="month-%s.%s"`, f.month, f.kind))
		write := f.writeCSV
		hc.SetHeader("Content-Type", "text/csv; charset=utf-8")
		if f.kind == "xlsx" {
			write = f.writeXLSX
			hc.SetHeader("Content-Type", XLSXType)
		}
		hc.SetStatus(http.StatusOK)
		if err := write(hc.BodyWriter(), titles); err != nil {
			log.ErrorContext(ctx, "a month's file broke off", slog.Any("error", err))
			panic(http.ErrAbortHandler)
		}
	}}
}

func (f *MonthFile) writeCSV(w io.Writer, titles []any) error {
	if _, err := io.WriteString(w, "\xef\xbb\xbf"); err != nil { // so that spreadsheets read UTF-8
		return err
	}
	out := csv.NewWriter(w)
	_ = out.Write(texts(titles))
	for _, row := range f.rows {
		_ = out.Write(texts(monthCells(f.heads, row)))
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

func (f *MonthFile) writeXLSX(w io.Writer, titles []any) error {
	folder, err := scratch.New(f.root, "export")
	if err != nil {
		return err
	}
	defer folder.Remove()
	book := excelize.NewFile(excelize.Options{TmpDir: folder.Dir})
	defer book.Close()
	if err := book.SetSheetName("Sheet1", f.month); err != nil {
		return err
	}
	sheet, err := book.NewStreamWriter(f.month)
	if err != nil {
		return err
	}
	if err := sheet.SetRow("A1", titles); err != nil {
		return err
	}
	for i, row := range f.rows {
		if err := sheet.SetRow(fmt.Sprintf("A%d", i+2), monthCells(f.heads, row)); err != nil {
			return err
		}
	}
	if err := sheet.Flush(); err != nil {
		return err
	}
	return book.Write(w)
}
