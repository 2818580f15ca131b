package projections

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics is a Prometheus collector of the projection, as this copy sees it.
func (e *Engine) Metrics() prometheus.Collector { return collector{e} }

type collector struct{ engine *Engine }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("daka_projection_"+name, help, labels, nil)
}

// Describe leaves the metrics unchecked: they are few and made in one place.
func (c collector) Describe(chan<- *prometheus.Desc) {}

// Collect asks for the status; without Postgres only `up` is told.
func (c collector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	gauge := func(name, help string, v float64) {
		out <- prometheus.MustNewConstMetric(desc(name, help), prometheus.GaugeValue, v)
	}
	counter := func(name, help string, v float64) {
		out <- prometheus.MustNewConstMetric(desc(name, help), prometheus.CounterValue, v)
	}
	s, err := c.engine.Status(ctx)
	if err != nil {
		gauge("up", "1 while the read models answer", 0)
		return
	}
	gauge("up", "1 while the read models answer", 1)
	gauge("leading", "1 on the copy that projects", oneIf(s.Leading))
	gauge("stopped", "1 when a gap or a systemic fault has stopped the projector", oneIf(s.Stopped()))
	gauge("epoch", "fence of the leader", float64(s.Epoch))
	gauge("lag_seconds", "age of the oldest event that is not applied, -1 when unknown", s.LagSeconds)
	gauge("parked_subjects", "subjects whose events wait", float64(len(s.Parked)))
	gauge("dirty_members", "members with days that wait to be assessed", float64(s.Dirty))
	counter("stalls_total", "silent subscriptions replaced", float64(s.Stalls))
	counter("duplicates_total", "events that were delivered again and ignored", float64(s.Counts.Duplicates))
	st := &c.engine.state.stats
	st.mu.Lock()
	defer st.mu.Unlock()
	counter("pages_total", "pages committed", float64(st.pages))
	counter("events_total", "events committed", float64(st.events))
	counter("page_seconds_total", "time spent on pages", st.took.Seconds())
	gauge("page_lag_seconds", "received_at of the last live page's last event to its commit", st.lag.Seconds())
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
