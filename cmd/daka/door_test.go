package main

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/deploy/single/postgres/postgrestest"
)

// newcomer signs up through the page and is in.
func (r *rig) newcomer(ctx context.Context, p *post, name, number string, s screen, path string) *tab {
	r.t.Helper()
	b := r.open(ctx, name, s)
	b.visit(path)
	b.fill("手机号", number)
	b.press("获取验证码")
	b.see("5 分钟内有效")
	b.fill("验证码", p.latest("+86"+number, "register"))
	b.fill("姓名", name)
	b.fill("密码", goodPassword)
	b.fits("signup")
	b.insist("注册并登录", func() bool { return !strings.Contains(b.text(), "注册并登录") })
	return b
}

// insist presses again while the page says that the outcome is open: the same command is repeated.
func (b *tab) insist(words string, done func() bool) {
	b.t.Helper()
	b.press(words)
	b.until(func() bool {
		if !done() && strings.Contains(b.text(), "再次提交不会重复执行") {
			b.press(words)
		}
		return done()
	}, "%s leads nowhere", words)
}

// latest waits for the code that was sent to somebody for a purpose.
func (p *post) latest(to, purpose string) string {
	p.t.Helper()
	require.Eventually(p.t, func() bool { return len(p.messages(to, purpose)) > 0 }, waitLong, tick)
	m := p.messages(to, purpose)
	return m[len(m)-1].Code
}

// TestTheWholeWayOnAPhone goes the way of a young company in Chinese on a phone: sign up, found, set up, invite, search and ask,
// reject and approve, give roles, publish a rule, punch with a photo, and look as each role.
func TestTheWholeWayOnAPhone(t *testing.T) {
	browser := chromium(t)
	r, p := withPeople(t, nil)

	boss := r.newcomer(browser, p, "王芳", "13800000001", phone, "/signup")
	boss.see("您还不属于任何企业")
	boss.fits("start")
	code := boss.found()

	friend := r.newcomer(browser, p, "李雷", "13800000002", phone, "/join/"+code)
	friend.see("邀请码")
	friend.press("查看邀请")
	friend.see("加入 晨星科技")
	friend.fill("工号（选填）", "002")
	friend.fits("ask")
	friend.press("提交申请")
	friend.see("等待审批")
	friend.fits("waiting")

	stranger := r.newcomer(browser, p, "韩梅梅", "13800000003", phone, "/signup")
	stranger.search("晨星", "你好，我是新来的")
	stranger.withdraw()
	stranger.again("你好，我是新来的设计师")
	boss.reject("韩梅梅", "请先联系人事")
	stranger.see("请先联系人事")
	stranger.fits("rejected")
	stranger.again("")

	boss.approve("李雷", "002")
	boss.approve("韩梅梅", "003")
	friend.see("进入")
	stranger.see("进入")
	stranger.press("进入")
	stranger.see("今日打卡")
	stranger.miss("看板")
	stranger.miss("管理")

	stranger.at(31.2304, 121.4737, 15)
	stranger.punch(t)
	friend.withoutNetwork(r)

	boss.role("李雷", "考勤管理员", "")
	boss.role("韩梅梅", "主管", "总部")
	friend.visit("/")
	friend.press("管理")
	friend.see("开始打卡前")
	friend.press("看板")
	friend.see("最新打卡")
	friend.see("韩梅梅")
	friend.fits("hr-day")
	stranger.visit("/")
	stranger.press("看板")
	stranger.see("成员明细")
	stranger.fits("manager-day")
	stranger.miss("管理")
	boss.press("看板")
	boss.see("韩梅梅")

	boss.leave()
}

// found founds the organization, switches attendance on, publishes a rule, and makes an invitation, whose code it gives.
func (b *tab) found() string {
	b.t.Helper()
	b.press("创建企业")
	b.fill("企业名称", "晨星科技")
	b.fill("行业（选填）", "软件")
	b.fill("地址（选填）", "上海市静安区南京西路 1 号")
	b.fill("第一个部门（选填）", "总部")
	b.fill("您的职位（选填）", "总经理")
	b.fits("found")
	b.press("创建")
	b.see("开始打卡前")
	b.fits("setup")
	b.press("开启考勤")
	b.see("考勤已开启")

	b.press("考勤规则")
	b.fill("考勤组名称", "总部")
	b.fill("上班时间", "09:00")
	b.fill("下班时间", "18:00")
	b.fill("允许迟到（分钟）", "5")
	b.set("时区", "Shanghai")
	b.press("打卡需要拍照")
	b.press("限定打卡地点")
	b.fill("地点名称", "总部大楼")
	b.fill("纬度", "31.2304")
	b.fill("经度", "121.4737")
	b.fits("rule")
	b.press("创建并发布")
	b.see("当前第 1 版")

	b.press("邀请")
	b.press("新建邀请")
	b.fits("invite")
	b.press("新建邀请")
	b.see("复制链接")
	b.fits("invitation")
	code := evaluate[string](b, `document.querySelector(".big-code").textContent`)
	b.press("关闭")
	return code
}

