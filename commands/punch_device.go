package commands

import (
	"time"

	"github.com/dakahq/daka/domain"
)

// HoldToDevice holds a punch to what a device may write for those who stand before it: of its own kind, ATM or AUTO_CHECK, by default
// ATM, and of now, or with offline of its queue.
func (r *RecordPunch) HoldToDevice(now time.Time) error {
	if r.SourceType == "" {
		r.SourceType = domain.SourceATM
	}
	if r.SourceType != domain.SourceATM && r.SourceType != domain.SourceAutoCheck {
		return domain.Refuse("device_kind", "a device writes punches of source_type ATM or AUTO_CHECK alone; %s is for people and imports", r.SourceType)
	}
	claim, err := r.claim()
	if err != nil || claim.At == nil {
		return err
	}
	late := now.Sub(claim.At.Time())
	switch {
	case late < -domain.ClockSkewLimit:
		return domain.Refuse("device_time", "a device writes no punch that is ahead; set its clock (the server's time is %s)", domain.At(now))
	case !r.Offline && late > domain.ClockSkewLimit:
		return domain.Refuse("device_time", "a device writes punches of now; what waited in its queue is sent with \"offline\": true (the server's time is %s)", domain.At(now))
	case late > domain.CommandBehind:
		return domain.Refuse("device_time", "a device's queue holds punches of at most 40 days; HR imports older ones (the server's time is %s)", domain.At(now))
	}
	return nil
}
