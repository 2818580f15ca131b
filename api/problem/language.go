package problem

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/dakahq/daka/domain"
)

// Language is a tag of two letters.
type Language string

// The languages that answers are in.
const (
	English Language = "en"
	Chinese Language = "zh"
)

type languageKey struct{}

// WithLanguage puts the caller's language into the context: the first of zh and en that Accept-Language names, else English.
func WithLanguage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Language")
		ctx := Speaking(r.Context(), ParseLanguage(r.Header.Get("Accept-Language")))
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// Speaking puts a language into the context.
func Speaking(ctx context.Context, l Language) context.Context {
	return context.WithValue(ctx, languageKey{}, l)
}

// ParseLanguage is the first of zh and en in an Accept-Language header, else English.
func ParseLanguage(header string) Language {
	for _, part := range strings.Split(header, ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(strings.ToLower(part)), ";")
		switch base, _, _ := strings.Cut(tag, "-"); base {
		case "zh":
			return Chinese
		case "en":
			return English
		}
	}
	return English
}

// LanguageOf is the language of the context, else English.
func LanguageOf(ctx context.Context) Language {
	if l, ok := ctx.Value(languageKey{}).(Language); ok {
		return l
	}
	return English
}

func chineseTitle(status int) string {
	titles := map[int]string{
		400: "请求有误", 401: "需要登录", 403: "没有权限", 404: "找不到", 405: "不支持的方法", 408: "请求超时：内容发送过慢，没有写入任何内容，请重新发送同一请求", 409: "冲突", 429: "请求过多",
		410: "已失效", 413: "内容过大", 415: "不支持的格式", 422: "无法处理", 500: "服务器错误", 503: "暂时不可用", 507: "存储空间不足",
	}
	if title, known := titles[status]; known {
		return title
	}
	return http.StatusText(status)
}

// InChinese is a refusal's text; what has no Chinese text, or not for these parts, stays English.
func InChinese(r *domain.Refusal) string {
	text, known := chineseTexts[r.Code]
	if !known {
		return r.Text
	}
	if strings.Contains(text, "%[") {
		text = fmt.Sprintf(text, argsInChinese(r.Args)...)
	}
	if strings.Contains(text, "%!") {
		return r.Text
	}
	return text
}

// argsInChinese are the parts of a text; those that are sentences themselves, such as why a password is refused, are in the table of fields.
func argsInChinese(args []any) []any {
	out := make([]any, len(args))
	for i, arg := range args {
		if text, is := arg.(string); is {
			arg = fieldInChinese(text)
		}
		out[i] = arg
	}
	return out
}