// search finds an organization by its name and asks to join.
func (b *tab) search(name, message string) {
	b.t.Helper()
	b.press("加入企业")
	b.fill("企业名称", name)
	b.press("查找")
	b.see("晨星科技")
	b.fits("find")
	b.press("申请加入")
	b.fill("留言（选填）", message)
	b.press("提交申请")
	b.see("等待审批")
}

// withdraw takes a request that waits back, after a second press.
func (b *tab) withdraw() {
	b.t.Helper()
	b.press("撤回申请")
	b.fits("withdraw")
	b.press("确认撤回")
	b.see("已撤回")
	b.gone("等待审批")
}

// again asks the same organization another time.
func (b *tab) again(message string) {
	b.t.Helper()
	b.press("重新申请")
	b.fill("留言（选填）", message)
	b.press("提交申请")
	b.see("等待审批")
}

// among presses a button of the row that names somebody.
func (b *tab) among(who, words string) {
	b.t.Helper()
	script := `(() => { const row = [...document.querySelectorAll("li, tr")].find((r) => r.innerText.includes(` + quote(who) + `));
	  const e = row && [...row.querySelectorAll("button")].find((x) => x.innerText.trim() === ` + quote(words) + `); if (!e) return null;
	  e.scrollIntoView({block: "center"}); const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`
	x, y := b.still(script, "%s has no %s", who, words)
	b.do(chromedp.MouseClickXY(x, y))
}

func (b *tab) reject(who, reason string) {
	b.t.Helper()
	b.press("加入申请")
	b.among(who, "拒绝")
	b.fill("原因", reason)
	b.press("拒绝")
	b.gone(who)
}

func (b *tab) approve(who, number string) {
	b.t.Helper()
	b.press("加入申请")
	b.see(who)
	b.fits("requests")
	b.among(who, "同意")
	b.fill("工号", number)
	b.set("部门", "总部")
	b.fits("approve")
	b.press("同意")
	b.gone(who)
}

// role makes somebody HR or a manager of a department.
func (b *tab) role(who, role, department string) {
	b.t.Helper()
	b.press("成员")
	b.see(who)
	b.fits("members")
	b.press(who)
	b.press(role)
	if department != "" {
		b.set("管理范围", department)
	}
	b.fits("member")
	b.press("保存角色")
	b.see("已保存")
	b.press("关闭")
}

// punch punches with a photo and a position, and reads the receipt and the record.
func (b *tab) punch(t *testing.T) {
	t.Helper()
	b.see("拍照（规则要求）")
	b.attach("拍照（规则要求）", selfie(t))
	b.see("重拍")
	b.fits("home")
	b.do(chromeClick(".big"))
	b.see("打卡已保存")
	b.see("回执")
	b.see("照片")
	b.see("在打卡地点")
	b.fits("punched")
	b.press("记录")
	b.see("打卡记录")
	b.see("在打卡地点")
	b.fits("records")
}

// withoutNetwork presses three times while the server cannot be reached, and opens the page anew twice: nothing is said to be saved until it
// was, signing out says what waits, and each press gets its receipt, in order.
func (b *tab) withoutNetwork(r *rig) {
	b.t.Helper()
	b.press("进入")
	b.see("今日打卡")
	b.press("附上位置")
	b.serviceWorker()
	b.offline(true)
	b.do(chromeClick(".big"))
	b.see("等待确认")
	b.reload()
	b.see("现在连不上服务器")
	b.attach("拍照（规则要求）", selfie(b.t))
	b.see("重拍")
	b.do(chromeClick(".big"))
	b.until(func() bool { return strings.Count(b.text(), "等待发送") == 1 }, "two presses wait")
	b.reload()
	b.do(chromeClick(".big"))
	b.until(func() bool { return strings.Count(b.text(), "等待发送") == 2 }, "three presses wait")
	b.miss("打卡已保存")
	b.fits("waiting-for-receipt")
	b.press("账号：李雷")
	b.see("还有 3 次打卡没有提交")
	b.press("账号：李雷")
	b.offline(false)
	b.until(func() bool { return strings.Count(b.text(), "打卡已保存") == 3 }, "three receipts")
	b.gone("等待确认")
	b.fits("three-receipts")
}

// serviceWorker waits until the page is kept on the device.
func (b *tab) serviceWorker() {
	b.t.Helper()
	b.until(func() bool {
		return evaluate[bool](b, `caches.open("page").then((c) => c.match("/")).then((kept) => kept !== undefined)`)
	}, "the page is kept")
}

