package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/sheets/sheetstest"
)

// downloads lets the browser keep files, and gives the folder.
func (b *tab) downloads() (folder string) {
	b.t.Helper()
	folder = b.t.TempDir()
	_, err := chromedp.CallBrowser(b.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: folder, BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
	})
	require.NoError(b.t, err)
	return folder
}

// got waits for a downloaded file by the end of its name.
func (b *tab) got(folder, ending string) (path string) {
	b.t.Helper()
	b.until(func() bool {
		found, _ := filepath.Glob(filepath.Join(folder, "*"+ending))
		if len(found) > 0 {
			path = found[0]
		}
		about, err := os.Stat(path) // the browser takes a name with an empty file, and puts the whole file in its place
		return err == nil && about.Size() > 0
	}, "no file %s came", ending)
	return path
}

// zoneAtNoon is a zone where it is about noon: a punch of the night would be yesterday's, and in the first night of a month the month's before.
func zoneAtNoon(now time.Time) string {
	return fmt.Sprintf("Etc/GMT%+d", now.UTC().Hour()-12) // these names have the sign of west
}

// TestTheMonthOnThePage: HR adds up a month, looks at one member's days, narrows the list and takes the files away; a manager does it on a phone.
func TestTheMonthOnThePage(t *testing.T) {
	browser := chromium(t)
	o := openOffice(t, strings.ReplaceAll(ruleKolkata, "Asia/Kolkata", zoneAtNoon(time.Now())))
	grace, hr := o.hire("13800000042", "Grace Hopper")
	wang, manager := o.hire("13800000043", "王芳")
	worker, _ := o.hire("13800000044", "李雷")
	o.owner.made("POST", o.base+"/departments", `{"name":"Lab"}`)
	o.roles(hr, `{"roles":["hr"]}`)
	o.roles(manager, `{"roles":["manager"]}`)
	for _, p := range []*person{grace, wang, worker} {
		_, at := p.made("POST", o.base+"/punches", `{}`)
		o.owner.read(o.base+"/members", at, &struct{}{}) // a month does not move by itself for those who did not write
	}

	b := o.open(browser, "grace", desk)
	folder := b.downloads()
	b.signed("13800000042")
	b.press("Month")
	b.see("Monthly statistics")
	b.see("Office")
	b.see("李雷")
	b.fits("month")
	b.press("By department")
	b.until(func() bool {
		return evaluate[string](b, `document.querySelector(".figures tbody th").innerText`) == "Head office"
	}, "no total of the department")
	b.strike("李雷, day by day")
	b.until(func() bool { return evaluate[int](b, `document.querySelectorAll("dialog .own-days li").length`) > 0 }, "no days")
	b.fits("days")
	b.press("Close")
	b.set("Department", "Lab")
	b.see("Nobody matches.")
	b.gone("李雷") // totals and members are two answers, and either may come first
	b.gone("Export every day")
	b.set("Department", "Head office")
	b.see("Grace Hopper")
	b.press("Export members")
	month := sheetstest.Excelize(t, b.got(folder, ".xlsx"))
	people, _ := sheetstest.Table(t, month["Month"], "Department")
	var names []string
	for _, person := range people {
		names = append(names, person["Name"])
	}
	require.Subset(t, names, []string{"Grace Hopper", "王芳", "李雷"}, "those who punched; the owner has a day once the clock came by")
	b.set("Department", "Everybody")
	b.press("Export every day")
	text, err := os.ReadFile(b.got(folder, ".csv"))
	require.NoError(t, err)
	require.Contains(t, string(text), "李雷")
	b.press("Previous month")
	b.see("There are no results in this month yet.")
	b.fits("nothing")

	c := o.open(browser, "wang", phone)
	c.signed("13800000043")
	c.press("统计")
	c.see("成员汇总")
	c.see("李雷") // of the department that the manager leads
	c.fits("month")
}
