package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// lagRate is punches per second while the lag is measured; one of lagSample is followed to the read models.
	lagRate   = 300
	lagSample = 5
	// lagWarm is how long reads and punches go on before they are measured, so that the connections have seen the statements.
	lagWarm = 2 * time.Second
)

// lag posts punches at a steady rate and measures, after a moment, from the receipt on, how long a read has to wait for the punch.
// The read's own time over HTTP is part of the figure.
func (b *bench) lag(ctx context.Context, s *server, length time.Duration) ([]time.Duration, error) {
	var mu sync.Mutex
	var lags []time.Duration
	var failed error
	var wg sync.WaitGroup
	tick := time.NewTicker(time.Second / lagRate)
	defer tick.Stop()
	warm := int(lagWarm.Seconds() * lagRate)
	for i := 0; i < warm+int(length.Seconds()*lagRate); i++ {
		<-tick.C
		wg.Go(func() {
			took, err := s.visible(ctx, i)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = err
			} else if took >= 0 && i >= warm {
				lags = append(lags, took)
			}
		})
	}
	wg.Wait()
	return lags, failed
}

// visible posts the i-th punch and, for one in lagSample, waits until the member's own day shows it; negative for the others.
func (s *server) visible(ctx context.Context, i int) (time.Duration, error) {
	member, position, err := s.punch(ctx, i%64, i/64)
	if err != nil || i%lagSample != 0 {
		return -1, err
	}
	began := time.Now()
	date := began.In(s.zone).Format(time.DateOnly)
	path := fmt.Sprintf("/api/v1/orgs/%s/members/%s/days?from=%s&to=%s&min_position=%s", s.company.Org, s.company.IDs[member], date, date, url.QueryEscape(position))
	a, err := s.client.Do(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return -1, err
	}
	if a.Status != http.StatusOK {
		return -1, fmt.Errorf("waiting for %s: %d %s", position, a.Status, a.Body)
	}
	took := time.Since(began)
	if !reached(a.Header.Get("Daka-As-Of"), position) {
		return max(took, 2*time.Second), nil
	}
	if !bytes.Contains(a.Body, []byte(`"punch_at":"`)) && !bytes.Contains(a.Body, []byte(`"unused_punches":[{`)) {
		return -1, fmt.Errorf("%s is applied, but the day shows no punch: %s", position, a.Body)
	}
	return took, nil
}

// reached says that an answer's Daka-As-Of, `<stream>@<revision>`, is at the awaited position or behind it.
func reached(asOf, position string) bool {
	revision := func(text string) (int64, error) {
		return strconv.ParseInt(text[strings.LastIndexByte(text, '@')+1:], 10, 64)
	}
	is, err := revision(asOf)
	wanted, err2 := revision(position)
	return err == nil && err2 == nil && is >= wanted
}
