package who

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/commands/people"
	"github.com/dakahq/daka/domain"
)

// Arrival is from where a request came, as far as it may be believed.
type Arrival struct {
	address netip.Addr
	// Secure says that the browser speaks TLS, with us or with a trusted proxy.
	Secure bool
	agent  string
	// device is the secret of the browser's own cookie, empty where it has none.
	device string
}

type arrivalKey struct{}

// ArrivalOf is from where a request came, the zero value where that is not known.
func ArrivalOf(ctx context.Context) Arrival {
	a, _ := ctx.Value(arrivalKey{}).(Arrival)
	return a
}

// Arrivals find from where requests come.
type Arrivals struct {
	// trusted proxies may say for whom they ask.
	trusted []netip.Prefix
	log     *slog.Logger
	// unbelieved says that a proxy's words came while none is trusted.
	unbelieved atomic.Bool
}

// NewArrivals believes the proxies in the ranges.
func NewArrivals(trusted []netip.Prefix, log *slog.Logger) *Arrivals {
	return &Arrivals{trusted: trusted, log: log}
}

// Arrive finds the client behind trusted proxies; handlers and the limits see its address as the request's own.
func (a *Arrivals) Arrive(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := Arrival{address: remote(r), Secure: r.TLS != nil, agent: agentLabel(r.UserAgent())}
		if len(a.trusted) == 0 {
			a.noteProxy(r)
		}
		if a.trusts(from.address) {
			from.Secure = from.Secure || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
			from.address = a.forwarded(r.Header.Values("X-Forwarded-For"), from.address)
			r.RemoteAddr = net.JoinHostPort(from.address.String(), "0")
		}
		if cookie, err := r.Cookie(from.cookie(deviceName)); err == nil && identity.IsDevice(cookie.Value) {
			from.device = cookie.Value
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), arrivalKey{}, from)))
	})
}

// forwardedHeaders are what a proxy writes about whom it asks for.
var forwardedHeaders = []string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"}

// noteProxy says once, in the log, that a proxy's words are not believed; readiness says it from then on.
func (a *Arrivals) noteProxy(r *http.Request) {
	came := slices.ContainsFunc(forwardedHeaders, func(name string) bool { return r.Header.Get(name) != "" })
	if came && a.unbelieved.CompareAndSwap(false, true) {
		a.log.WarnContext(r.Context(), "X-Forwarded headers came and no proxy is trusted: all people behind it share one address and its limits; if there is a proxy, name it in --trusted-proxies")
	}
}

