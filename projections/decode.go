package projections

import (
	"fmt"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/wire"
)

// decoder reads punches the short way; words that come again and again are kept once.
type decoder struct{ words map[string]string }

func newDecoder() *decoder { return &decoder{words: map[string]string{}} }

// wordLimit bounds what a decoder keeps, in case words do not come again.
const wordLimit = 4096

func (d *decoder) word(b []byte) string {
	if w, ok := d.words[string(b)]; ok {
		return w
	}
	w := string(b)
	if len(d.words) < wordLimit {
		d.words[w] = w
	}
	return w
}

// safely turns a panic into an error: bytes that no reader was made for are their subject's matter, not everybody's.
func (d *decoder) safely(raw *eventlog.Raw) (e domain.Event, m domain.Metadata, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			e, m, err = nil, domain.Metadata{}, fmt.Errorf("decode %q: panic: %v", raw.Type, caught)
		}
	}()
	return d.read(raw)
}

// read decodes an event as rows can take it; most are punches without personal values, which need no reflection: their texts hold no escapes.
func (d *decoder) read(raw *eventlog.Raw) (domain.Event, domain.Metadata, error) {
	if raw.Type == "PunchRecorded" {
		var e domain.PunchRecorded
		var m domain.Metadata
		if d.metadata(raw.Metadata, &m) && m.Schema == 1 && d.punch(raw.Data, &e) {
			e.At, m.ReceivedAt = storableInstant(e.At), storableInstant(m.ReceivedAt)
			return e, m, nil
		}
	}
	e, m, err := wire.Decode(raw.Type, raw.Data, raw.Metadata)
	storableMetadata(&m)
	return storable(e), m, err
}

// The bits of what a punch and its metadata must have.
const (
	punchNeeds = 1 | 1<<1 | 1<<2 | 1<<3 | 1<<4
	metaNeeds  = 1 | 1<<1 | 1<<2 | 1<<3 | 1<<4 | 1<<5 | 1<<6
)

func (d *decoder) punch(b []byte, e *domain.PunchRecorded) bool {
	p := plain{b: b}
	seen := p.object(func(name []byte) uint32 {
		switch string(name) {
		case "member":
			e.Member = p.id()
			return 1
		case "at":
			e.At = p.instant()
			return 1 << 1
		case "zone":
			e.Zone = d.word(p.some())
			return 1 << 2
		case "source_type":
			e.SourceType = domain.SourceType(d.word(p.text()))
			p.bad = p.bad || !sourceTypes[e.SourceType]
			return 1 << 3
		case "rule_version":
			e.RuleVersion = p.number()
			return 1 << 4
		case "number":
			e.Number = d.word(p.text())
			return 1 << 5
		case "wall":
			e.Wall = string(p.text())
			return 1 << 6
		case "state":
			e.State = d.word(p.text())
			return 1 << 7
		case "source":
			e.Source = d.word(p.text())
			return 1 << 8
		case "check_type":
			e.CheckType = domain.CheckType(d.word(p.text()))
			p.bad = p.bad || (e.CheckType != domain.OnDuty && e.CheckType != domain.OffDuty)
			return 1 << 9
		case "group":
			id := p.id()
			e.Group = &id
			return 1 << 10
		}
		return 0
	})
	return p.end() && seen&punchNeeds == punchNeeds
}

var sourceTypes = map[domain.SourceType]bool{
	domain.SourceUser: true, domain.SourceATM: true, domain.SourceBeacon: true, domain.SourceBoss: true,
	domain.SourceApprove: true, domain.SourceSystem: true, domain.SourceAutoCheck: true, domain.SourceImport: true,
}

func (d *decoder) metadata(b []byte, m *domain.Metadata) bool {
	p := plain{b: b}
	pointer := func() *domain.ID {
		id := p.id()
		return &id
	}
	seen := p.object(func(name []byte) uint32 {
		switch string(name) {
		case "command_id":
			m.CommandID = p.id()
			return 1
		case "request_hash":
			m.RequestHash = string(p.some())
			return 1 << 1
		case "actor":
			d.actor(&p, &m.Actor)
			return 1 << 2
		case "subject":
			m.Subject = p.id()
			return 1 << 3
		case "received_at":
			m.ReceivedAt = p.instant()
			return 1 << 4
		case "correlation_id":
			m.CorrelationID = p.id()
			return 1 << 5
		case "schema":
			m.Schema = p.number()
			return 1 << 6
		case "org":
			m.Org = p.id()
			return 1 << 7
		case "via":
			m.Via = d.word(p.text())
			return 1 << 8
		case "causation_id":
			m.CausationID = pointer()
			return 1 << 9
		case "key_id":
			m.KeyID = pointer()
			return 1 << 10
		case "batch":
			m.Batch = pointer()
			return 1 << 11
		}
		return 0
	})
	return p.end() && seen&metaNeeds == metaNeeds && m.Schema >= 1
}

func (d *decoder) actor(p *plain, a *domain.Actor) {
	seen := p.object(func(name []byte) uint32 {
		switch string(name) {
		case "kind":
			a.Kind = domain.ActorKind(d.word(p.text()))
			switch a.Kind {
			case domain.ActorMember, domain.ActorAccount, domain.ActorToken, domain.ActorMachine, domain.ActorSystem:
			default:
				p.bad = true
			}
			return 1
		case "id":
			a.ID = d.word(p.some())
			return 2
		}
		return 0
	})
	if seen != 3 {
		p.bad = true
	}
}