// chineseTexts are the details by code; %[n]v stands for the n-th part of the English text. A code that is not here keeps its English text.
var chineseTexts = map[string]string{
	"export_too_large":         "一个工作簿最多容纳 %[1]d 人的工时登记表，本次有 %[2]d 人；请改用 .zip，或按部门、考勤组缩小范围",
	"calendar_year_unknown":    "没有内置 %[1]q %[2]d 年的节假日数据（中国内置 %[3]d 至 %[4]d 年）；请从文件载入，或逐日设置",
	"calendar_country_unknown": "考勤规则只认识 %[1]s 的节假日，不认识 %[2]q；其他国家的日子请作为企业自己的节假日设置",
	"calendar_file_invalid":    "该文件不是节假日日历：%[1]s；请提供 holiday-cn 的 JSON 或 .ics 日历文件",
	"calendar_file_year":       "该文件是 %[1]d 年的，不是 %[2]d 年的；请填写文件所属的年份",
	"calendar_file_years":      "该文件没有日期，或含有多个年份（%[1]s），请指明载入哪一年",
	"calendar_file_empty":      "该文件里没有 %[1]d 年的节假日；该年的安排可能尚未公布",

	"unauthenticated":         "请先登录，或在 Authorization 头中携带令牌",
	"session_expired":         "长时间没有操作，或登录已到期，已自动退出；请重新登录",
	"credentials_wrong":       "账号或密码（验证码）不正确，请检查后重试，或获取验证码登录、重设密码",
	"code_wrong":              "验证码错误、已使用或已过期，请检查或重新获取",
	"codes_paused":            "验证码请求或错误尝试异常增多，从未登录过的设备暂时不能使用验证码；请换用登录过的设备、用密码登录，或按 Retry-After 等待后再试",
	"network_limited":         "此网络的验证码请求或错误登录过多，请按 Retry-After 等待后再试，或换用其他网络，例如手机流量",
	"rate_limited":            "操作过于频繁，请按 Retry-After 等待后再试",
	"busy":                    "当前登录人数过多，请几秒后再试",
	"identity_unavailable":    "数据库暂时没有响应，无法登录；请几秒后再试",
	"phone_invalid":           "无法识别手机号，请带国家代码填写，例如 +86 138 0013 8000",
	"phone_not_supported":     "不支持向该国家或地区的号码发送短信",
	"phone_taken":             "该手机号已注册，请用验证码或密码登录",
	"email_invalid":           "无法识别邮箱地址，例如 name@example.org",
	"email_taken":             "该邮箱已绑定另一个账号",
	"password_weak":           "这个密码%[1]s",
	"password_wrong":          "密码不正确，请检查，或改用发送到您手机的验证码",
	"step_up_required":        "请先确认是您本人：向 POST /api/v1/auth/step-up 提交密码或验证码，然后在 5 分钟内重新发送同一请求",
	"account_not_found":       "没有这个账号",
	"account_exists":          "账号已存在，请登录",
	"session_not_found":       "没有这个登录会话",
	"token_wrong":             "令牌不正确",
	"other_account":           "此浏览器已换人登录，没有写入任何内容；请以原来的账号重新登录",
	"membership_ended":        "您已不是该企业的成员",
	"forbidden":               "您没有执行此操作的权限",
	"cross_origin":            "来自其他网站的请求被拒绝",
	"not_found":               "没有这个地址",
	"organization_not_found":  "没有这个企业",
	"member_not_found":        "该企业没有这个成员",
	"group_not_found":         "该企业没有这个考勤组",
	"department_not_found":    "该企业没有这个部门",
	"request_not_found":       "该企业没有这个申请",
	"punch_not_found":         "没有这条打卡记录",
	"import_not_found":        "该企业没有这次导入",
	"file_not_found":          "没有这个文件",
	"image_type_unsupported":  "请发送 JPEG、PNG 或 WebP 图片",
	"image_too_large":         "图片最多 2500 万像素，每边最多 8192 像素",
	"image_invalid":           "无法读取这张图片，请重新拍摄或保存",
	"file_quota":              "今天上传的图片已达上限，明天可继续上传；打卡不受影响",
	"subject_erased":          "该成员的记录已被删除",
	"invitation_not_found":    "没有这个邀请，请核对邀请码，或请对方重新邀请",
	"invitation_revoked":      "该邀请已被撤回，请对方重新邀请",
	"invitation_expired":      "该邀请已过期，请对方重新邀请",
	"invitation_used_up":      "该邀请的使用次数已满，请对方重新邀请",
	"join_request_not_found":  "该企业没有这个加入申请",
	"join_pending":            "您的加入申请正在等待审批，请联系企业管理员",
	"join_decided":            "该加入申请已处理，请刷新列表",
	"join_by_request":         "您曾是该企业的成员，请不使用邀请码提交加入申请，由管理员重新批准",
	"join_as_needed":          "此人曾是企业成员，请先添加一个带工号的成员，再以该成员身份批准",
	"already_member":          "您已是该企业的成员，直接进入即可",
	"account_is_member":       "此人已是该企业的另一名成员，请拒绝该申请",
	"account_needed":          "只有登录了个人账号才能执行此操作",
	"owner_needed":            "该成员是企业所有者，只有所有者可以结束其成员身份",
	"last_owner":              "这是企业唯一的所有者，请先将另一名成员设为所有者",
	"member_unlinked":         "该成员还没有账号，谁拿到激活码谁就会得到这个角色；请先让本人激活成员身份",
	"member_linked":           "该成员已有账号，请选择还没有账号的成员",
	"member_left":             "该成员已离开，请选择在职成员",
	"department_not_empty":    "该部门还有成员或下级部门，请先移走",
	"department_cycle":        "部门不能移到自己的下级，请选择其他上级部门",
	"too_many_streams":        "您已打开过多实时页面，请关闭不需要的页面",
	"workbooks_busy":          "其他工作簿正在读取，没有写入任何内容，请稍后重新导入",
	"workbook_too_large":      "工作簿过大（解压后大小、压缩比、单元格数量或单个单元格长度超出限制），请按月份或部门拆分，或另存为 CSV",
	"file_invalid":            "无法读取该文件：请检查文件类型和表头后重试（成员表首行为 number,name,email,phone,position,department,group,joined；打卡表需有工号和打卡时间两列，其他列名可用对应关系说明）",
	"dates_ambiguous":         "第 %[1]d 个文件第 %[2]d 行的日期可以有不同读法（%[3]s），文件中没有任何一行能说明日月顺序；请注明日期顺序 ymd、dmy 或 mdy 后重新导入，没有写入任何内容",
	"dates_contradict":        "第 %[1]d 个文件的日月顺序前后矛盾：第 %[2]d 行与第 %[3]d 行不能按同一顺序读取；请更正文件，或拆分后分别导入，没有写入任何内容",
	"number_repeated":         "文件中该工号出现了两次，请删去一行",
	"department_ambiguous":    "有多个同名部门，请写出完整路径，例如 总部/研发",
	"token_not_found":         "该企业没有这个令牌",
	"token_name_taken":        "已有同名的有效令牌，请换一个名称，或先撤销那一个",
	"request_invalid":         "请求中有错误的字段，详见 errors",
	"text_invalid":            "文本中有不能保存的字符（控制字符、改变书写方向的字符或不完整的字符），请删去后重试，详见 errors",
	"date_out_of_range":       "日期或时间超出允许范围，详见 errors",
	"number_out_of_range":     "数值超出允许范围，详见 errors",
	"number_invalid":          "工号不可用：应为 1 至 64 个字符，不含控制字符或改变书写方向的字符",
	"left_before_joined":      "最后一天不能早于入职日期",
	"joined_after_left":       "入职日期不能晚于离开日期",
	"no_member_for_token":     "令牌不是某个成员，不能使用 me",
	"method_not_allowed":      "该地址不支持这个方法",
	"malformed_body":          "请求体不是有效的 JSON",
	"malformed_request":       "请求格式有误",
	"timeout":                 "请求超时：内容发送过慢，没有写入任何内容，请重新发送同一请求",
	"body_too_large":          "请求体过大",
	"unsupported_media_type":  "请求体必须是 application/json",
	"invalid_request":         "请求中有错误的字段，详见 errors",
	"command_id_invalid":      "Idempotency-Key 必须是首次发送前生成的 UUIDv7",
	"command_id_time":         "Idempotency-Key 的时间超出允许范围，请生成新的编号，并保留 claimed_at",
	"command_id_reused":       "该 Idempotency-Key 已用于另一个请求",
	"attendance_disabled":     "该企业未开启考勤",
	"offline_forbidden":       "考勤规则不允许离线打卡",
	"access_not_recorded":     "查看他人位置或照片须留下记录，目前无法写入，因此未显示任何内容；请稍后再试",
	"outcome_unknown":         "暂时无法确定命令是否已写入，请用相同的 Idempotency-Key 重试",
	"storage_full":            "存储空间已满，没有写入任何内容；清理空间后请重试",
	"read_models_building":    "正在根据账本首次生成本版本的统计，命令仍可提交；请稍后再试",
	"read_model_unavailable":  "查询暂时不可用，命令仍可提交；请稍后再试",
	"event_store_unavailable": "事件库暂时不可用，请稍后再试",
	"overloaded":              "服务器繁忙，没有写入任何内容，请稍后重试同一请求",
	"event_unknown":           "账本中有新版本写入的事件，当前版本无法读取，没有写入任何内容；请升级服务后重试",
	"starting":                "服务正在启动，请稍后再试",
	"rollback_detected":       "事件库比查询数据旧，或不是同一个事件库，没有写入任何内容；请管理员放回正确的事件文件，或声明回退（daka rollback declare）",
	"rollback_none":           "未发现回退，无需声明",
	"internal":                "服务器未能完成请求，详见日志",
	"member_has_no_group":     "该成员还没有考勤组",
	"number_taken":            "该号码已被占用",
	"badge_held":              "该成员在这些日期已有这个号码，请选择其他日期",
	"badge_dates":             "号码的最后一天（%[1]s）早于第一天（%[2]s），请选择更晚的日期",
	"badge_staff":             "%[1]s 是该成员的工号，请修改工号，或结束成员关系",
	"badge_not_found":         "该成员没有这个号码",
	"department_reason":       "%[1]s 已经过去，之前的统计会因此改变；请填写原因，或选择 %[2]s 及以后的日期",
	"department_after_left":   "该成员已于 %[1]s 离职，进入部门的日期不能更晚",
	"department_taken":        "考勤组“%[1]s”从 %[2]s 起已包含该部门，请选择其他日期，或先从那个考勤组移除",
	"link_not_found":          "该考勤组没有包含这个部门",
	"group_linked":            "该考勤组还包含部门，请先移除，以免新成员进入已关闭的考勤组",
	"rule_invalid":            "考勤规则有误，详见 errors",
	"conflict":                "同时有其他修改，请重试",
	"not_leading":             "当前副本不负责计算读模型，请向负责的副本发送请求（见 GET admin/projections 的 leader）",
	"too_many_days":           "这会重新计算 %[1]d 个人日，超过单个命令的上限 %[2]d；请选择更晚的生效日期，或把成员分成较小的考勤组",
	"not_parked":              "该组织下没有这样被搁置的对象，见 GET admin/projections 的 parked",
	"stream_deleted":          "相关记录已在事件库中被永久删除，没有写入任何内容；请联系运维人员从备份恢复事件库",
	"makeup_limit":            "考勤规则每月允许补卡 %[1]d 次，%[2]s 已有 %[3]d 次；请联系管理员改签，或撤销该月的另一次补卡",
	"makeup_too_late":         "考勤规则只允许补 %[1]d 天内的卡，%[2]s 已超过期限；请联系管理员改签",
	"makeup_in_future":        "%[1]s 还没有到，只能为已经过去的日子补卡",
	"makeup_kind":             "考勤规则不允许 %[1]q 类补卡，允许的类型：%[2]s；请换一种，或联系管理员改签",
	"period_start_day":        "考勤周期不能从 %[1]d 日开始，请选择 1 至 28 日",
	"period_begun":            "考勤月 %[1]s 已经开始；新的起始日最早从 %[2]s 起生效",
	"self_waiver":             "不能免除自己的处罚，请由另一位管理员处理",
	"date_in_future":          "%[1]s 还没有到，到那一天以后才能更正",
	"before_joining":          "%[1]s 早于入职日期 %[2]s；请选择更晚的日期，或把入职日期改早",
	"after_leaving":           "%[1]s 晚于最后工作日 %[2]s；请选择更早的日期，或把离职日期改晚",
	"penalty_not_found":       "没有这条处罚记录；考勤结果可能已变化，请重新查询",
	"makeup_section":          "按考勤规则，%[1]s 没有第 %[2]d 个班段；请填写 1 至 %[3]d",
	"leave_overlaps":          "%[1]s 至 %[2]s 已有待审批或已通过的请假；请先撤回或取消它，或选择其他时间",
	"self_review":             "不能审核自己的打卡，请由主管或人事处理",
	"self_approval":           "不能审批自己的申请，请由其他审批人处理",
	"self_correction":         "不能改签自己的打卡，请由另一位管理员处理，或提交补卡申请",
	"self_void":               "该导入包含您本人的打卡，请由另一位管理员撤销",
	"filed_by_you":            "提交申请的人（包括通过程序提交）不能审批该申请，请由其他审批人处理",
	"device_kind":             "考勤设备只能写入 ATM 或 AUTO_CHECK 类型的打卡，%[1]v 用于本人打卡和导入",
	"device_time":             "考勤设备只能写入当前的打卡；离线队列中的打卡请加上 \"offline\": true，且不早于 40 天、不晚于服务器时间",
	"token_issuer_left":       "签发该令牌的人已离开企业，令牌随之失效；企业所有者可以接管它",
	"owner_by_two":            "该成员是企业所有者，请先撤销其所有者身份，并由另一位所有者确认",
	"handle_taken":            "企业号 %[1]v 已被其他企业使用，请换一个",
	"handle_owner":            "只有企业所有者可以修改企业号，所有成员都用它登录",
	"token_revoked":           "该令牌已被撤销，请签发新的令牌",
	"token_beyond_issuer":     "令牌的权限不能超过签发人当前的权限；请由有相应角色的人签发，或给签发人该角色",
	"not_an_approver":         "企业指定了审批人，您不在其中；请由指定的审批人处理",
	"not_your_request":        "只有申请人本人可以撤回申请",
	"request_exists":          "该申请已存在",
	"request_pending":         "申请还在等待审批，只有已通过的申请才能取消；如需收回请使用撤回",
	"request_approved":        "申请已通过，不能再审批或撤回；如需撤销请使用取消",
	"request_rejected":        "申请已被拒绝，如仍需要请重新提交",
	"request_withdrawn":       "申请已撤回，如仍需要请重新提交",
	"request_cancelled":       "申请已取消，如仍需要请重新提交",
	"span_invalid":            "起止时间有误，详见 errors：开始和结束各给一个时刻或一个日期，结束晚于开始，不超过 366 天",
	"shift_unknown":           "%[1]s 适用的考勤规则没有名为 %[2]q 的班次；请填写该规则的班次名，或 null 表示休息",
	"month_invalid":           "%[1]q 不是月份，请写成 2026-03",
	"dates_invalid":           "%[1]q 到 %[2]q 不是先后两个日期，请写成 2026-03-02",
	"cursor_invalid":          "cursor 不是这个列表给出的，请去掉它重新开始",
	"position_invalid":        "min_position 不是回执中的 position，请按回执原样填写 <stream>@<revision>",
	"group_exists":            "该考勤组已存在",
	"group_not_empty":         "该考勤组还有 %[1]d 名成员，请先把他们移到其他考勤组",
	"punch_erased":            "该成员的个人数据已被删除，无法重新判定位置",
	"batch_size":              "一批打卡须为 1 至 %[1]d 条，请分批发送",
	"body_invalid":            "请求体有误，请检查后重新发送：%[1]v",
	"organization_exists":     "该企业已存在",
	"invitation_exists":       "该邀请已存在",
	"read_model_behind":       "查询数据仍未跟上（已等待 %[1]v），请稍后再试",
	"rule_not_found":          "打卡时适用的考勤规则已找不到，无法审核位置",
	"import_machine_differs":  "这些文件已按考勤机 %[1]q 导入，请使用相同的考勤机",
	"clock_off_grid":          "时间须为 5 分钟的整数倍，%[1]v 不是",
	"clock_in_future":         "%[1]v 晚于服务器时间 %[2]v",
	"import_running":          "导入还没有完成，请先重新提交使其完成，再撤销或审核",
	"import_reverted":         "该导入已撤销，其打卡不再计入",
}
