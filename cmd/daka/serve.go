package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dakahq/daka/commands/messages"
)

// serveCmd are the server's settings; without any it is a single machine.
type serveCmd struct {
	Data        string        `env:"DAKA_DATA" help:"The data directory (default: ./var; as root /var/lib/daka)." type:"path"`
	Listen      string        `env:"DAKA_LISTEN" default:"127.0.0.1:8080" help:"Where HTTP is answered, host:port."`
	Sample      bool          `env:"DAKA_SAMPLE" help:"Found a sample company, marked as such, with 90 days up to today."`
	EventStore  string        `name:"eventstore" env:"DAKA_EVENTSTORE" help:"esdb://… or esdb+discover://… of a node or a cluster; empty: the embedded node."`
	DatabaseURL string        `name:"database-url" env:"DAKA_DATABASE_URL" help:"postgres://… for the read models; empty: a private Postgres in the data directory."`
	Keys        string        `env:"DAKA_KEYS" help:"The key store, a SQLite file (default: <data>/keys/keys.db); copies of one installation share it." type:"path"`
	MasterKey   string        `env:"DAKA_MASTER_KEY_FILE" help:"The master key's file (default: master.key beside the key store)." type:"path"`
	Files       string        `env:"DAKA_FILES" help:"The folder of photos and proofs, encrypted (default: <data>/files); copies of one installation share it." type:"path"`
	AdminToken  string        `env:"DAKA_ADMIN_TOKEN" help:"The administrator's token, at least 32 characters (default: the one in <data>/admin.token, made at the first start); copies of one installation share it."`
	NodeListen  string        `env:"DAKA_EMBEDDED_NODE_LISTEN" default:"127.0.0.1:0" help:"Where the embedded node listens; port 0 takes a free one."`
	RateLimits  bool          `name:"rate-limits" env:"DAKA_RATE_LIMITS" default:"true" negatable:"" help:"Refuse what one person or program asks too often."`
	PostgresBin string        `env:"DAKA_POSTGRES_BIN" help:"The folder of initdb, pg_ctl and postgres; empty: look for one." type:"path"`
	SMSWebhook  string        `name:"sms-webhook" env:"DAKA_SMS_WEBHOOK" help:"http(s)://… that takes messages to people, signed; empty: codes are written to the log, for development."`
	SMSSecret   string        `name:"sms-secret" env:"DAKA_SMS_SECRET" help:"The secret that signs what the webhook gets, at least 16 characters."`
	SMSNumbers  string        `name:"sms-numbers" env:"DAKA_SMS_NUMBERS" default:"+86" help:"The prefixes of phone numbers that get messages, with commas; all: every country."`
	CodesPerIP  int           `name:"codes-per-address" env:"DAKA_CODES_PER_ADDRESS" default:"20" help:"How many codes one network address may ask for within an hour; three times as many logins may be wrong."`
	Proxies     string        `name:"trusted-proxies" env:"DAKA_TRUSTED_PROXIES" help:"Addresses or networks, with commas, whose X-Forwarded-For and X-Forwarded-Proto are believed."`
	OpsListen   string        `name:"ops-listen" env:"DAKA_OPS_LISTEN" help:"Where metrics and profiles are answered without a token, host:port that only operators reach; empty: at --listen, for the administrator's token."`
	LameDuck    time.Duration `name:"lame-duck" env:"DAKA_LAME_DUCK" default:"5s" help:"How long a server that was told to end still takes what comes, while /readyz says stopping."`
	PublicURL   string        `name:"public-url" env:"DAKA_PUBLIC_URL" help:"Where people reach the server, such as https://daka.example.org, for links in messages; empty: messages have codes and no links."`
	SecurityLog int           `name:"security-log-days" env:"DAKA_SECURITY_LOG_DAYS" default:"180" help:"How many days the security log is kept."`
	Without     string        `env:"DAKA_WITHOUT" hidden:"" help:"For measurements: tricks to leave out, with commas."`
	logFlags

	without without
	proxies []netip.Prefix
	// clock is what the ledger stamps events with; a test tells a month in a minute. nil is time.Now.
	clock func() time.Time `kong:"-"`
}

func (c serveCmd) Run(w world) error {
	if err := c.check(); err != nil {
		return err
	}
	limitMemory(c.without["heap"])
	raiseProcessors()
	go releaseAtRest(w.ctx)
	m, err := boot(w, c)
	if err != nil {
		return err
	}
	defer m.close()
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w (is another daka running? choose another --listen)", c.Listen, err)
	}
	if err := m.serveOperations(); err != nil {
		return err
	}
	m.welcome(w, listener.Addr().String())
	return m.serve(w.ctx, listener)
}

func (c *serveCmd) check() error {
	if c.Data == "" {
		c.Data = defaultData()
	}
	data, err := filepath.Abs(c.Data)
	if err != nil {
		return fmt.Errorf("--data %q: %w", c.Data, err)
	}
	c.Data = data
	if c.without, err = parseWithout(c.Without); err != nil {
		return err
	}
	if err := c.checkAddresses(); err != nil {
		return err
	}
	if err := c.checkPeople(); err != nil {
		return err
	}
	if c.Keys == "" {
		c.Keys = filepath.Join(c.Data, "keys", "keys.db")
	}
	if c.Files == "" {
		c.Files = filepath.Join(c.Data, "files")
	}
	if c.clock == nil {
		c.clock = time.Now
	}
	// Postgres runs as another user when we are root, so the directory itself stays searchable; what is in it is not.
	if err := os.MkdirAll(c.Data, 0o755); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	return nil
}

