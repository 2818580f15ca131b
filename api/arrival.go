package api

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/commands/people"
	"github.com/dakahq/daka/domain"
)

// arrival is from where a request came, as far as it may be believed.
type arrival struct {
	address netip.Addr
	// secure says that the browser speaks TLS, with us or with a trusted proxy.
	secure bool
	agent  string
	// device is the secret of the browser's own cookie, empty where it has none.
	device string
}

type arrivalKey struct{}

// arrive finds the client behind trusted proxies; handlers and the limits see its address as the request's own.
func (s *Server) arrive(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := arrival{address: remote(r), secure: r.TLS != nil, agent: agentLabel(r.UserAgent())}
		if len(s.config.TrustedProxies) == 0 {
			s.noteProxy(r)
		}
		if s.trusted(a.address) {
			a.secure = a.secure || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
			a.address = s.forwarded(r.Header.Values("X-Forwarded-For"), a.address)
			r.RemoteAddr = net.JoinHostPort(a.address.String(), "0")
		}
		if cookie, err := r.Cookie(a.cookie(deviceName)); err == nil && identity.IsDevice(cookie.Value) {
			a.device = cookie.Value
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), arrivalKey{}, a)))
	})
}

// forwardedHeaders are what a proxy writes about whom it asks for.
var forwardedHeaders = []string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"}

// noteProxy says once, in the log, that a proxy's words are not believed; readiness says it from then on.
func (s *Server) noteProxy(r *http.Request) {
	came := slices.ContainsFunc(forwardedHeaders, func(name string) bool { return r.Header.Get(name) != "" })
	if came && s.unbelieved.CompareAndSwap(false, true) {
		s.log.WarnContext(r.Context(), "X-Forwarded headers came and no proxy is trusted: all people behind it share one address and its limits; if there is a proxy, name it in --trusted-proxies")
	}
}

func remote(r *http.Request) netip.Addr {
	if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return at.Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

func (s *Server) trusted(address netip.Addr) bool {
	return slices.ContainsFunc(s.config.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(address) })
}

// forwarded is the last address of the list that no trusted proxy wrote for itself; what stands before it, anybody may have written.
func (s *Server) forwarded(headers []string, peer netip.Addr) netip.Addr {
	list := strings.Split(strings.Join(headers, ","), ",")
	for _, text := range slices.Backward(list) {
		address, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil {
			return peer
		}
		if peer = address.Unmap().WithZone(""); !s.trusted(peer) {
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

// visit is what signing in needs to know of a request.
func visit(ctx context.Context) people.Visit {
	a, _ := ctx.Value(arrivalKey{}).(arrival)
	v := people.Visit{Address: a.address, Agent: a.agent, Language: string(problem.LanguageOf(ctx)), Device: a.device}
	if v.Device == "" {
		v.Fresh = identity.NewDevice()
	}
	if p := PrincipalOf(ctx); p.Account != nil {
		v.Account, v.Session = *p.Account, p.Session
	}
	return v
}

// cookieName is what a cookie is called: the first only travels by TLS, and no other host can set it; the second is for plain loopback.
type cookieName struct{ secure, plain string }

var (
	sessionName = cookieName{"__Host-daka", "daka_session"}
	// deviceName is that of a browser on which somebody asked for a code or signed in; it opens nothing.
	deviceName = cookieName{"__Host-daka_device", "daka_device"}
)

// cookie is the only name under which this request's cookie is taken.
func (a arrival) cookie(name cookieName) string {
	if a.secure {
		return name.secure
	}
	return name.plain
}

// cookies set a cookie and take away the other kind's, so that one browser is one person.
func (name cookieName) cookies(ctx context.Context, value string, maxAge int) []http.Cookie {
	a, _ := ctx.Value(arrivalKey{}).(arrival)
	cookie := func(name string, secure bool, value string, maxAge int) http.Cookie {
		return http.Cookie{Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}
	}
	if a.secure {
		return []http.Cookie{cookie(name.secure, true, value, maxAge), cookie(name.plain, false, "", -1)}
	}
	return []http.Cookie{cookie(name.plain, false, value, maxAge)}
}

// deviceCookies let a browser be known again.
func deviceCookies(ctx context.Context, v people.Visit) []http.Cookie {
	return deviceName.cookies(ctx, v.Device+v.Fresh, int(identity.DeviceLife.Seconds()))
}

// person is who a session's cookie names.
func (s *Server) person(r *http.Request) (Principal, error) {
	a, _ := r.Context().Value(arrivalKey{}).(arrival)
	cookie, err := r.Cookie(a.cookie(sessionName))
	if err != nil {
		return Principal{}, domain.Refuse("unauthenticated", "sign in first, or send a token as `Authorization: Bearer …`")
	}
	store, err := s.config.Service.Identity.Store()
	if err != nil {
		return Principal{}, err
	}
	session, err := store.Sessions.Get(r.Context(), cookie.Value, s.lastUse(r))
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
func (s *Server) lastUse(r *http.Request) time.Time {
	if strings.HasSuffix(r.URL.Path, livePath) || r.Header.Get("Sec-Fetch-Dest") == "image" {
		return time.Time{}
	}
	seconds, err := strconv.ParseUint(r.Header.Get(idleHeader), 10, 31)
	if err != nil {
		return s.now()
	}
	return s.now().Add(-time.Duration(seconds) * time.Second)
}
