package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// office is a company that was made through HTTP, for tests of parts of the page.
type office struct {
	*rig
	post         *post
	owner        *person
	base, member string
	at           string // the position that has its group and its department
}

// openOffice founds a company under a rule; its owner is Ada.
func openOffice(t *testing.T, rule string) *office {
	r, p := withPeople(t, nil)
	o := &office{rig: r, post: p, owner: r.visitor(p)}
	o.owner.register("+8613800000021", "Ada Lovelace")
	org, _ := o.owner.made("POST", "/orgs", `{"name":"Analytical Engines","department":"Head office"}`)
	o.base = "/orgs/" + org
	o.owner.made("POST", o.base+"/groups", fmt.Sprintf(`{"name":"Office","rule":%s}`, rule))
	_, o.at = o.owner.made("PUT", o.base+"/attendance", `{"enabled":true}`)
	o.member = o.owner.member(o.base)
	return o
}

// hire lets somebody in by an invitation, into the department and the group.
func (o *office) hire(number, name string) (p *person, member string) {
	o.t.Helper()
	p = o.visitor(o.post)
	p.register("+86"+number, name)
	var places, groups struct{ Items []struct{ ID string } }
	o.owner.read(o.base+"/departments", o.at, &places)
	o.owner.read(o.base+"/groups", o.at, &groups)
	a := o.owner.do("POST", o.base+"/invitations", fmt.Sprintf(`{"department":%q,"group":%q}`, places.Items[0].ID, groups.Items[0].ID))
	require.Equal(o.t, 201, a.status, a.body)
	var issued struct{ Invitation struct{ Code string } }
	a.json(o.t, &issued)
	member, at := p.made("POST", "/join-requests", fmt.Sprintf(`{"code":%q}`, issued.Invitation.Code))
	o.owner.read(o.base+"/members", at, &struct{}{})
	return p, member
}

// roles sets somebody's roles as the owner.
func (o *office) roles(member, body string) {
	o.t.Helper()
	o.owner.made("PUT", o.base+"/members/"+member+"/roles", body)
}

// signed opens the page as somebody who signs in with the password.
func (b *tab) signed(number string) {
	b.t.Helper()
	b.visit("/signin")
	b.until(func() bool {
		return strings.Contains(b.text(), "验证码登录") || strings.Contains(b.text(), "Sign in")
	}, "no door")
	for label, text := range map[string]string{"手机号、邮箱或 工号@企业号": number, "密码": goodPassword, "Phone, e-mail, or number@handle": number, "Password": goodPassword} {
		if evaluate[bool](b, fmt.Sprintf(`!!%s("field", %s)`, finding, quote(label))) {
			b.fill(label, text)
		}
	}
	b.do(chromedp.KeyEvent("\r"))
	b.until(func() bool { return !evaluate[bool](b, `location.pathname === "/signin"`) }, "not signed in")
}

// strike presses a button with the keyboard alone.
func (b *tab) strike(words string) {
	b.t.Helper()
	b.point("button", words)
	require.True(b.t, evaluate[bool](b, fmt.Sprintf(`(() => { const e = %s("button", %s); e.focus(); return document.activeElement === e; })()`, finding, quote(words))), "%s takes no focus", words)
	b.do(chromedp.KeyEvent("\r"))
}

