package facts

import (
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// Punch is a recorded punch and what was said about it later.
type Punch struct {
	// ID is that of the PunchRecorded.
	ID     domain.ID
	Member domain.ID
	At     time.Time
	// Zone is the IANA zone in which the punch was made.
	Zone       string
	CheckType  attendance.CheckType
	SourceType attendance.SourceType
	// Place is how the place was judged by the rule that Group and Version name; Unjudged without one.
	Place   attendance.Judgement
	Group   *domain.ID
	Version int
	// DeviceBound and Photo are nil where nobody asks.
	DeviceBound, Photo *bool
	Flags              []string
	Review             string
	Voided             bool
}

// PunchOf is what a PunchRecorded says; false for any other event.
func PunchOf(r Recorded) (Punch, bool) {
	e, is := r.Event.(domain.PunchRecorded)
	if !is {
		return Punch{}, false
	}
	p := Punch{
		ID: r.ID, Member: e.Member, At: e.At.Time(), Zone: e.Zone, CheckType: e.CheckType, SourceType: e.SourceType,
		Place: locate(e.RuleVersion, e.Group, e.PlaceID, e.NetworkID, e.SourceType), Group: e.Group, Version: e.RuleVersion,
		DeviceBound: e.DeviceBound, Photo: photographed(e.Photo, e.SourceType),
	}
	for _, f := range e.Flags {
		p.Flags = append(p.Flags, string(f))
	}
	return p, true
}

// photographed is nil where nobody asks: only punches from a phone can lack a photo (rules §6).
func photographed(photo string, source domain.SourceType) *bool {
	if photo == "" && source != domain.SourceUser {
		return nil
	}
	has := photo != ""
	return &has
}

// locate says how the place was judged when the punch was written (events §3); version 0 means that no rule judged. Whether that rule named any
// place is looked up later, see Fact.
func locate(version int, group *domain.ID, place, network string, source domain.SourceType) attendance.Judgement {
	switch {
	case version == 0 || group == nil:
		return attendance.Unjudged
	case place != "" || network != "":
		return attendance.Inside
	case source == domain.SourceUser || source == domain.SourceAutoCheck:
		return attendance.Outside
	}
	return attendance.Unjudged
}

// About is the punch that an event speaks of, after it was recorded; false for any other event.
func About(event domain.Event) (punch domain.ID, is bool) {
	switch e := event.(type) {
	case domain.PunchPlaced:
		return e.Punch, true
	case domain.PunchReviewed:
		return e.Punch, true
	case domain.PunchVoided:
		return e.Punch, true
	case domain.PunchRestored:
		return e.Punch, true
	}
	return punch, false
}

// Apply takes what an event says about the punch: placed, reviewed, voided or restored; any other event changes nothing.
func (p *Punch) Apply(event domain.Event) {
	switch e := event.(type) {
	case domain.PunchPlaced:
		p.Place = locate(e.RuleVersion, e.Group, e.PlaceID, e.NetworkID, domain.SourceUser)
		p.Group, p.Version = e.Group, e.RuleVersion
	case domain.PunchReviewed:
		p.Review = e.Review
	case domain.PunchVoided:
		p.Voided = true
	case domain.PunchRestored:
		p.Voided = false
	}
}

// Fact is the punch as Assess takes it: nobody was outside of a rule that names no place and no network.
func (p *Punch) Fact(o *Organization) attendance.Punch {
	place := p.Place
	if place == attendance.Outside && p.Group != nil && o.placeless(*p.Group, p.Version) {
		place = attendance.Inside
	}
	return attendance.Punch{
		ID: string(p.ID[:]), At: p.At, CheckType: p.CheckType, SourceType: p.SourceType, Place: place,
		DeviceBound: p.DeviceBound, Photo: p.Photo, Flags: p.Flags, Review: p.Review,
	}
}
