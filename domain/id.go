package domain

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

// ID is a UUID; it is hashed as 16 bytes and written as canonical text.
type ID = uuid.UUID

// Preimage collects the bytes of a hash in the ledger's form (events §1).
type Preimage struct{ bytes []byte }

// NewPreimage starts with a tag such as "daka/event/1", written raw.
func NewPreimage(tag string) *Preimage { return &Preimage{bytes: []byte(tag)} }

// Raw adds bytes as they are, such as a UUID's 16.
func (p *Preimage) Raw(b []byte) *Preimage {
	p.bytes = append(p.bytes, b...)
	return p
}

// LP adds a u32 big-endian length and the text's bytes.
func (p *Preimage) LP(s string) *Preimage { return p.LPBytes([]byte(s)) }

// LPBytes adds a u32 big-endian length and the bytes.
func (p *Preimage) LPBytes(b []byte) *Preimage {
	p.bytes = binary.BigEndian.AppendUint32(p.bytes, uint32(len(b)))
	p.bytes = append(p.bytes, b...)
	return p
}

// LPID adds an id with its length; the nil id is written as empty, as events §1 asks for "no organization".
func (p *Preimage) LPID(id ID) *Preimage {
	if id == uuid.Nil {
		return p.LPBytes(nil)
	}
	return p.LPBytes(id[:])
}

// U32 adds a big-endian integer.
func (p *Preimage) U32(n uint32) *Preimage {
	p.bytes = binary.BigEndian.AppendUint32(p.bytes, n)
	return p
}

// U64 adds a big-endian integer.
func (p *Preimage) U64(n uint64) *Preimage {
	p.bytes = binary.BigEndian.AppendUint64(p.bytes, n)
	return p
}

// Bytes is the preimage so far.
func (p *Preimage) Bytes() []byte { return p.bytes }

// ID hashes the preimage to a UUIDv8: the first 16 bytes of SHA-256 with version 8 and variant 10.
func (p *Preimage) ID() ID {
	sum := sha256.Sum256(p.bytes)
	id := ID(sum[:16])
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return id
}

// EventID is the deterministic id of the index-th event of a command (events §1).
func EventID(org ID, stream string, command ID, index int) ID {
	return NewPreimage("daka/event/1").LPID(org).LP(stream).Raw(command[:]).U32(uint32(index)).ID()
}

// EffectPreimage is what the id of the step-th command that follows from an event hashes (events §1).
func EffectPreimage(causing ID, step int) *Preimage {
	return NewPreimage("daka/effect/1").Raw(causing[:]).U32(uint32(step))
}

// EffectID is the id of the step-th command that follows from an event (events §1).
func EffectID(causing ID, step int) ID { return EffectPreimage(causing, step).ID() }

// ClockPreimage is what the command id of ClockAdvanced hashes; through is written as in the event.
func ClockPreimage(org ID, through Instant) *Preimage {
	return NewPreimage("daka/clock/1").LPID(org).LP(through.String())
}

// ClockID is the command id of ClockAdvanced.
func ClockID(org ID, through Instant) ID { return ClockPreimage(org, through).ID() }

// ImportPreimage is what an import's command id hashes: organization, the files by content and in order, format and zone; never file names (events §1).
func ImportPreimage(org ID, files []ImportFile, format, zone string) *Preimage {
	p := NewPreimage("daka/import-command/1").LPID(org).U32(uint32(len(files)))
	for _, f := range files {
		p.LP(f.SHA256)
	}
	return p.LP(format).LP(zone)
}

// ServerID is an id made by the server from a command: kind is org, group, request, import, invitation, period, account, machine, department.
func ServerID(kind string, command ID) ID {
	return NewPreimage("daka/" + kind + "/1").Raw(command[:]).ID()
}

// ProvisionedMemberID is the id of a member that HR provisioned: by number and the revision of its BadgeAssigned (events §1).
func ProvisionedMemberID(org ID, number string, badgeRevision uint64) ID {
	return NewPreimage("daka/member/1").LPID(org).LP(number).U64(badgeRevision).ID()
}

// JoinedMemberID is the id of a member that joined with an account (events §1).
func JoinedMemberID(org, account ID) ID {
	return NewPreimage("daka/member/1").LPID(org).Raw(account[:]).ID()
}

// PunchFact is a punch that comes without a command id: a line of a file or a machine's record (events §1).
type PunchFact struct {
	Org ID
	// Source is the machine's serial if known, else "file".
	Source string
	// Number is the badge number as Number gives it.
	Number string
	// Wall is the wall clock, YYYY-MM-DDTHH:MM:SS.
	Wall string
	// Zone is the IANA zone in which the wall clock was read.
	Zone string
	// State is the machine's state column verbatim, IN/OUT for wide files, else the check type or empty.
	State string
}

// Preimage is what the command id hashes, and what the request hash of such a punch covers.
func (f PunchFact) Preimage() []byte {
	return NewPreimage("daka/punch/1").LPID(f.Org).LP(f.Source).LP(f.Number).LP(f.Wall).LP(f.Zone).LP(f.State).Bytes()
}

// CommandID makes equal lines one fact.
func (f PunchFact) CommandID() ID { return (&Preimage{bytes: f.Preimage()}).ID() }

// TimeOfV7 is the UTC millisecond inside a UUIDv7; ok is false for any other id.
func TimeOfV7(id ID) (t time.Time, ok bool) {
	if id.Version() != 7 || id.Variant() != uuid.RFC4122 {
		return time.Time{}, false
	}
	var b [8]byte
	copy(b[2:], id[:6])
	return time.UnixMilli(int64(binary.BigEndian.Uint64(b[:]))).UTC(), true
}
