package domain

import "github.com/dakahq/daka/domain/attendance"

// PunchRecorded is a raw fact: never changed, never dropped. Place, network and device were judged when it was written (events §3).
type PunchRecorded struct {
	Member ID `json:"member"`
	// Number is the badge number when the punch came by number.
	Number string `json:"number,omitempty"`
	// At is the effective instant; ClaimedAt what the client's clock said; AtLower and AtUpper bound it when offline.
	At        Instant  `json:"at"`
	ClaimedAt *Instant `json:"claimed_at,omitempty"`
	AtLower   *Instant `json:"at_lower,omitempty"`
	AtUpper   *Instant `json:"at_upper,omitempty"`
	// Zone is the IANA zone in which the punch was made.
	Zone string `json:"zone"`
	// Wall is the wall clock of a file or machine line, YYYY-MM-DDTHH:MM:SS, and State its state column.
	Wall       string     `json:"wall,omitempty"`
	State      string     `json:"state,omitempty"`
	Source     string     `json:"source,omitempty"` // the machine's serial, or "file"
	CheckType  CheckType  `json:"check_type,omitempty" enum:"OnDuty,OffDuty"`
	SourceType SourceType `json:"source_type" enum:"USER,ATM,BEACON,BOSS,APPROVE,SYSTEM,AUTO_CHECK,IMPORT"`
	PlaceID    string     `json:"place_id,omitempty"`
	NetworkID  string     `json:"network_id,omitempty"`
	DistanceM  *int       `json:"distance_m,omitempty"`
	AccuracyM  *int       `json:"accuracy_m,omitempty"`
	DeviceID   string     `json:"device_id,omitempty"`
	// DeviceBound is null when nothing was said about the device.
	DeviceBound *bool `json:"device_bound,omitempty"`
	// Group and RuleVersion name the rule that judged place, network and device; 0 is none.
	Group       *ID    `json:"group,omitempty"`
	RuleVersion int    `json:"rule_version"`
	Flags       []Flag `json:"flags,omitempty" enum:"clock_jump,clock_skew,unbound_device,shared_device,low_accuracy,impossible_speed,repeated_coordinates,photo_reused,offline_unapproved,offline,self_written"`
	// Photo names an encrypted file, by the SHA-256 of its ciphertext.
	Photo string `json:"photo,omitempty"`

	Lat     *Sealed[float64] `json:"lat,omitempty"` // WGS-84 degrees
	Lng     *Sealed[float64] `json:"lng,omitempty"`
	SSID    *Sealed[string]  `json:"ssid,omitempty"`
	BSSID   *Sealed[string]  `json:"bssid,omitempty"`
	IP      *Sealed[string]  `json:"ip,omitempty"`
	Address *Sealed[string]  `json:"address,omitempty" text:"lines"`
	Note    *Sealed[string]  `json:"note,omitempty" text:"lines"`
}

// CheckType is the slot a punch names: OnDuty, OffDuty or empty. It is the one of the rules.
type CheckType = attendance.CheckType

// The check types (design §3).
const (
	OnDuty  = attendance.OnDuty
	OffDuty = attendance.OffDuty
)

// SourceType says how a punch came. It is the one of the rules.
type SourceType = attendance.SourceType

// The source types (design §3).
const (
	SourceUser      = attendance.SourceUser
	SourceATM       = attendance.SourceATM
	SourceBeacon    = attendance.SourceBeacon
	SourceBoss      = attendance.SourceBoss
	SourceApprove   = attendance.SourceApprove
	SourceSystem    = attendance.SourceSystem
	SourceAutoCheck = attendance.SourceAutoCheck
	SourceImport    = attendance.SourceImport
)

// Flag is a doubt about a punch, of the closed list of events §3.
type Flag string

// The flags (events §3).
const (
	FlagClockJump           Flag = "clock_jump"
	FlagClockSkew           Flag = "clock_skew"
	FlagUnboundDevice       Flag = "unbound_device"
	FlagSharedDevice        Flag = "shared_device"
	FlagLowAccuracy         Flag = "low_accuracy"
	FlagImpossibleSpeed     Flag = "impossible_speed"
	FlagRepeatedCoordinates Flag = "repeated_coordinates"
	FlagPhotoReused         Flag = "photo_reused"
	FlagOfflineUnapproved   Flag = "offline_unapproved"
	// FlagOffline says that the time is the device's claim; alone it is no anomaly (rules §6).
	FlagOffline Flag = "offline"
	// FlagSelfWritten is on a person's own punch that they wrote as a file's, a machine's or a program's; another reviews it.
	FlagSelfWritten Flag = "self_written"
)

// PunchPlaced judges an older punch's place again, when HR asks and the coordinates can still be opened.
type PunchPlaced struct {
	Punch       ID     `json:"punch"` // the event id of PunchRecorded
	PlaceID     string `json:"place_id,omitempty"`
	NetworkID   string `json:"network_id,omitempty"`
	DistanceM   *int   `json:"distance_m,omitempty"`
	Group       *ID    `json:"group,omitempty"`
	RuleVersion int    `json:"rule_version"`
}

// PunchReviewed accepts or rejects a doubtful or offline punch.
type PunchReviewed struct {
	Punch  ID              `json:"punch"`
	Review string          `json:"review" enum:"approved,rejected"` // approved or rejected
	Reason *Sealed[string] `json:"reason,omitempty" text:"lines"`
}

// PunchVoided takes a punch out of the days because its import was reverted.
type PunchVoided struct {
	Punch  ID `json:"punch"`
	Import ID `json:"import"`
}

// PunchRestored puts a voided punch back.
type PunchRestored struct {
	Punch  ID `json:"punch"`
	Import ID `json:"import"`
}

// SlotCorrected is an administrator's correction (BOSS) of one slot.
type SlotCorrected struct {
	Member    ID              `json:"member"`
	Date      Date            `json:"date"`
	Section   int             `json:"section" min:"1"` // from 1
	CheckType CheckType       `json:"check_type" enum:"OnDuty,OffDuty"`
	At        Instant         `json:"at"`
	Zone      string          `json:"zone"`
	Reason    *Sealed[string] `json:"reason,omitempty" text:"lines"`
}

func (PunchRecorded) EventType() string { return "PunchRecorded" }
func (PunchPlaced) EventType() string   { return "PunchPlaced" }
func (PunchReviewed) EventType() string { return "PunchReviewed" }
func (PunchVoided) EventType() string   { return "PunchVoided" }
func (PunchRestored) EventType() string { return "PunchRestored" }
func (SlotCorrected) EventType() string { return "SlotCorrected" }
