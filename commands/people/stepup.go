package people

import (
	"context"
	"errors"
	"log/slog"

	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/domain"
)

// StepUp shows again who is there, by the password or by a code of the purpose step-up.
type StepUp struct {
	Password string `json:"password,omitempty" maxLength:"1024"`
	Code     string `json:"code,omitempty" maxLength:"16" doc:"in the password's place: a code of the purpose step-up"`
}

// StepUp notes that the person of a session is there, for identity.StepUpLife; the session gets a new token.
func (s *SignIns) StepUp(ctx context.Context, v Visit, req StepUp) (SignedIn, error) {
	store, err := s.identity.Store()
	if err != nil {
		return SignedIn{}, err
	}
	if given(req.Password)+given(req.Code) != 1 {
		return SignedIn{}, domain.Refuse("invalid_request", "give either the password or a code of the purpose step-up")
	}
	if req.Password != "" {
		err = s.ownPassword(ctx, store, v, req.Password)
	} else {
		err = s.ownCode(ctx, store, v, req.Code)
	}
	s.security.Tried(ctx, v, v.Account, SteppedUp, StepUpFailed, map[bool]string{true: "password", false: "code"}[req.Password != ""], err)
	if err != nil {
		return SignedIn{}, err
	}
	token, err := store.Sessions.StepUp(ctx, v.Account, v.Session)
	return SignedIn{Token: token}, err
}

// ownLimits are those on what a session shows of its person: nobody else can use them up.
func ownLimits(store *identity.Store, v Visit) []identity.Limit {
	return []identity.Limit{{Key: store.Name("step-up", v.Account.String()+v.Session.String()), Most: wrongLogins, Within: wrongWithin, Grows: true}}
}

func (s *SignIns) ownPassword(ctx context.Context, store *identity.Store, v Visit, password string) error {
	good, err := s.isPassword(ctx, store, v.Account, password, ownLimits(store, v), nil)
	if err == nil && !good {
		err = domain.Refuse("password_wrong", "the password is wrong; check it, or use a code that is sent to your number")
	}
	return err
}

func (s *SignIns) ownCode(ctx context.Context, store *identity.Store, v Visit, code string) error {
	who, err := v.asker(ctx, store, v.Account)
	if err != nil {
		return err
	}
	err = store.Codes.Redeem(ctx, identity.Answer{
		Kind: byNumber, Target: v.Account.String(), Purpose: PurposeStepUp, Account: v.Account, Code: code, Asker: who, Limits: ownLimits(store, v),
	})
	if errors.Is(err, identity.ErrCode) {
		err = errCode()
	}
	return err
}

// ErrStepUp asks for a step-up.
func ErrStepUp() error {
	return domain.Refuse("step_up_required", "show that it is you first: send the password or a code to POST /api/v1/auth/step-up, then send the same request again within 5 minutes")
}

// steppedUp refuses a session whose person has shown nothing but the session for a while.
func (s *SignIns) steppedUp(ctx context.Context, store *identity.Store, v Visit) error {
	sessions, err := store.Sessions.List(ctx, v.Account)
	if err != nil {
		return err
	}
	for _, x := range sessions {
		if x.ID == v.Session && x.SteppedUp {
			return nil
		}
	}
	return ErrStepUp()
}

// What a person is told on the number when it happened to the account.
const (
	PurposePasswordChanged = "password_changed"
	PurposePhoneChanged    = "phone_changed"
	PurposeEmailChanged    = "email_changed"
)

// tellChange tells a person's number, or the one before that command, what became of the account. A message that cannot be kept stops
// nothing: the change is written.
func (s *Outbox) tellChange(ctx context.Context, v Visit, account, command domain.ID, what string) {
	p, err := s.profiles.readBut(ctx, account, command)
	if err == nil {
		m := Message{ID: domain.ServerID("told "+what, command), Channel: ChannelSMS, To: p.Phone, Purpose: what, Language: p.Language}
		if m.Language == "" {
			m.Language = v.Language
		}
		m.Text = changeText(m)
		err = s.Send(ctx, m)
	}
	if err != nil && !errors.Is(err, ErrNoSender) {
		s.ledger.Logger().WarnContext(ctx, "a person could not be told that the account has changed", slog.Any("account", account), slog.String("what", what), slog.Any("error", err))
	}
}

func changeText(m Message) string {
	texts := map[string][2]string{
		PurposePasswordChanged: {"daka: your password was changed, and all other devices were signed out. If that was not you, set a new password with a code at once and tell your company.",
			"【打卡】您的密码已更改，其他设备均已退出登录。如非本人操作，请立即用验证码重设密码，并告知企业管理员。"},
		PurposePhoneChanged: {"daka: your account has moved to another phone number, and this one no longer signs in. If that was not you, tell your company's administrator at once.",
			"【打卡】您的账号已更换手机号，本号码不能再登录。如非本人操作，请立即联系企业管理员。"},
		PurposeEmailChanged: {"daka: the e-mail address of your account was changed, and all other devices were signed out. If that was not you, set a new password with a code at once.",
			"【打卡】您账号的邮箱已更改，其他设备均已退出登录。如非本人操作，请立即用验证码重设密码。"},
	}
	if m.Language == "zh" {
		return texts[m.Purpose][1]
	}
	return texts[m.Purpose][0]
}
