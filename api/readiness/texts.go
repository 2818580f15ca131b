package readiness

// text is a reason in words for everybody: no host, no user, no SQL.
type text struct{ en, zh string }

// texts are the closed list of reasons; what mends it is said where anything but waiting does.
var texts = map[string]text{
	"starting":             {"it is coming up", "正在启动"},
	"building":             {"the figures of this version are being made from the ledger for the first time", "正在根据账本首次生成本版本的统计"},
	"no_answer":            {"it does not answer at the moment", "暂时没有响应"},
	"catching_up":          {"it is catching up with the ledger", "正在追赶账本"},
	"unreachable":          {"it cannot be reached", "无法连接"},
	"password_wrong":       {"it refuses the user or the password; correct the address in the settings", "用户名或密码被拒绝；请更正设置中的地址"},
	"rights_missing":       {"a right is missing there; the administrator sees which", "缺少权限；管理员可查看具体是哪一项"},
	"disk_full":            {"its disk is full; free space", "磁盘已满；请释放空间"},
	"disk_low":             {"its disk is nearly full; free space soon", "磁盘即将用尽；请尽快释放空间"},
	"database_missing":     {"the database does not exist; create it or correct the address", "数据库不存在；请创建数据库或更正地址"},
	"too_many_connections": {"it has no connection left; raise its limit or run fewer copies", "没有可用连接；请提高连接上限或减少副本"},
	"projector_stopped":    {"the figures stand still until somebody looks; the administrator sees why", "统计已停止，需要人工处理；管理员可查看原因"},
	"projector_behind":     {"the figures do not follow the ledger", "统计未能跟上账本"},
	"rollback_detected":    {"the event store is older than what was read from it, or another one; nothing is written until the right file is back or the rollback is declared", "事件库比已读取的数据旧，或不是同一个；放回正确的文件或声明回退之前，不会写入任何内容"},
	"clock_regressed":      {"the server's clock went back behind what is already recorded; set the clock right", "服务器时钟早于已有记录；请校准时钟"},
	"clock_off":            {"the server's clock and the database's are more than half a second apart; let both follow NTP", "服务器时钟与数据库时钟相差超过半秒；请让两者都与 NTP 同步"},
	"proxy_untrusted":      {"requests come with X-Forwarded headers, and no proxy is trusted, so all people behind it share one address and its limits; name the proxy in --trusted-proxies", "请求带有 X-Forwarded 头，但没有信任任何代理，代理后的所有人共用一个地址及其限额；请在 --trusted-proxies 中写明代理地址"},
	"failed":               {"it fails; the administrator sees why", "出现故障；管理员可查看原因"},
}

// Text is a reason in the words of a language, zh or English; the code itself where it has no text.
func Text(reason, language string) string {
	t, known := texts[reason]
	switch {
	case !known:
		return reason
	case language == "zh":
		return t.zh
	}
	return t.en
}

// Known says that a reason has a text.
func Known(reason string) bool { _, known := texts[reason]; return known }
