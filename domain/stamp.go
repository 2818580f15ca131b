package domain

import "time"

// The bounds within which a punch's time is believed.
const (
	// ClockSkewLimit is how far a client's clock may differ from the server's without a flag.
	ClockSkewLimit = time.Minute
	// OfflineAfter is how late a punch may arrive and still count as online.
	OfflineAfter = 5 * time.Minute
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
}

// Stamp gives a punch its effective time and the doubts about it; nothing but a rule that forbids offline punches refuses it.
//
// People's punches (USER, AUTO_CHECK) without a claim, or with one that lies ahead, count at their arrival. A claim that is
// at most 5 minutes old counts as it is; an older one is an offline punch, bounded by claim and arrival. Machines and
// programs are believed, but never ahead of their arrival.
func (p PunchRecorded) Stamp(claim PunchClaim, policy PunchPolicy, received Instant) (PunchRecorded, error) {
	p.At = received
	if claim.At == nil {
		return p.doubtDevice(policy), nil
	}
	p.ClaimedAt = claim.At
	late := received.Time().Sub(claim.At.Time())
	if late >= 0 {
		p.At = *claim.At
	}
	personal := p.SourceType == SourceUser || p.SourceType == SourceAutoCheck
	offline := personal && (claim.Offline || late > OfflineAfter)
	switch {
	case claim.At.Time().Year() < clockJumpBefore:
		p = p.flag(FlagClockJump)
	case late < -ClockSkewLimit, personal && !offline && late > ClockSkewLimit:
		p = p.flag(FlagClockSkew)
	}
	if offline {
		var err error
		if p, err = p.stampOffline(policy, received, late); err != nil {
			return p, err
		}
	}
	return p.doubtDevice(policy), nil
}

func (p PunchRecorded) stampOffline(policy PunchPolicy, received Instant, late time.Duration) (PunchRecorded, error) {
	if policy.OfflineMode == offlineForbid {
		return p, Refuse("offline_forbidden", "the rule of the group forbids punches made offline; ask for a makeup instead")
	}
	if late >= 0 {
		lower, upper := p.At, received
		p.AtLower, p.AtUpper = &lower, &upper
	}
	tooLate := policy.OfflineMode != "" && late > time.Duration(policy.MaxDelayMin)*time.Minute
	if policy.OfflineMode == offlineApprove || tooLate {
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