// reload opens the same address again, as a phone does that had closed the browser.
func (b *tab) reload() {
	b.t.Helper()
	b.do(chromedp.Reload())
}

// leave signs out everywhere from the account's menu.
func (b *tab) leave() {
	b.t.Helper()
	b.press("账号：王芳")
	b.fits("menu")
	b.press("登录设备")
	b.see("当前设备")
	b.fits("sessions")
	b.press("账号：王芳")
	b.press("在所有设备上退出")
	b.see("密码登录")
	b.visit("/")
	b.see("密码登录")
	b.fits("signin")
}

// TestTheDeskInEnglish goes the shorter way on a desk: a wrong password, the way in, a code that takes its place, a provisioned member,
// the profile, and the page in the other language.
func TestTheDeskInEnglish(t *testing.T) {
	browser := chromium(t)
	r, p := withPeople(t, nil)
	ada := r.visitor(p)
	ada.register("+8613800000011", "Ada Lovelace")
	a := ada.do("POST", "/orgs", `{"name":"Analytical Engines","department":"Head office","position":"Founder"}`)
	require.Equal(t, 201, a.status, a.body)

	b := r.open(browser, "ada", desk)
	b.visit("/")
	b.fits("signin")
	b.fill("Phone, e-mail, or number@handle", "+86 138 0000 0011")
	b.fill("Password", "not the password")
	b.press("Sign in")
	b.until(func() bool { return evaluate[bool](b, `!!document.querySelector("[role=alert]")`) }, "a wrong password is not said to be wrong")
	b.fits("wrong")
	b.fill("Password", goodPassword)
	b.press("Sign in")
	b.see("Attendance is not switched on here yet")
	b.fits("home")
	b.press("Finish the setup")
	b.see("Before people can punch")
	b.fits("setup")

	b.provision()
	b.press("Departments")
	b.see("Head office")
	b.fits("departments")
	b.press("The day")
	b.see("Latest punches")
	b.fits("day")

	b.press("Account: Ada Lovelace")
	b.press("Profile")
	b.see("Analytical Engines")
	b.fits("profile")
	b.press("中文")
	b.see("我的企业")
	b.fits("profile-zh")
	b.press("账号：Ada Lovelace")
	b.press("退出登录")
	b.see("验证码登录")
	b.press("验证码登录")
	b.fill("手机号、邮箱或 工号@企业号", "13800000011")
	b.press("获取验证码")
	b.fill("验证码", p.latest("+8613800000011", "login"))
	b.press("登录")
	b.see("今日打卡")
	b.visit("/o/018f0000-0000-7000-8000-000000000000")
	b.see("找不到这个页面")
	b.fits("lost")
}

// provision adds a member before the person has an account; what is missing is said at the field.
func (b *tab) provision() {
	b.t.Helper()
	b.press("Members")
	b.press("Add a member")
	b.press("Add a member")
	b.see("Fill this in.")
	b.fill("Badge number", "0042")
	b.fill("Name", "Grace Hopper")
	b.fill("Company e-mail (optional)", "grace@example.org")
	b.fits("provision")
	b.press("Add a member")
	b.press("Done")
	b.see("Grace Hopper")
	b.see("Not activated")
	b.fits("members")
}

// TestAnExpiredSessionSaysSo: the page says why one is outside, on a phone and a desk, and goes back to where one was.
func TestAnExpiredSessionSaysSo(t *testing.T) {
	browser := chromium(t)
	url := postgrestest.Database(t)
	r, p := withPeople(t, func(c *serveCmd) { c.DatabaseURL = url })
	ada := r.visitor(p)
	ada.register("+8613800000021", "Ada Lovelace")
	require.Equal(t, 201, ada.do("POST", "/orgs", `{"name":"Analytical Engines"}`).status)
	for _, c := range []struct {
		screen                                                  screen
		name, login, password, submit, inside, sessions, reason string
	}{
		{desk, "expired-desk", "Phone, e-mail, or number@handle", "Password", "Sign in", "Attendance is not switched on", "if unused", "You were signed out to keep data safe"},
		{phone, "expired-phone", "手机号、邮箱或 工号@企业号", "密码", "登录", "企业还没有开启考勤", "不使用则于", "登录已过期"},
	} {
		b := r.open(browser, c.name, c.screen)
		b.visit("/")
		enter := func() {
			b.fill(c.login, "13800000021")
			b.fill(c.password, goodPassword)
			b.press(c.submit)
		}
		enter()
		b.see(c.inside)
		b.gone(c.reason)
		b.visit("/me/sessions")
		b.see(c.sessions)
		b.fits(c.name + "-sessions")
		unused(t, url, "31 minutes")
		b.visit("/me/sessions")
		b.see(c.reason)
		b.fits(c.name)
		b.visit("/me/sessions")
		b.see(c.reason)
		enter()
		b.see(c.sessions)
		b.gone(c.reason)
	}
}
