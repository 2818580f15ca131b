package commands

import (
	"bytes"
	"slices"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/punchfile"
)

// memberColumns are the heads that a table of members may have, by field, as punchfile.ColumnName writes them.
func memberColumns() map[string][]string {
	return map[string][]string{
		"number":     {"number", "工号", "员工编号", "员工工号", "职工号", "人员编号", "考勤号码", "编号", "employeeid", "employeenumber", "empno", "empcode", "staffid", "staffno", "badge"},
		"name":       {"name", "姓名", "员工姓名", "名字", "fullname", "employeename"},
		"email":      {"email", "mail", "emailaddress", "邮箱", "电子邮箱", "电子邮件", "企业邮箱"},
		"phone":      {"phone", "mobile", "mobilephone", "phonenumber", "手机", "手机号", "手机号码", "联系电话", "电话"},
		"position":   {"position", "title", "jobtitle", "职位", "岗位", "职务"},
		"department": {"department", "dept", "部门", "所属部门", "主部门", "部门名称"},
		"group":      {"group", "attendancegroup", "考勤组"},
		"joined":     {"joined", "joindate", "hiredate", "startdate", "入职日期", "入职时间", "加入日期", "到岗日期"},
		"left":       {"left", "lastday", "leavedate", "leavingdate", "enddate", "terminationdate", "离职日期", "离职时间", "最后工作日"},
	}
}

func memberField(head string) string {
	name := punchfile.ColumnName(head)
	for field, names := range memberColumns() {
		if slices.Contains(names, name) {
			return field
		}
	}
	return ""
}

// memberRow is one line by the fields of its columns; dates are yyyy-mm-dd where they could be read.
type memberRow struct {
	line  int
	cells map[string]string
	bad   string
}

type memberRows struct {
	rows    []memberRow
	ignored []string
}

// readMembers reads the table; the order of day and month is one for the whole file.
func readMembers(req ImportMembers) (memberRows, error) {
	src := punchfile.Source{Text: bytes.NewReader(req.CSV), Book: req.Book}
	table, err := punchfile.ReadTable(src, req.Encoding, memberLines, func(cells []string) bool {
		return slices.ContainsFunc(cells, func(cell string) bool { return memberField(cell) == "number" })
	})
	if file, is := punchfile.IsFileError(err); is {
		return memberRows{}, domain.Refuse("file_invalid", "%s; one line names the columns: number,name,email,phone,position,department,group,joined,left", file.Text)
	}
	if err != nil {
		return memberRows{}, err
	}
	var out memberRows
	fields := make([]string, len(table.Header.Cells))
	for i := range fields {
		head := table.Header.Text(i)
		fields[i] = memberField(head)
		if fields[i] == "" && head != "" {
			out.ignored = append(out.ignored, head)
		}
	}
	for _, row := range table.Rows {
		one := memberRow{line: row.Line, cells: map[string]string{}, bad: row.Bad}
		for i, field := range fields {
			if field != "" && one.cells[field] == "" {
				one.cells[field] = row.Text(i)
			}
		}
		out.rows = append(out.rows, one)
	}
	return out, readDates(req.Dates, table, fields, out.rows)
}

// readDates writes the dates of all lines as one order has them; a cell that is no date stays, and its line is refused.
func readDates(stated string, table punchfile.Table, fields []string, rows []memberRow) error {
	var cells []punchfile.TableDate
	var into []func(domain.Date)
	for r, row := range table.Rows {
		for i, field := range fields {
			if field != "joined" && field != "left" || row.Text(i) == "" {
				continue
			}
			cells = append(cells, punchfile.TableDate{Line: row.Line, Cell: row.Cell(i)})
			into = append(into, func(d domain.Date) { rows[r].cells[field] = string(d) })
		}
	}
	dates, err := punchfile.ReadDates(stated, cells)
	if file, is := punchfile.IsFileError(err); is {
		return fileRefusal(file)
	}
	for k, date := range dates {
		if date != "" {
			into[k](date)
		}
	}
	return err
}

// leaving refuses a last day that is no date, or before the first; of who is there already the line may not say the first.
func (r memberRow) leaving(joined domain.Date, held bool) error {
	var p domain.Problems
	left := p.Date("/left", domain.Date(r.cells["left"]), false)
	if err := p.Err(); err != nil {
		return err
	}
	if left != "" && left < joined && (!held || r.cells["joined"] != "") {
		return domain.Refuse("left_before_joined", "the member joined on %s; the last day must not be earlier", joined)
	}
	return nil
}
