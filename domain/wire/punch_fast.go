package wire

import "github.com/dakahq/daka/domain"

// PunchReader reads ordinary punches without reflection; words that come again and again are kept once. It serves one goroutine at a time.
type PunchReader struct{ words map[string]string }

// NewPunchReader makes a reader that has seen no word.
func NewPunchReader() *PunchReader { return &PunchReader{words: map[string]string{}} }

// wordLimit bounds what a reader keeps, in case words do not come again.
const wordLimit = 4096

// Read gives a PunchRecorded of version 1 without personal values, and its metadata, as Decode does. False is any other event, and one that
// is not written as Encode writes it: Decode reads that, or says what is wrong with it.
func (d *PunchReader) Read(eventType string, data, meta []byte) (e domain.PunchRecorded, m domain.Metadata, ok bool) {
	ok = eventType == "PunchRecorded" && d.metadata(meta, &m) && m.Schema == 1 && d.punch(data, &e)
	return e, m, ok
}

func (d *PunchReader) word(b []byte) string {
	if w, ok := d.words[string(b)]; ok {
		return w
	}
	w := string(b)
	if len(d.words) < wordLimit {
		d.words[w] = w
	}
	return w
}

// The bits of what a punch and its metadata must have.
const (
	punchNeeds = 1 | 1<<1 | 1<<2 | 1<<3 | 1<<4
	metaNeeds  = 1 | 1<<1 | 1<<2 | 1<<3 | 1<<4 | 1<<5 | 1<<6
)

func (d *PunchReader) punch(b []byte, e *domain.PunchRecorded) bool {
	p := fastJSON{b: b}
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

func (d *PunchReader) metadata(b []byte, m *domain.Metadata) bool {
	p := fastJSON{b: b}
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

func (d *PunchReader) actor(p *fastJSON, a *domain.Actor) {
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
