package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestImportsOnThePage: HR sees what a file would do before it does it, says whose a look-alike number is, reviews what is in doubt, and takes the
// import back; on a phone the same page fits.
func TestImportsOnThePage(t *testing.T) {
	browser := chromium(t)
	o := openOffice(t, strings.ReplaceAll(ruleKolkata, "Asia/Kolkata", "Asia/Shanghai"))
	o.owner.made("POST", o.base+"/members", `{"number":"0042","name":"陈静","joined":"2026-01-01"}`)
	file := o.file("march.csv", "工号,日期时间\n31,2026-03-02 08:55\n42,2026-03-02 08:56\n31,2026-03-02 18:05\n31,2020-01-01 00:05\n42,2026-03-02 18:06\n31,soon\n31,2026-03-03 08:55\n42,2026-03-03 08:57\n")

	b := o.open(browser, "ada", desk)
	b.signed("13800000021")
	b.visit("/o/" + strings.TrimPrefix(o.base, "/orgs/") + "/manage/imports")
	b.see("No import yet")
	b.fits("empty")
	b.set("Time zone of the times in the files", "Shanghai")
	b.attach("Choose files", file)
	b.see("4 punches would be written; nothing has been written yet.")
	b.see("Whose are these numbers?")
	b.fits("preview")
	var list struct{ Items []struct{ State string } }
	o.owner.read(o.base+"/imports", "", &list)
	require.Empty(t, list.Items, "nothing happens before somebody says so")
	b.set("Number 42 (3 lines)", "It is 0042")
	b.see("7 punches would be written")
	b.press("Import 7 punches")
	b.see("7 punches were written.")
	b.see("1 in doubt")
	b.fits("done")

	b.press("Review doubts")
	b.press("Count none")
	b.see("1 reviewed; 0 were reviewed before")
	b.press("Done")
	b.attach("Other files", file)
	b.see("0 new")

	p := o.open(browser, "phone", phone)
	p.signed("13800000021")
	p.visit("/o/" + strings.TrimPrefix(o.base, "/orgs/") + "/manage/imports")
	p.see("写入 7 条")
	p.set("文件中时间的时区", "Shanghai")
	p.attach("选择文件", file)
	p.see("没有新的打卡")
	p.fits("phone")
	p.press("撤销")
	p.see("撤销这次导入")
	p.fits("revert")
	p.press("撤销这次导入")
	p.see("已收回 7 条打卡、1 名成员")
	p.press("完成")
	p.see("已撤销")
}
