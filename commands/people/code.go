package people

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/domain"
)

// Codes are one-time codes that people get by message.
type Codes struct {
	directory *directory.Directory
	identity  *Identity
	security  *Security
	logins    *Logins
	// Numbers are the prefixes of phone numbers that get messages, such as +86; none are all.
	Numbers []string
	// PerAddress is how many codes one network address may ask for within an hour, and a third of its wrong logins; 0 is 20.
	PerAddress int
}

// Purposes of a code; each is good for its own only.
const (
	PurposeRegister = "register"
	PurposeLogin    = "login"
	PurposeReset    = "reset"
	PurposePhone    = "phone"
	PurposeEmail    = "email"
	// PurposeStepUp goes to the number of who is signed in, before something that a stolen session must not do.
	PurposeStepUp = "step-up"
)

// RequestCode asks for a one-time code; one of Phone, Email and Login says to whom.
type RequestCode struct {
	Phone string `json:"phone,omitempty" maxLength:"64"`
	Email string `json:"email,omitempty" maxLength:"254"`
	// Login is a number at an organization, such as 0042@acme; the code goes to the person's phone.
	Login   string `json:"login,omitempty" maxLength:"300" doc:"number@handle; the code goes to the person's phone"`
	Purpose string `json:"purpose" enum:"register,login,reset,phone,email,step-up" doc:"step-up names nobody: the code goes to the number of who is signed in"`
}

// CodeSent is answered whether there is such an account or not.
type CodeSent struct {
	// ExpiresInS is how long the code is good once the message was handed over, in seconds.
	ExpiresInS int `json:"expires_in_s"`
	// ResendAfterS is when another may be asked for, in seconds.
	ResendAfterS int `json:"resend_after_s"`
	// Delayed says that messages wait for their sender at the moment; nothing is lost.
	Delayed bool `json:"delayed"`
	// Text says what to do, in the caller's language.
	Text string `json:"text"`
}

// Limits of codes (reliability §7.4).
const (
	resendAfter  = time.Minute
	codesAnHour  = 5
	codesADay    = 10
	perAddress   = 20
	codesAMember = 3  // a day and member of an organization
	codesFewest  = 10 // a day and organization, however small
	hour, aDay   = time.Hour, 24 * time.Hour
	wrongLogins  = 10
	wrongWithin  = 15 * time.Minute
	wrongPerCode = 3 // how many wrong logins an address may have for each code: 60 an hour
	// wrongByStrangers is how many tries at one login an hour has from all devices together on which its person never signed in.
	wrongByStrangers = 100
)

// Request sends a code to whoever it concerns, and answers the same for those it does not.
func (s *Codes) Request(ctx context.Context, v Visit, req RequestCode) (CodeSent, error) {
	store, err := s.identity.Store()
	if err != nil {
		return CodeSent{}, err
	}
	q, m, account, err := s.issue(ctx, store, v, req)
	if err != nil {
		return CodeSent{}, err
	}
	delayed, err := store.Codes.Issue(ctx, q)
	s.security.Tried(ctx, v, account, CodeRequested, "", req.Purpose, err)
	if err != nil {
		return CodeSent{}, err
	}
	return CodeSent{ExpiresInS: int(identity.CodeLife.Seconds()), ResendAfterS: int(resendAfter.Seconds()), Delayed: delayed, Text: advice(m, delayed)}, nil
}

// fromAnAddress is how many codes one network address may ask for within an hour.
func (s *Codes) fromAnAddress() int {
	if s.PerAddress == 0 {
		return perAddress
	}
	return s.PerAddress
}

// issue decides what a request for a code leaves.
func (s *Codes) issue(ctx context.Context, store *identity.Store, v Visit, req RequestCode) (q identity.Issue, m Message, account domain.ID, err error) {
	l, m, err := s.receiver(ctx, store, v, req)
	if err != nil {
		return q, m, account, err
	}
	account = l.account.ID
	m.Language = v.Language
	q = identity.Issue{Kind: l.kind, Target: l.target, Purpose: req.Purpose}
	if q.Asker, err = v.asker(ctx, store, l.account.ID); err != nil {
		return q, m, account, err
	}
	q.Limits = s.limits(store, q.Asker, l, req.Purpose)
	switch req.Purpose {
	case PurposeStepUp:
		q.Account = v.Account
	case PurposeRegister:
	case PurposePhone, PurposeEmail:
		if v.Account == (domain.ID{}) {
			return q, m, account, domain.Refuse("unauthenticated", "sign in first: this code changes your own profile")
		}
		q.Account, account = v.Account, v.Account
	default:
		q.Decoy = !l.found
	}
	if l.found && !q.Asker.Known {
		q.Silent = s.tenantLimits(store, l.account.ID)
	}
	q.Letter = func(id domain.ID, code string) identity.Letter { return letter(id, l, m, code) }
	return q, m, account, nil
}

// limits are those on asking for codes. A device on which the person has signed in before has its own, which no stranger can use up.
func (s *Codes) limits(store *identity.Store, who identity.Asker, l login, purpose string) []identity.Limit {
	key, most := l.limit, s.fromAnAddress()
	if who.Known {
		key = store.Name("codes at a device", string(l.limit)+who.Device)
	}
	limits := []identity.Limit{
		{Key: store.Name(purpose, string(key)), Most: 1, Within: resendAfter}, {Key: key, Most: codesAnHour, Within: hour}, {Key: key, Most: codesADay, Within: aDay},
	}
	if who.Known {
		return limits
	}
	own, near := store.Networks(who.Address)
	return append(limits, identity.Limit{Key: own, Most: most, Within: hour, Shared: true}, identity.Limit{Key: near, Most: most * 5 / 2, Within: hour, Shared: true})
}

