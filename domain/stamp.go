package domain

import "time"

// The bounds within which a punch's time is believed.
const (
	// ClockSkewLimit is how far a client's clock may differ from the server's, and the server's from what it recorded before, without a flag.
	ClockSkewLimit = time.Minute
	// AccuracyLimitM is the accuracy in metres beyond which a position is doubtful.
	AccuracyLimitM = 200
	// clockJumpBefore is the year before which a clock was surely reset (design §7).
	clockJumpBefore = 2010
)

// Offline modes of the rule (rules §1).
const (
	offlineApprove = "approve"
	offlineForbid  = "forbid"
)

// PunchPolicy is what the published rule says about a punch; the zero value is a member without a group.
type PunchPolicy struct {
	// OfflineMode is accept, approve, forbid, or empty without a rule; MaxDelayMin bounds accept, in minutes.
	OfflineMode         string
	MaxDelayMin         int
	BoundDeviceRequired bool
}

// PunchClaim is what the client says about the time of a punch.
type PunchClaim struct {
	// At is the client's clock, nil when it said nothing.
	At *Instant
	// Offline says that the client had no network then.
	Offline bool
	// Recorded says that At is the wall clock of a machine's own record, which lay there until somebody fetched it.
	Recorded bool
}

// Effective is the time that counts, and whether the claim is too far off to be it. A claim counts when it is at most a minute old, was made
// offline, or is a machine's record; no claim counts ahead of its arrival.
func (c PunchClaim) Effective(received Instant) (at Instant, skewed bool) {
	if c.At == nil {
		return received, false
	}
	late := received.Time().Sub(c.At.Time())
	switch {
	case late < 0:
		return received, late < -ClockSkewLimit
	case late > ClockSkewLimit && !c.Offline && !c.Recorded:
		return received, true
	}
	return *c.At, false
}

// Arrival is when the server took a punch.
type Arrival struct {
	// Received is the event's received_at, Clock the server's clock, which may lie behind it (events §2).
	Received, Clock Instant
}

// raised says that the server's clock went back: received_at does not tell the time.
func (a Arrival) raised() bool { return a.Received.Time().Sub(a.Clock.Time()) > ClockSkewLimit }

// Stamp gives a punch its effective time and the doubts about it; nothing but a rule that forbids offline punches refuses it.
// A punch made offline carries the flag, and is bounded by claim and arrival.
func (p PunchRecorded) Stamp(claim PunchClaim, policy PunchPolicy, arrival Arrival) (PunchRecorded, error) {
	var skewed bool
	p.At, skewed = claim.Effective(arrival.Received)
	p.ClaimedAt = claim.At
	if p.At.Time().Year() < clockJumpBefore {
		p = p.flag(FlagClockJump)
	}
	if skewed || arrival.raised() {
		p = p.flag(FlagClockSkew)
	}
	if claim.Offline && claim.At != nil {
		var err error
		if p, err = p.stampOffline(policy, arrival.Received); err != nil {
			return p, err
		}
	}
	return p.doubtDevice(policy), nil
}

// stampOffline applies the rule's words about offline punches, which are about people (USER, AUTO_CHECK) and not about machines.
func (p PunchRecorded) stampOffline(policy PunchPolicy, received Instant) (PunchRecorded, error) {
	personal := p.SourceType == SourceUser || p.SourceType == SourceAutoCheck
	if personal && policy.OfflineMode == offlineForbid {
		return p, Refuse("offline_forbidden", "the rule of the group forbids punches made offline; ask for a makeup instead")
	}
	p = p.flag(FlagOffline)
	lower, upper := p.At, received
	p.AtLower, p.AtUpper = &lower, &upper
	tooLate := policy.OfflineMode != "" && received.Time().Sub(p.At.Time()) > time.Duration(policy.MaxDelayMin)*time.Minute
	if personal && (policy.OfflineMode == offlineApprove || tooLate) {
		p = p.flag(FlagOfflineUnapproved)
	}
	return p, nil
}

// doubtDevice flags a device that is not bound, and a position that is too rough.
func (p PunchRecorded) doubtDevice(policy PunchPolicy) PunchRecorded {
	if policy.BoundDeviceRequired && p.SourceType == SourceUser {
		if p.DeviceBound == nil {
			no := false
			p.DeviceBound = &no
		}
		if !*p.DeviceBound {
			p = p.flag(FlagUnboundDevice)
		}
	}
	if p.AccuracyM != nil && *p.AccuracyM > AccuracyLimitM {
		p = p.flag(FlagLowAccuracy)
	}
	return p
}

func (p PunchRecorded) flag(f Flag) PunchRecorded {
	p.Flags = append(p.Flags[:len(p.Flags):len(p.Flags)], f)
	return p
}
