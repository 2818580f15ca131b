package readiness

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// stage is a board whose time stands until a test moves it.
type stage struct {
	*Board
	at time.Time
}

func newStage() *stage {
	s := &stage{at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	s.Board = New(func() time.Time { return s.at })
	return s
}

// finds makes a part say something, as at the end of a look.
func (s *stage) finds(name string, f Finding) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.parts {
		if w.Name == name {
			s.take(w, f)
		}
	}
}

func (s *stage) status() Status { status, _ := s.Report(); return status }

func two() *stage {
	s := newStage()
	s.Watch(Part{Name: "event_store", Needed: true})
	s.Watch(Part{Name: "read_models"})
	return s
}

func TestACopyThatWasUpNeverStartsAgain(t *testing.T) {
	s := two()
	require.Equal(t, StatusStarting, s.status())
	s.finds("event_store", Finding{State: Stalled, Reason: "unreachable"})
	s.at = s.at.Add(time.Minute)
	require.Equal(t, StatusStarting, s.status(), "it has never taken a punch, however long that takes")
	s.finds("event_store", Fine())
	s.finds("read_models", Fine())
	require.Equal(t, StatusReady, s.status())

	s.finds("event_store", Finding{State: Stalled, Reason: "unreachable"})
	require.Equal(t, StatusDegraded, s.status())
	s.at = s.at.Add(grace - time.Millisecond)
	s.finds("event_store", Finding{State: Stalled, Reason: "unreachable"})
	require.Equal(t, StatusDegraded, s.status(), "a stall under 5 s keeps the copy in its place")
	s.at = s.at.Add(time.Millisecond)
	require.Equal(t, StatusDown, s.status())
	require.False(t, StatusDown.Takes())
	s.finds("event_store", Fine())
	require.Equal(t, StatusReady, s.status())
}

func TestAPartThatHangsIsSilentAndDelaysNobody(t *testing.T) {
	s := two()
	s.finds("event_store", Fine())
	s.finds("read_models", Fine())
	s.parts[0].asked = s.at
	require.Equal(t, StatusReady, s.status(), "a look may take a moment")
	s.at = s.at.Add(slow)
	status, lines := s.Report()
	require.Equal(t, StatusDegraded, status)
	require.Equal(t, Line{Name: "event_store", Finding: Finding{State: Stalled, Reason: "no_answer"}, Since: s.at}, lines[0])
	s.at = s.at.Add(grace)
	require.Equal(t, StatusDown, s.status())
	s.finds("event_store", Finding{State: Stalled, Reason: "unreachable"})
	require.Equal(t, StatusDown, s.status(), "the silence counts")
}

func TestPartsThatNoPunchNeedsStopNoPunch(t *testing.T) {
	s := two()
	s.finds("event_store", Fine())
	s.finds("read_models", Finding{State: Starting, Reason: "starting"})
	require.Equal(t, StatusStarting, s.status(), "a start waits for them a while")
	s.at = s.at.Add(startPatience)
	require.Equal(t, StatusDegraded, s.status())
	s.finds("read_models", Finding{State: Degraded, Reason: "password_wrong"})
	s.at = s.at.Add(time.Hour)
	require.Equal(t, StatusDegraded, s.status())
}

func TestWhatAPersonMustMendIsDownAtOnce(t *testing.T) {
	s := two()
	s.finds("event_store", Fine())
	s.finds("read_models", Finding{State: Down, Reason: "rollback_detected"})
	require.Equal(t, StatusDown, s.status())
	s.Stop()
	require.Equal(t, StatusStopping, s.status())
	require.False(t, StatusStopping.Takes())
}

// TestTheBoardLooksBehind runs real looks: one that hangs keeps neither the other's nor the report.
func TestTheBoardLooksBehind(t *testing.T) {
	b := New(time.Now)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	b.Watch(Part{Name: "hangs", Look: func(ctx context.Context) Finding {
		<-ctx.Done()
		return Finding{State: Degraded, Reason: "unreachable"}
	}})
	go func() { b.Run(ctx); close(ended) }()
	b.Watch(Part{Name: "answers", Needed: true, Look: func(context.Context) Finding { return Fine() }})
	require.Eventually(t, func() bool {
		_, lines := b.Report()
		return lines[1].State == OK && lines[0].State == Degraded
	}, 20*time.Second, 10*time.Millisecond)
	cancel()
	<-ended
}

func TestEveryReasonIsToldInBothLanguages(t *testing.T) {
	for code, text := range texts {
		require.NotEmpty(t, text.en, code)
		require.NotEmpty(t, text.zh, code)
		require.Equal(t, text.zh, Text(code, "zh"))
		require.True(t, Known(code))
	}
	require.Equal(t, "of_another_version", Text("of_another_version", "en"))
}