func (c *serveCmd) checkAddresses() (err error) {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("--listen %q is not host:port such as 127.0.0.1:8080", c.Listen)
	}
	if _, _, err := net.SplitHostPort(c.NodeListen); err != nil && c.NodeListen != "" {
		return fmt.Errorf("--node-listen %q is not host:port such as 127.0.0.1:2113", c.NodeListen)
	}
	if _, _, err := net.SplitHostPort(c.OpsListen); err != nil && c.OpsListen != "" {
		return fmt.Errorf("--ops-listen %q is not host:port such as 127.0.0.1:9090", c.OpsListen)
	}
	if c.LameDuck < 0 || c.LameDuck > time.Minute {
		return fmt.Errorf("--lame-duck %s is not between 0s and 1m", c.LameDuck)
	}
	if _, err := pgxpool.ParseConfig(c.DatabaseURL); err != nil && c.DatabaseURL != "" {
		return errNoDatabase // pgx's own words could repeat a password
	}
	if c.proxies, err = prefixes(c.Proxies); err != nil {
		return fmt.Errorf("DAKA_TRUSTED_PROXIES: %w", err)
	}
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	if u, err := url.Parse(c.PublicURL); c.PublicURL != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" || u.User != nil) {
		return fmt.Errorf("--public-url %q is no address such as https://daka.example.org", c.PublicURL)
	}
	return nil
}

// checkPeople looks at who may do something, and whom messages reach.
func (c *serveCmd) checkPeople() error {
	if c.AdminToken != "" && len(c.AdminToken) < minToken {
		return fmt.Errorf("DAKA_ADMIN_TOKEN needs at least %d characters", minToken)
	}
	if c.SMSWebhook != "" {
		if _, err := messages.NewWebhook(c.SMSWebhook, c.SMSSecret, time.Now); err != nil {
			return fmt.Errorf("DAKA_SMS_WEBHOOK, DAKA_SMS_SECRET: %w", err)
		}
	}
	for _, prefix := range c.numbers() {
		if digits := strings.TrimPrefix(prefix, "+"); digits == prefix || strings.Trim(digits, "0123456789") != "" {
			return fmt.Errorf("DAKA_SMS_NUMBERS: %q is no prefix such as +86; all is every country", prefix)
		}
	}
	if c.CodesPerIP < 1 {
		return fmt.Errorf("DAKA_CODES_PER_ADDRESS: %d codes an hour let nobody sign up; write 1 or more", c.CodesPerIP)
	}
	if c.SecurityLog < 0 {
		return fmt.Errorf("DAKA_SECURITY_LOG_DAYS: %d days keep nothing; write 1 or more", c.SecurityLog)
	}
	return nil
}

func postgresDir(data string) string { return filepath.Join(data, "postgres") }

func eventsDir(data string) string { return filepath.Join(data, "events") }

// serve answers until ctx ends or a part that it cannot live without does.
func (m *machine) serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler: m.api, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 0, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, BaseContext: func(net.Listener) context.Context { return m.ctx },
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	var err error
	select {
	case <-ctx.Done():
		m.log.InfoContext(ctx, "stopping")
		err = m.lameDuck(failed)
	case err = <-failed:
	case err = <-m.fatal:
	}
	bounded, cancel := detached()
	defer cancel()
	m.api.Drain()
	if shut := server.Shutdown(bounded); shut != nil && err == nil {
		m.log.WarnContext(ctx, "some requests did not end in time", slog.Any("error", shut))
		_ = server.Close()
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// lameDuck takes what comes while readiness tells load balancers to go elsewhere. A second signal ends the wait.
func (m *machine) lameDuck(failed <-chan error) error {
	m.board.Stop()
	again := make(chan os.Signal, 1)
	signal.Notify(again, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(again)
	select {
	case <-time.After(m.config.LameDuck):
	case <-again:
	case err := <-failed:
		return err
	case err := <-m.fatal:
		return err
	}
	return nil
}

// serveOperations answers metrics and profiles at an address of their own, where one is set.
func (m *machine) serveOperations() error {
	if m.config.OpsListen == "" {
		return nil
	}
	listener, err := net.Listen("tcp", m.config.OpsListen)
	if err != nil {
		return fmt.Errorf("listen on %s for operators: %w (choose another --ops-listen)", m.config.OpsListen, err)
	}
	m.opsAddr = listener.Addr().String()
	server := &http.Server{Handler: m.api.Operations(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10}
	m.closers = append(m.closers, server.Close)
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			m.fatal <- fmt.Errorf("answer operators: %w", err)
		}
	}()
	return nil
}

func (m *machine) welcome(w world, addr string) {
	fmt.Fprintf(w.stdout, "daka %s answers at http://%s\n", version(), addr)
	fmt.Fprintf(w.stdout, "  sign in with the administrator token in %s\n", filepath.Join(m.config.Data, tokenFile))
	if m.config.Sample {
		m.welcomeSample(w)
	}
	fmt.Fprintf(w.stdout, "  the API is described at http://%s/docs, its state is at /readyz\n", addr)
	if m.opsAddr != "" {
		fmt.Fprintf(w.stdout, "  operators find /metrics and /debug/pprof/ at http://%s\n", m.opsAddr)
	} else {
		fmt.Fprintln(w.stdout, "  /metrics and /debug/pprof/ take the administrator token, until --ops-listen gives them an address of their own")
	}
	if m.config.SMSWebhook == "" {
		fmt.Fprintln(w.stdout, "  messages to people (codes) are written to the log on stderr; set DAKA_SMS_WEBHOOK to send them")
	}
	if m.node != nil {
		fmt.Fprintf(w.stdout, "  the embedded event node listens on %s (its keys are in %s)\n", m.node.Addr(), eventsDir(m.config.Data))
	}
}
