package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/deploy/single/postgres/postgrestest"
)

// TestThePageAsksWhoIsThere: what a stolen session must not do asks for the password or a code in a dialog, and then goes on by itself.
func TestThePageAsksWhoIsThere(t *testing.T) {
	browser := chromium(t)
	url := postgrestest.Database(t)
	r, p := withPeople(t, func(c *serveCmd) { c.DatabaseURL = url })
	ada := r.visitor(p)
	ada.register("+8613800000021", "Ada Lovelace")
	long := func() { // nobody has shown anything for a while
		var n int
		require.NoError(t, query(t, url, "WITH aged AS (UPDATE identity.sessions SET stepped = stepped - interval '5 minutes' RETURNING 1) SELECT count(*) FROM aged", &n))
		require.Positive(t, n)
		time.Sleep(time.Second) // a copy remembers a session for half a second
	}
	in := func(b *tab, login, password, submit string) {
		b.visit("/")
		b.fill(login, "13800000021")
		b.fill(password, goodPassword)
		b.press(submit)
	}

	b := r.open(browser, "ada", desk)
	in(b, "Phone, e-mail, or number@handle", "Password", "Sign in")
	b.press("Account: Ada Lovelace")
	b.press("Profile")
	long()
	b.fill("New password", "seven slow otters dream")
	b.press("Change the password")
	b.see("Confirm that it is you")
	b.fits("stepup")
	b.press("Cancel")
	b.see("Nothing was done, because you did not confirm that it is you.")
	b.press("Change the password")
	b.see("Confirm that it is you")
	b.fill("Password", "not the password")
	b.press("Confirm and go on")
	b.see("the password is wrong")
	b.fits("stepup-wrong")
	b.fill("Password", goodPassword)
	b.press("Confirm and go on")
	b.see("The password was changed")

	hand := r.open(browser, "ada-phone", phone)
	hand.visit("/")
	hand.fill("手机号、邮箱或 工号@企业号", "13800000021")
	hand.fill("密码", "seven slow otters dream")
	hand.press("登录")
	hand.see("您还不属于任何企业")
	hand.visit("/me")
	long()
	hand.fill("新密码", "eight quick herons sing")
	hand.press("修改密码")
	hand.see("确认是您本人")
	hand.fits("stepup-phone")
	hand.press("改用短信验证码")
	hand.press("获取验证码")
	hand.fill("验证码", p.latest("+8613800000021", "step-up"))
	hand.fits("stepup-code")
	hand.press("确认并继续")
	hand.see("密码已修改")
}
