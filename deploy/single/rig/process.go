// Package rig starts daka as a user would, punches, kills and counts; `make bench` and `make torture` share it.
package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Process is one running daka.
type Process struct {
	// Data is its data directory, Addr its host:port.
	Data, Addr string

	args []string
	env  []string
	bin  string
	log  *os.File

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{}
}

// FreeAddr is a loopback address that nobody listens on.
func FreeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("finding a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// Daka prepares `bin VERB --data DIR --listen ADDR …`; its output goes to DIR.log.
func Daka(bin, verb, data string, env []string, flags ...string) (*Process, error) {
	addr, err := FreeAddr()
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(data+"."+verb+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	args := append([]string{verb, "--data", data, "--listen", addr}, flags...)
	return &Process{Data: data, Addr: addr, bin: bin, args: args, env: env, log: log}, nil
}

// Start runs the program; it may be started again after Kill or Stop.
func (p *Process) Start() error {
	cmd := exec.Command(p.bin, p.args...)
	cmd.Env = append(append(os.Environ(), "DAKA_LAME_DUCK=0s"), p.env...) // no load balancer is told
	cmd.Stdout, cmd.Stderr = p.log, p.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s %s: %w", p.bin, strings.Join(p.args, " "), err)
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(done)
	}()
	p.mu.Lock()
	p.cmd, p.done = cmd, done
	p.mu.Unlock()
	return nil
}

// PID is the process's number, 0 when it never ran.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// Kill is kill -9.
func (p *Process) Kill() error { return p.end(syscall.SIGKILL, 10*time.Second) }

// Stop asks it to end, and waits.
func (p *Process) Stop() error { return p.end(syscall.SIGTERM, 60*time.Second) }

func (p *Process) end(signal syscall.Signal, wait time.Duration) error {
	p.mu.Lock()
	cmd, done := p.cmd, p.done
	p.mu.Unlock()
	if cmd == nil {
		return nil
	}
	if err := cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("%s to %d: %w", signal, cmd.Process.Pid, err)
	}
	select {
	case <-done:
		return nil
	case <-time.After(wait):
		return fmt.Errorf("process %d did not end %s after %s", cmd.Process.Pid, wait, signal)
	}
}

// URL is the base address of its HTTP interface.
func (p *Process) URL() string { return "http://" + p.Addr }

// lookAgain is how often /readyz is asked; each time costs the server a moment.
const lookAgain = 25 * time.Millisecond

// WaitReady polls /readyz and says how long it took; it fails when the process ends first.
func (p *Process) WaitReady(ctx context.Context, atMost time.Duration) (time.Duration, error) {
	began := time.Now()
	client := &http.Client{Timeout: time.Second}
	var last string
	for time.Since(began) < atMost {
		select {
		case <-p.done:
			return 0, fmt.Errorf("it ended before it was ready; its last words:\n%s", p.LastWords())
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(lookAgain):
		}
		res, err := client.Get(p.URL() + "/readyz")
		if err != nil {
			last = err.Error()
			continue
		}
		body, _ := io.ReadAll(io.LimitReader(res.Body, 2000))
		res.Body.Close()
		if res.StatusCode == http.StatusOK {
			return time.Since(began), nil
		}
		last = fmt.Sprintf("%d %s", res.StatusCode, body)
	}
	return 0, fmt.Errorf("not ready after %s: %s", atMost, last)
}

// LastWords is the end of its log.
func (p *Process) LastWords() string {
	b, err := os.ReadFile(p.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-2000):])
}

// Errors are the lines of its log that tell of errors.
func (p *Process) Errors() []string {
	b, err := os.ReadFile(p.log.Name())
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	for line := range strings.Lines(string(b)) {
		if strings.Contains(line, "level=ERROR") || strings.Contains(line, `"level":"ERROR"`) || strings.HasPrefix(line, "panic:") {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out
}

// Token is the administrator token that the first start wrote.
func (p *Process) Token() (string, error) {
	b, err := os.ReadFile(filepath.Join(p.Data, "admin.token"))
	if err != nil {
		return "", fmt.Errorf("reading the administrator token: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// RSS is the resident memory of the process, in bytes.
func (p *Process) RSS() (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.PID()))
	if err != nil {
		return 0, fmt.Errorf("reading its memory: %w", err)
	}
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return 0, fmt.Errorf("/proc statm says %q", b)
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}
