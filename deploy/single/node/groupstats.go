package node

import (
	"context"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/persistent"
	"google.golang.org/grpc/metadata"
)

// answerWindow is how many of a consumer's newest answers its figures are of.
const answerWindow = 1000

// answerTimes are how long a consumer took to answer its newest deliveries.
type answerTimes struct {
	took []time.Duration
	next int
}

func (a *answerTimes) add(d time.Duration) {
	if len(a.took) < answerWindow {
		a.took = append(a.took, d)
		return
	}
	a.took[a.next] = d
	a.next = (a.next + 1) % answerWindow
}

// measurements are the figures in whole milliseconds under EventStoreDB's names; none before the first answer.
func (a *answerTimes) measurements() []*persistent.SubscriptionInfo_Measurement {
	if len(a.took) == 0 {
		return nil
	}
	sorted := slices.Sorted(slices.Values(a.took))
	var sum time.Duration
	for _, d := range sorted {
		sum += d
	}
	figures := []*persistent.SubscriptionInfo_Measurement{figure("Mean", sum/time.Duration(len(sorted)))}
	figures = append(figures, figure("Median", part(sorted, 0.5)), figure("Fastest", sorted[0]))
	for i := 1; i <= 5; i++ {
		figures = append(figures, figure("Quintile "+strconv.Itoa(i), part(sorted, float64(i)/5)))
	}
	for _, p := range []float64{90, 95, 99, 99.5, 99.9} {
		figures = append(figures, figure(strconv.FormatFloat(p, 'f', -1, 64)+"%", part(sorted, p/100)))
	}
	return append(figures, figure("Highest", sorted[len(sorted)-1]))
}

func part(sorted []time.Duration, p float64) time.Duration {
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))]
}

func figure(key string, d time.Duration) *persistent.SubscriptionInfo_Measurement {
	return &persistent.SubscriptionInfo_Measurement{Key: key, Value: d.Milliseconds()}
}

// saysOfItself is the name and the user in a call's headers; empty when they are not there.
func saysOfItself(ctx context.Context) (name, user string) {
	md, _ := metadata.FromIncomingContext(ctx)
	name = strings.Join(md.Get("connection-name"), "")
	for _, v := range md.Get("authorization") {
		text, _ := strings.CutPrefix(v, "Basic ")
		if b, err := base64.StdEncoding.DecodeString(text); err == nil {
			user, _, _ = strings.Cut(string(b), ":")
		}
	}
	return name, user
}