// receiver is whom a code goes to: who is signed in for a step-up, else whom the request names.
func (s *Codes) receiver(ctx context.Context, store *identity.Store, v Visit, req RequestCode) (l login, m Message, err error) {
	if req.Purpose != PurposeStepUp {
		return s.addressee(ctx, store, req)
	}
	m = Message{Channel: ChannelSMS, Purpose: req.Purpose}
	switch {
	case v.Account == (domain.ID{}):
		return l, m, domain.Refuse("unauthenticated", "sign in first: this code goes to your own number")
	case given(req.Phone)+given(req.Email)+given(req.Login) != 0:
		return l, m, domain.Refuse("invalid_request", "a code for step-up goes to your own number; name none")
	}
	l = login{kind: byNumber, target: v.Account.String()}
	l.account, l.found, err = store.Accounts.Get(ctx, v.Account)
	l.limit = l.account.Phone
	return l, m, err
}

// addressee reads whom a request for a code names, and begins the message.
func (s *Codes) addressee(ctx context.Context, store *identity.Store, req RequestCode) (l login, m Message, err error) {
	m = Message{Channel: ChannelSMS, Purpose: req.Purpose}
	if given(req.Phone)+given(req.Email)+given(req.Login) != 1 {
		return l, m, domain.Refuse("invalid_request", "name exactly one of phone, email and login")
	}
	wantsPhone := req.Purpose == PurposeRegister || req.Purpose == PurposePhone
	if wantsPhone && req.Phone == "" || req.Purpose == PurposeEmail && req.Email == "" {
		return l, m, domain.Refuse("invalid_request", "a code for %s goes to the %s that it is about", req.Purpose, map[bool]string{true: "phone", false: "email"}[wantsPhone])
	}
	switch {
	case req.Phone != "":
		if m.To, err = s.reachable(req.Phone); err == nil {
			l, err = s.logins.by(ctx, store, identity.Phone, m.To, domain.Phone)
		}
	case req.Email != "":
		m.Channel = ChannelEmail
		if m.To, err = domain.Email(req.Email); err == nil {
			l, err = s.logins.by(ctx, store, identity.Email, m.To, domain.Email)
		}
	default:
		if l, err = s.logins.find(ctx, store, req.Login); err == nil && l.kind != byNumber { // told as a phone or an e-mail, or by nobody's number
			m.To = l.target
			if l.kind == identity.Email {
				m.Channel = ChannelEmail
			}
		}
	}
	return l, m, err
}

func given(text string) int {
	if text == "" {
		return 0
	}
	return 1
}

// reachable reads a phone number that may get messages.
func (s *Codes) reachable(text string) (string, error) {
	number, err := domain.Phone(text)
	if err != nil {
		return "", err
	}
	for _, prefix := range s.Numbers {
		if strings.HasPrefix(number, prefix) {
			return number, nil
		}
	}
	if len(s.Numbers) == 0 {
		return number, nil
	}
	return "", domain.Refuse("phone_not_supported", "no messages go to numbers of that country; use one that begins with %s", strings.Join(s.Numbers, ", "))
}

// tenantLimits are the codes that the organizations of an account may cause in a day: three for each member (reliability §7.4).
func (s *Codes) tenantLimits(store *identity.Store, account domain.ID) []identity.Limit {
	var out []identity.Limit
	for _, m := range s.directory.Memberships(account) {
		most := max(codesFewest, codesAMember*len(s.directory.Members(m.Org)))
		out = append(out, identity.Limit{Key: store.Name("organization", m.Org.String()), Most: most, Within: aDay})
	}
	return out
}

// letter is the message with its code, as the outbox keeps it.
func letter(id domain.ID, l login, m Message, code string) identity.Letter {
	m.ID, m.Code = id, code
	m.Text = codeText(m)
	body, _ := json.Marshal(m) // a struct of texts and an id
	out := identity.Letter{ID: id, Code: id, Body: body}
	if l.kind == byNumber {
		out.Account = l.account.ID
	}
	return out
}

// codeText is the message with a code.
func codeText(m Message) string {
	minutes := int(identity.CodeLife.Minutes())
	if m.Language == "zh" {
		what := map[string]string{PurposeRegister: "注册", PurposeLogin: "登录", PurposeReset: "重设密码", PurposePhone: "更换手机号", PurposeEmail: "绑定邮箱", PurposeStepUp: "安全确认"}[m.Purpose]
		return fmt.Sprintf("【打卡】您的%s验证码是 %s，%d 分钟内有效。请勿告诉任何人。", what, m.Code, minutes)
	}
	what := map[string]string{PurposeRegister: "sign up", PurposeLogin: "sign in", PurposeReset: "set a new password", PurposePhone: "change your number", PurposeEmail: "confirm your address", PurposeStepUp: "confirm that it is you"}[m.Purpose]
	return fmt.Sprintf("daka: %s is your code to %s. It is good for %d minutes. Tell it to nobody.", m.Code, what, minutes)
}

// advice says what to do next; it must not tell whether there is an account.
func advice(m Message, delayed bool) string {
	switch {
	case m.Language == "zh" && delayed:
		return "短信或邮件目前发送较慢，请求已保存，发出后 5 分钟内有效。也可以用密码登录，或请管理员协助。"
	case m.Language == "zh":
		return "如果该号码或邮箱可用，验证码会在一分钟内送达，5 分钟内有效。没有收到？请检查号码，60 秒后可重新获取，或用密码登录。"
	case delayed:
		return "Messages are slow at the moment. Your request is kept, and the code is good for 5 minutes once it was sent. You can also sign in with your password, or ask your administrator."
	}
	return "If the number or address can be used, a code arrives within a minute and is good for 5 minutes. Nothing came? Check what you typed, ask again after 60 seconds, or sign in with your password."
}