func remote(r *http.Request) netip.Addr {
	if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return at.Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

func (a *Arrivals) trusts(address netip.Addr) bool {
	return slices.ContainsFunc(a.trusted, func(p netip.Prefix) bool { return p.Contains(address) })
}

// forwarded is the last address of the list that no trusted proxy wrote for itself; what stands before it, anybody may have written.
func (a *Arrivals) forwarded(headers []string, peer netip.Addr) netip.Addr {
	list := strings.Split(strings.Join(headers, ","), ",")
	for _, text := range slices.Backward(list) {
		address, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil {
			return peer
		}
		if peer = address.Unmap().WithZone(""); !a.trusts(peer) {
			return peer
		}
	}
	return peer
}

// agentLabel says what a device is in words of a closed list, so that nothing of it tells persons apart.
func agentLabel(header string) string {
	find := func(words ...string) string {
		for _, w := range words {
			mark, name, _ := strings.Cut(w, "=")
			if strings.Contains(header, mark) {
				return name
			}
		}
		return ""
	}
	browser := find("MicroMessenger=WeChat", "DingTalk=DingTalk", "Edg=Edge", "OPR=Opera", "Firefox=Firefox", "Chrome=Chrome", "CriOS=Chrome", "Safari=Safari")
	system := find("Android=Android", "iPhone=iPhone", "iPad=iPad", "Windows=Windows", "Mac OS X=macOS", "CrOS=ChromeOS", "Linux=Linux")
	switch {
	case browser == "" && system == "":
		return "program"
	case browser == "" || system == "":
		return browser + system
	}
	return browser + ", " + system
}

// ProxyUnbelieved says that a proxy's words came while none is trusted.
func (a *Arrivals) ProxyUnbelieved() bool { return a.unbelieved.Load() }

// VisitOf is what signing in needs to know of a request.
func VisitOf(ctx context.Context) people.Visit {
	a := ArrivalOf(ctx)
	v := people.Visit{Address: a.address, Agent: a.agent, Language: string(problem.LanguageOf(ctx)), Device: a.device}
	if v.Device == "" {
		v.Fresh = identity.NewDevice()
	}
	if p := PrincipalOf(ctx); p.Account != nil {
		v.Account, v.Session = *p.Account, p.Session
	}
	return v
}

// CookieName is what a cookie is called: the first only travels by TLS, and no other host can set it; the second is for plain loopback.
type CookieName struct{ secure, plain string }

var (
	// SessionName is that of who signed in.
	SessionName = CookieName{"__Host-daka", "daka_session"}
	// deviceName is that of a browser on which somebody asked for a code or signed in; it opens nothing.
	deviceName = CookieName{"__Host-daka_device", "daka_device"}
)

// cookie is the only name under which this request's cookie is taken.
func (a Arrival) cookie(name CookieName) string {
	if a.Secure {
		return name.secure
	}
	return name.plain
}

// Cookies set a cookie and take away the other kind's, so that one browser is one person.
func (name CookieName) Cookies(ctx context.Context, value string, maxAge int) []http.Cookie {
	a := ArrivalOf(ctx)
	cookie := func(name string, secure bool, value string, maxAge int) http.Cookie {
		return http.Cookie{Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}
	}
	if a.Secure {
		return []http.Cookie{cookie(name.secure, true, value, maxAge), cookie(name.plain, false, "", -1)}
	}
	return []http.Cookie{cookie(name.plain, false, value, maxAge)}
}

// DeviceCookies let a browser be known again.
func DeviceCookies(ctx context.Context, v people.Visit) []http.Cookie {
	return deviceName.Cookies(ctx, v.Device+v.Fresh, int(identity.DeviceLife.Seconds()))
}

// person is who a session's cookie names.
func (g *Guard) person(r *http.Request) (Principal, error) {
	a := ArrivalOf(r.Context())
	cookie, err := r.Cookie(a.cookie(SessionName))
	if err != nil {
		return Principal{}, domain.Refuse("unauthenticated", "sign in first, or send a token as `Authorization: Bearer …`")
	}
	store, err := g.identity.Store()
	if err != nil {
		return Principal{}, err
	}
	session, err := store.Sessions.Get(r.Context(), cookie.Value, g.lastUse(r))
	if err != nil {
		return Principal{}, err
	}
	return Principal{
		Actor: domain.Actor{Kind: domain.ActorAccount, ID: session.Account.String()}, Via: "session:" + session.ID.String(),
		Account: &session.Account, Session: session.ID, SteppedUp: session.SteppedUp,
	}, nil
}

// idleHeader tells how many seconds ago somebody last touched the page that asks; without it, asking is use.
const idleHeader = "Daka-Idle"

// lastUse is when the person behind a request last did something, the zero time where that cannot be known: an open page asks for
// changes and shows pictures without anybody before it.
func (g *Guard) lastUse(r *http.Request) time.Time {
	if strings.HasSuffix(r.URL.Path, LivePath) || r.Header.Get("Sec-Fetch-Dest") == "image" {
		return time.Time{}
	}
	seconds, err := strconv.ParseUint(r.Header.Get(idleHeader), 10, 31)
	if err != nil {
		return g.now()
	}
	return g.now().Add(-time.Duration(seconds) * time.Second)
}

// LivePath ends the address of a stream of changes.
const LivePath = "/live"
