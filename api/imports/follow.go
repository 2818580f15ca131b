package imports

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
)

// Line is one line of work that is followed (Accept: application/x-ndjson): progress, and at last a report or the problem.
type Line struct {
	// Waiting says that other workbooks are read first.
	Waiting string `json:"waiting,omitempty"`
	// Stage is what the counts are of: reading (bytes), members or punches.
	Stage    commands.ImportStage   `json:"stage,omitempty"`
	Done     int                    `json:"done,omitempty"`
	Total    int                    `json:"total,omitempty"`
	Report   *commands.ImportReport `json:"report,omitempty"`
	Reverted *commands.RevertReport `json:"reverted,omitempty"`
	Reviewed *commands.ImportReview `json:"reviewed,omitempty"`
	Problem  *problem.Problem       `json:"problem,omitempty"`
}

// answer is what work came to: as a body of its own, and as the last line for who follows.
type answer struct {
	body   any
	line   Line
	replay bool
	status int
}

// teller writes progress lines, at most ten a second; a nil one tells nobody.
type teller struct {
	mu   sync.Mutex
	w    http.ResponseWriter
	last time.Time
	lang problem.Language
}

// follow answers work at its end, or line by line for who asks so.
func (n *Imports) follow(w http.ResponseWriter, r *http.Request, work func(*teller) (answer, error)) error {
	if !strings.Contains(r.Header.Get("Accept"), "application/x-ndjson") {
		a, err := work(nil)
		if err != nil {
			return err
		}
		if a.replay {
			w.Header().Set("Idempotent-Replay", "true")
		}
		return route.WriteJSON(w, a.status, a.body)
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	t := &teller{w: w, lang: problem.LanguageOf(r.Context())}
	a, err := work(t)
	if err != nil {
		p := n.Problems.Of(r.Context(), err)
		a.line = Line{Problem: p}
	}
	t.say(a.line)
	return nil
}

func (t *teller) say(line Line) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_ = json.NewEncoder(t.w).Encode(line)
	_ = http.NewResponseController(t.w).Flush()
}

// progress is what work tells; nil where nobody follows.
func (t *teller) progress() func(commands.ImportStage, int, int) {
	if t == nil {
		return nil
	}
	return func(stage commands.ImportStage, done, total int) {
		t.mu.Lock()
		soon := done != total && time.Since(t.last) < 100*time.Millisecond
		if !soon {
			t.last = time.Now()
		}
		t.mu.Unlock()
		if !soon {
			t.say(Line{Stage: stage, Done: done, Total: total})
		}
	}
}

// waiting is told while other workbooks are read; nil where nobody follows.
func (t *teller) waiting() func() {
	if t == nil {
		return nil
	}
	return func() { t.say(Line{Waiting: waitingWord(t.lang)}) }
}

func waitingWord(l problem.Language) string {
	if l == problem.Chinese {
		return "其他工作簿正在读取，请稍候"
	}
	return "other workbooks are being read; this one waits for its turn"
}

// bodyLimit bounds the JSON of a command.
const bodyLimit = 64 << 10

// readBody reads a command's JSON, whose bytes the request hash covers.
func readBody(w http.ResponseWriter, r *http.Request, into any) ([]byte, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		return nil, domain.Refuse("malformed_request", "the body cannot be read: %v", err)
	}
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return nil, domain.Refuse("malformed_request", "the body is no JSON of this command: %v", err)
	}
	return raw, nil
}
