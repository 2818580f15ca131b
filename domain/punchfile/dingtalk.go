package punchfile

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"
)

// dingtalkHeadRows is how far down the header of a DingTalk sheet may stand, below its title.
const dingtalkHeadRows = 10

// ReadRows reads a DingTalk 原始记录 sheet as text cells: titles, a header with 工号 (or UserId), 打卡时间 and 考勤日期, then one row per punch.
// Opening the workbook is the caller's; a row without a 打卡时间 is a slot that nobody punched, and no line.
func ReadRows(rows iter.Seq2[[]string, error], now string, sink Sink) (Summary, error) {
	r := newReader(now, sink)
	r.last = map[string]time.Time{}
	err := r.dingtalk(rows)
	return r.summary, err
}

func (r *reader) dingtalk(rows iter.Seq2[[]string, error]) error {
	var head *table
	number := 0
	for row, err := range rows {
		number++
		if err != nil {
			return fmt.Errorf("read row %d: %w", number, err)
		}
		if head == nil {
			if head, err = dingtalkHeader(row, number); err != nil {
				return err
			}
			continue
		}
		if row = dingtalkRow(head, row); row == nil {
			continue
		}
		if err := r.row(head, number, row); err != nil {
			return err
		}
	}
	if head == nil {
		return errNoDingTalkHeader
	}
	return nil
}

var errNoDingTalkHeader = &FileError{Text: "the sheet has no header with 工号 and 打卡时间 in its first rows; export 原始记录 from DingTalk"}

func dingtalkHeader(row []string, number int) (*table, error) {
	head, bad := columns(row)
	if bad == nil && head.at >= 0 {
		head.state, head.checkType = -1, -1 // 打卡结果 and 考勤类型 are verdicts of DingTalk, no facts
		return head, nil
	}
	if number >= dingtalkHeadRows {
		return nil, errNoDingTalkHeader
	}
	return nil, nil
}

// dingtalkRow writes the date "24-03-02 星期六" as 2024-03-02; nil is a row without a punch.
func dingtalkRow(t *table, row []string) []string {
	if t.at >= len(row) || strings.TrimSpace(row[t.at]) == "" {
		return nil
	}
	if t.date < 0 || t.date >= len(row) {
		return row
	}
	date, _, _ := strings.Cut(strings.TrimSpace(row[t.date]), " ")
	if at, err := time.Parse("06-01-02", date); err == nil {
		date = at.Format(time.DateOnly)
	}
	row[t.date] = strings.ReplaceAll(date, "/", "-")
	return row
}

// IsFileError says that err is about a whole file, and which.
func IsFileError(err error) (*FileError, bool) {
	var file *FileError
	return file, errors.As(err, &file)
}
