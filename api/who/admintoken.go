package who

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// AdminToken is the administrator's token, and the cookies that it signs.
type AdminToken struct {
	token string // empty lets nobody in
	now   func() time.Time
}

// Is says that a token is the administrator's.
func (a *AdminToken) Is(token string) bool {
	given, want := sha256.Sum256([]byte(strings.TrimSpace(token))), sha256.Sum256([]byte(a.token))
	return a.token != "" && subtle.ConstantTimeCompare(given[:], want[:]) == 1
}

// Session is an expiry, a name by which signing out ends it, and their HMAC under the token: any copy of the server knows it, and a new
// token ends it.
func (a *AdminToken) Session(until time.Time) string {
	return a.sign(strconv.FormatInt(until.Unix(), 10) + "." + rand.Text())
}

func (a *AdminToken) sign(text string) string {
	mac := hmac.New(sha256.New, []byte(a.token))
	fmt.Fprintf(mac, "daka/session/2\n%s", text)
	return text + "." + hex.EncodeToString(mac.Sum(nil))
}

// signed says until when a cookie of the administrator is good, and whether it is one that has not expired.
func (a *AdminToken) signed(value string) (until time.Time, good bool) {
	text := value[:max(0, strings.LastIndex(value, "."))]
	at, _, _ := strings.Cut(text, ".")
	unix, err := strconv.ParseInt(at, 10, 64)
	if err != nil || a.token == "" {
		return until, false
	}
	until = time.Unix(unix, 0)
	return until, !a.now().After(until) && hmac.Equal([]byte(value), []byte(a.sign(text)))
}

func (a *AdminToken) isSession(cookie string) bool { _, good := a.signed(cookie); return good }
