package commands

import (
	"context"
	"strings"
	"time"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// Punches are recorded, reviewed, placed again and corrected here.
type Punches struct {
	ledger    *ledger.Ledger
	directory *directory.Directory
	find      finder
	// Photos knows the photos that were sent; nil knows none.
	Photos Photos
}

// RecordPunch is one punch of a member, named by id or by badge number.
type RecordPunch struct {
	// ID is an item's own command id inside a batch, a UUIDv7.
	ID     *domain.ID `json:"id,omitempty"`
	Member *domain.ID `json:"member,omitempty"`
	Number string     `json:"number,omitempty"`
	// ClaimedAt is what the client's clock said; Offline that there was no network then.
	ClaimedAt *time.Time `json:"claimed_at,omitempty" doc:"what the client's clock said; more than 60 s from the server's time and not offline, it is flagged clock_skew and the server's time counts"`
	Offline   bool       `json:"offline,omitempty" doc:"the punch was made without a network and comes later: claimed_at counts, and the punch carries the flag offline"`
	// Wall is a machine's local time, YYYY-MM-DDTHH:MM:SS, in Zone; with a number and without an id it names the fact.
	Wall string `json:"wall,omitempty"`
	// Machine is the machine's serial, State its state column.
	Machine string `json:"machine,omitempty"`
	State   string `json:"state,omitempty"`
	// Zone is the IANA zone of the punch, by default that of the member's rule.
	Zone       string            `json:"zone,omitempty"`
	CheckType  domain.CheckType  `json:"check_type,omitempty" enum:"OnDuty,OffDuty"`
	SourceType domain.SourceType `json:"source_type,omitempty" enum:"USER,ATM,BEACON,AUTO_CHECK,IMPORT"`
	// Lat and Lng are WGS-84 degrees, AccuracyM metres.
	Lat       *float64 `json:"lat,omitempty" minimum:"-90" maximum:"90"`
	Lng       *float64 `json:"lng,omitempty" minimum:"-180" maximum:"180"`
	AccuracyM *int     `json:"accuracy_m,omitempty" minimum:"0" maximum:"40000000"`
	SSID      string   `json:"ssid,omitempty"`
	BSSID     string   `json:"bssid,omitempty"`
	DeviceID  string   `json:"device_id,omitempty"`
	// DeviceBound is said by programs that know the device.
	DeviceBound *bool  `json:"device_bound,omitempty"`
	Address     string `json:"address,omitempty" format:"multiline"`
	Note        string `json:"note,omitempty" format:"multiline"`
	// Photo names an uploaded file by the SHA-256 of its ciphertext.
	Photo string `json:"photo,omitempty"`
	// IP is the address the request came from; the API sets it.
	IP string `json:"-"`
	// Refused is why an item of a batch is not written, nil for what is tried; who may write what is checked before.
	Refused *domain.Refusal `json:"-"`
	// claimedWall is ClaimedAt as a wall clock in Zone, which names an item of a batch that has no id.
	claimedWall string
}

// Record writes a punch. A doubt never refuses it: it is flagged, unless the published rule forbids punches made offline.
//
// The receipt's id is the punch's event id. A punch after a member left is written too, and its day is Unscheduled.
func (s *Punches) Record(ctx context.Context, call ledger.Call, req RecordPunch) (ledger.Receipt, error) {
	p, err := s.plan(ctx, call, req)
	if err != nil {
		return ledger.Receipt{}, err
	}
	outcomes, err := ledger.HandleMany(ctx, s.ledger, p.stream, []ledger.Item[domain.TimesheetState]{p.item()})
	if err != nil {
		return ledger.Receipt{}, err
	}
	return punchReceipt(outcomes[0].Receipt), outcomes[0].Err
}

// punchReceipt names the punch that was made.
func punchReceipt(r ledger.Receipt) ledger.Receipt {
	if len(r.Events) > 0 {
		r.ID = r.Events[0]
	}
	return r
}

// plannedPunch is a punch with its address and its decision.
type plannedPunch struct {
	call   ledger.Call
	stream string
	decide func(domain.TimesheetState, domain.Instant) ([]domain.Event, error)
}

// item is the punch as a command on its stream. What else the stream holds does not matter to it.
func (p plannedPunch) item() ledger.Item[domain.TimesheetState] {
	return ledger.Item[domain.TimesheetState]{Call: p.call, Decide: p.decide, Stateless: true}
}

func (s *Punches) plan(ctx context.Context, call ledger.Call, req RecordPunch) (plannedPunch, error) {
	if _, err := s.find.organization(ctx, call.Org); err != nil {
		return plannedPunch{}, err
	}
	fact, err := req.fact(call.Org)
	if err != nil {
		return plannedPunch{}, err
	}
	var month string
	if fact != nil && call.CommandID == (domain.ID{}) {
		call, month = call.Derive(domain.NewPreimage("").Raw(fact.Preimage())), domain.WallMonth(fact.Wall)
	} else if month, err = domain.CommandMonth(call.CommandID); err != nil {
		return plannedPunch{}, err
	}
	e, err := req.event()
	if err != nil {
		return plannedPunch{}, err
	}
	e.Member, err = s.puncher(ctx, call, req, e.Number, month)
	if err != nil {
		return plannedPunch{}, err
	}
	call.Subject = e.Member
	if s.writesOwn(call, req, e.Member) {
		e.Flags = append(e.Flags, domain.FlagSelfWritten)
	}
	if e.Photo != "" && (s.Photos == nil || !s.Photos.Has(call.Org, e.Member, e.Photo)) {
		e.Photo = "" // never sent, or not theirs: the punch is written all the same, and lacks a photo where the rule asks for one
	}
	decide := func(_ domain.TimesheetState, now domain.Instant) ([]domain.Event, error) {
		return s.decide(call.Org, req, e, now)
	}
	return plannedPunch{call, domain.TimesheetStream(call.Org, e.Member, month), ledger.CheckTime(call, decide)}, nil
}

// writesOwn says that a person writes a punch of their own that is not simply made: as a machine's or a file's, or by a program.
func (s *Punches) writesOwn(call ledger.Call, r RecordPunch, member domain.ID) bool {
	if s.find.person(call.Org, call.Actor) != member {
		return false
	}
	plain := (r.SourceType == "" || r.SourceType == domain.SourceUser) && r.Number == "" && r.Wall == "" && r.Machine == "" && r.DeviceBound == nil
	return call.Actor.Kind != domain.ActorMember || !plain
}

// fact is the identity of a punch that comes by number and wall clock without an id; nil for all others. A member's id stands for the number.
func (r RecordPunch) fact(org domain.ID) (*domain.PunchFact, error) {
	f := domain.PunchFact{Org: org, Source: r.Machine, Wall: r.Wall, Zone: r.Zone, State: r.State}
	switch {
	case r.Wall != "":
		if _, err := r.wallAt(); err != nil {
			return nil, err
		}
	case r.claimedWall != "":
		f.Wall = r.claimedWall
	default:
		return nil, nil
	}
	if f.Source == "" {
		f.Source = "file"
	}
	if f.State == "" {
		f.State = string(r.CheckType)
	}
	if r.Member != nil {
		f.Number = r.Member.String()
		return &f, nil
	}
	var err error
	f.Number, err = domain.Number(r.Number)
	return &f, err
}

func (r RecordPunch) wallAt() (domain.Instant, error) {
	var p domain.Problems
	zone, err := domain.Zone(r.Zone)
	if err != nil {
		p.Add("/zone", err.Error())
	}
	wall, err := time.Parse(domain.WallLayout, r.Wall)
	if err != nil {
		p.Add("/wall", "must be a local time such as 2026-03-02T09:06:00")
	} else {
		p.PunchInstant("/wall", wall)
	}
	if err := p.Err(); err != nil {
		return domain.Instant{}, err
	}
	return domain.WallInstant(wall, zone), nil
}

// event is the punch as far as the request tells it.
func (r RecordPunch) event() (domain.PunchRecorded, error) {
	var p domain.Problems
	e := domain.PunchRecorded{
		Zone: r.Zone, Wall: r.Wall + r.claimedWall, State: p.Text("/state", r.State, false), Source: p.Text("/machine", r.Machine, false),
		CheckType: r.CheckType, SourceType: r.SourceType, AccuracyM: r.AccuracyM, DeviceBound: r.DeviceBound,
		DeviceID: p.Text("/device_id", r.DeviceID, false), Photo: r.Photo,
		SSID: domain.PrivateText(p.Text("/ssid", r.SSID, false)), BSSID: domain.PrivateText(p.Text("/bssid", r.BSSID, false)),
		IP: domain.PrivateText(r.IP), Address: domain.PrivateText(p.FreeText("/address", r.Address)), Note: domain.PrivateText(p.FreeText("/note", r.Note)),
	}
	switch {
	case e.SourceType == "" && r.Wall != "":
		e.SourceType = domain.SourceATM
	case e.SourceType == "":
		e.SourceType = domain.SourceUser
	}
	if r.Number != "" {
		e.Number = p.Number("/number", r.Number)
	}
	if r.ClaimedAt != nil {
		p.PunchInstant("/claimed_at", *r.ClaimedAt)
	}
	r.checkWho(&p)
	r.checkLists(&p)
	e.Lat, e.Lng = r.coordinates(&p)
	return e, p.Err()
}

func (r RecordPunch) checkWho(p *domain.Problems) {
	if (r.Member == nil) == (r.Number == "") {
		p.Add("/member", "must be given, or number; give one of the two")
	}
	if r.ClaimedAt != nil && r.Wall != "" {
		p.Add("/claimed_at", "and wall exclude each other; give one of the two")
	}
	if r.Zone != "" {
		if _, err := domain.Zone(r.Zone); err != nil {
			p.Add("/zone", err.Error())
		}
	}
}

func (r RecordPunch) checkLists(p *domain.Problems) {
	switch r.CheckType {
	case "", domain.OnDuty, domain.OffDuty:
	default:
		p.Add("/check_type", "must be OnDuty, OffDuty or left out")
	}
	switch r.SourceType {
	case "", domain.SourceUser, domain.SourceATM, domain.SourceBeacon, domain.SourceAutoCheck, domain.SourceImport:
	default:
		p.Add("/source_type", "must be USER, ATM, BEACON, AUTO_CHECK or IMPORT; makeups and corrections have paths of their own")
	}
	if r.Photo != "" && (len(r.Photo) != 64 || strings.Trim(r.Photo, "0123456789abcdef") != "") {
		p.Add("/photo", "must be the SHA-256 of an uploaded file, 64 lower-case hex digits")
	}
}

// accuracyLimit is a way around the Earth, in metres.
const accuracyLimit = 40_000_000

func (r RecordPunch) coordinates(p *domain.Problems) (lat, lng *domain.Sealed[float64]) {
	if (r.Lat == nil) != (r.Lng == nil) {
		p.Add("/lat", "and lng come together; give both or none")
	}
	if r.AccuracyM != nil {
		p.Within("/accuracy_m", float64(*r.AccuracyM), 0, accuracyLimit)
	}
	if r.Lat == nil || r.Lng == nil {
		return nil, nil
	}
	p.Within("/lat", *r.Lat, -90, 90)
	p.Within("/lng", *r.Lng, -180, 180)
	return domain.Private(*r.Lat), domain.Private(*r.Lng)
}

// puncher is the member who punched. A number goes to its holder on the punch's date, unless the command is already in
// another holder's month (events §1).
func (s *Punches) puncher(ctx context.Context, call ledger.Call, req RecordPunch, number, month string) (domain.ID, error) {
	if req.Member != nil {
		m, err := s.find.member(ctx, call.Org, *req.Member)
		return m.ID, err
	}
	holdings, err := s.find.holders(ctx, call.Org, number)
	if err != nil {
		return domain.ID{}, err
	}
	holder, ok := domain.HolderOn(holdings, s.dateOf(call.Org, req, holdings))
	if !ok {
		return domain.ID{}, domain.Refuse("member_not_found", "no member has the number %s; provision the member first", number)
	}
	seen := map[domain.ID]bool{holder: true}
	for _, h := range holdings {
		if seen[h.Member] {
			continue
		}
		seen[h.Member] = true
		found, err := s.find.alreadyIn(ctx, call.CommandID, domain.TimesheetStream(call.Org, h.Member, month))
		if err != nil || found {
			return h.Member, err
		}
	}
	return holder, nil
}

// alreadyIn says that a command is already in a stream.
func (s finder) alreadyIn(ctx context.Context, command domain.ID, stream string) (bool, error) {
	_, events, err := ledger.FoldStream[domain.TimesheetState](ctx, s.ledger, stream)
	for _, e := range events {
		if e.Metadata.CommandID == command {
			return true, err
		}
	}
	return false, err
}

// dateOf is the local date of a punch, to find the holder of its number.
func (s *Punches) dateOf(org domain.ID, req RecordPunch, holdings []domain.Holding) domain.Date {
	if req.Wall != "" {
		return domain.Date(req.Wall[:10])
	}
	at := s.ledger.Clock()
	if claim, err := req.claim(); err == nil {
		effective, _ := claim.Effective(domain.At(at))
		at = effective.Time()
	}
	if req.Zone == "" && len(holdings) > 0 {
		return domain.DateOf(at, s.directory.Standing(org, holdings[len(holdings)-1].Member, at).Zone)
	}
	zone, err := s.find.zones.load(req.Zone)
	if err != nil {
		zone = time.UTC
	}
	return domain.DateOf(at, zone)
}

// decide stamps the time, locates the punch by place, network and device as the rule known now has them, and writes it.
func (s *Punches) decide(org domain.ID, req RecordPunch, e domain.PunchRecorded, now domain.Instant) ([]domain.Event, error) {
	claim, err := req.claim()
	if err != nil {
		return nil, err
	}
	at, _ := claim.Effective(now)
	standing := s.directory.Standing(org, e.Member, at.Time())
	if !standing.Organization.Attendance {
		return nil, domain.Refuse("attendance_disabled", "attendance is switched off for this organization; an administrator can switch it on")
	}
	if e.Zone == "" {
		e.Zone = standing.Zone.String()
	}
	if e, err = e.Stamp(claim, policyOf(standing.Plan), domain.Arrival{Received: now, Clock: domain.At(s.ledger.Clock())}); err != nil {
		return nil, err
	}
	if standing.Plan != nil {
		e.Group, e.RuleVersion = standing.Group, standing.Version
		e.PlaceID, e.NetworkID, e.DistanceM, _ = attendance.Judge(standing.Plan, req.Lat, req.Lng, req.SSID, req.BSSID, req.IP)
	}
	return []domain.Event{e}, nil
}

func (r RecordPunch) claim() (domain.PunchClaim, error) {
	claim := domain.PunchClaim{Offline: r.Offline}
	switch {
	case r.Wall != "":
		at, err := r.wallAt()
		if err != nil {
			return claim, err
		}
		claim.At, claim.Recorded = &at, true
	case r.ClaimedAt != nil:
		at := domain.At(*r.ClaimedAt)
		claim.At = &at
	}
	return claim, nil
}

func policyOf(plan *attendance.Plan) domain.PunchPolicy {
	if plan == nil {
		return domain.PunchPolicy{}
	}
	r := plan.Rule
	return domain.PunchPolicy{OfflineMode: r.OfflinePunch.Mode, MaxDelayMin: r.OfflinePunch.MaxDelayMin, BoundDeviceRequired: r.BoundDeviceRequired}
}