// TestTwoOwnersOnThePage: one owner proposes an auditor and an owner, the other confirms one and refuses the other, on a phone.
func TestTwoOwnersOnThePage(t *testing.T) {
	browser := chromium(t)
	o := openOffice(t, ruleKolkata)
	_, partner := o.hire("13800000022", "王芳")
	_, checker := o.hire("13800000023", "Grace Hopper")
	o.hire("13800000024", "Mary Somerville")
	o.roles(partner, `{"owner":true}`)

	first := o.open(browser, "ada", desk)
	first.signed("13800000021")
	first.visit(strings.Replace(o.base, "/orgs/", "/o/", 1) + "/manage/members")
	first.press("Grace Hopper")
	first.press("Auditor (reads everything, changes nothing)")
	first.press("Save the roles")
	first.see("You proposed it")
	first.fits("proposed")
	first.press("Close")
	first.see("Grace Hopper as Auditor")
	first.fits("proposals")
	first.press("Mary Somerville")
	first.press("Make an owner")
	first.see("You proposed it")
	first.press("Close")

	second := o.open(browser, "wang", phone)
	second.signed("13800000022")
	second.until(func() bool {
		return evaluate[string](second, `document.querySelector(".ways .count")?.textContent ?? ""`) == "2"
	}, "the way to the console does not say that two wait")
	second.press("管理")
	second.press("成员2")
	second.see("Grace Hopper 拟任审计员")
	second.see("Mary Somerville 拟任所有者")
	second.fits("proposals")
	second.among("Grace Hopper 拟任审计员", "确认")
	second.gone("拟任审计员")
	second.strike("驳回")
	second.gone("拟任所有者")
	second.fits("decided")

	var m struct{ Roles []struct{ Role string } }
	o.owner.do("GET", o.base+"/members/"+checker, "").json(t, &m)
	require.Contains(t, fmt.Sprint(m.Roles), "auditor")
	var org struct{ Owners []string }
	o.owner.do("GET", o.base, "").json(t, &org)
	require.ElementsMatch(t, []string{o.member, partner}, org.Owners, "who was refused is no owner")
}

// TestPunchesAreReviewedOnThePage: HR looks at where a punch was made and accepts it; a manager sees no places, and does not accept another.
func TestPunchesAreReviewedOnThePage(t *testing.T) {
	browser := chromium(t)
	o := openOffice(t, reviewedRule)
	_, hr := o.hire("13800000032", "Grace Hopper")
	_, manager := o.hire("13800000033", "王芳")
	worker, member := o.hire("13800000034", "李雷")
	o.roles(hr, `{"roles":["hr"]}`)
	o.roles(manager, `{"roles":["manager"]}`)
	now := time.Now().UTC()
	sent := worker.send(ask{"POST", "/api/v1" + o.base + "/files", snapshot(t, 3, "x"), map[string]string{"Authorization": "", "Cookie": worker.cookie, "Content-Type": "image/jpeg"}})
	require.Equal(t, 201, sent.status, sent.body)
	var photo struct{ File string }
	sent.json(t, &photo)
	for i, note := range []string{"在客户那里", "在路上"} {
		worker.made("POST", o.base+"/punches", fmt.Sprintf(`{"lat":%v,"lng":%v,"note":%q,"photo":%q,"claimed_at":%q}`, awayLat, awayLng, note, photo.File, now.Add(time.Duration(i-2)*time.Minute).Format(time.RFC3339)))
	}

	b := o.open(browser, "grace", desk)
	b.signed("13800000032")
	b.press("The day")
	b.see("Punches to review 2")
	b.fits("reviews")
	b.press("Review")
	b.press("Show place, note and photo")
	b.see("30.27410, 120.15510")
	b.until(func() bool { return evaluate[bool](b, `(document.querySelector(".evidence")?.naturalWidth ?? 0) > 0`) }, "the photo is not shown")
	b.fits("evidence")
	b.fill("Reason (optional)", "The customer confirms it")
	b.press("Accept")
	b.see("Punches to review 1")

	c := o.open(browser, "wang", phone)
	c.signed("13800000033")
	c.press("看板")
	c.see("待审核的打卡 1")
	c.fits("reviews")
	c.strike("审核")
	c.see("说明（选填）")
	c.miss("查看位置")
	c.fits("review")
	c.press("不认可")
	c.gone("待审核的打卡")
	c.fits("reviewed")

	a := o.owner.do("GET", o.base+"/punches?review=rejected&from=2026-01-01&to=2036-01-01", "")
	require.Contains(t, a.body, member)
	var seen struct{ Items []struct{ Fields []string } }
	require.Eventually(t, func() bool {
		worker.do("GET", o.base+"/members/me/access-log", "").json(t, &seen)
		return len(seen.Items) > 0
	}, waitLong, tick, "HR's look left no record")
}
