package projections

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/tables"
)

// hostile writes what an organization must never be able to harm others with. Its defects pass no command, but may have been written by
// an older version, another program or somebody with the store's password.
type hostile struct {
	*testLedger
	*rand.Rand
	alphabet []byte
}

func (h *hostile) member() domain.ID { return seeded(h.base + 100 + uint64(h.IntN(80))) }

// odd is a text that Postgres, an index or a parser stumbles over.
func (h *hostile) odd() string {
	return []string{"\x00", "a\x00b", strings.Repeat("长", 3000), "\u202e\u2066", "'; DROP TABLE days; --", `\u0000`, "", "\\"}[h.IntN(8)]
}

func (h *hostile) date() domain.Date {
	return []domain.Date{"0000-01-01", "0001-01-01", "9999-12-31", "2026-03-02", "1582-10-10"}[h.IntN(5)]
}

func (h *hostile) at() domain.Instant {
	return domain.At(instant([]string{"0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-03-02T01:00:00Z"}[h.IntN(3)]))
}

// event is one of every kind that the read models fold, with odd values.
func (h *hostile) event(m domain.ID) (string, domain.Event) {
	shift, text, zone := h.odd(), h.odd(), []string{"Asia/Shanghai", "Mars/Phobos", "\x00", "Local"}[h.IntN(4)]
	request := seeded(h.base + 5000 + uint64(h.IntN(50)))
	asked := domain.RequestStream(h.org, request)
	sheet, own := domain.TimesheetStream(h.org, m, "202603"), domain.MemberStream(h.org, m)
	kinds := []func() (string, domain.Event){
		func() (string, domain.Event) {
			return own, domain.MemberProvisioned{Member: m, Number: text, Position: text, Joined: h.date()}
		},
		func() (string, domain.Event) { return own, domain.GroupAssigned{Group: h.group, From: h.date()} },
		func() (string, domain.Event) { return own, domain.MemberChanged{Number: &text, Position: &shift} },
		func() (string, domain.Event) { return own, domain.MemberLeft{Left: h.date()} },
		func() (string, domain.Event) {
			return domain.OrgStream(h.org), domain.OrganizationCreated{Name: text, Industry: text, Country: text}
		},
		func() (string, domain.Event) {
			return domain.OrgStream(h.org), domain.LeaveTypeDefined{LeaveType: text, Name: text, Unit: "day"}
		},
		func() (string, domain.Event) {
			rule := []string{`{}`, `{"name":"x\u0000"}`, `{"week":[1e999999]}`, strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200), fmt.Sprintf(nineToSix, h.IntN(9))}[h.IntN(5)]
			return domain.GroupStream(h.org, h.group), domain.RuleChanged{Version: 1 + h.IntN(1<<40), EffectiveFrom: h.date(), Rule: []byte(rule)}
		},
		func() (string, domain.Event) {
			return domain.CalendarStream(h.org), domain.HolidayDeclared{Date: h.date(), Name: text}
		},
		func() (string, domain.Event) {
			return domain.CalendarStream(h.org), domain.CalendarYearLoaded{Country: text, Year: h.IntN(1 << 40), Source: text, Holidays: map[domain.Date]string{h.date(): text}}
		},
		func() (string, domain.Event) {
			return domain.RosterStream(h.org, m, 2026, 3), domain.ShiftScheduled{Member: m, Shifts: map[domain.Date]*string{h.date(): &shift, h.date(): nil}, Cleared: []domain.Date{h.date()}}
		},
		func() (string, domain.Event) {
			return sheet, domain.SlotCorrected{Member: m, Date: h.date(), Section: 1 + h.IntN(1<<40), CheckType: domain.OnDuty, At: h.at(), Zone: zone}
		},
		func() (string, domain.Event) {
			return sheet, domain.PunchRecorded{Member: m, At: h.at(), Zone: zone, SourceType: domain.SourceUser, Number: text, Wall: text, DeviceID: text, RuleVersion: h.IntN(1 << 40)}
		},
		func() (string, domain.Event) {
			return sheet, domain.PunchReviewed{Punch: seeded(h.Uint64()), Review: "rejected"}
		},
		func() (string, domain.Event) {
			return asked, domain.LeaveRequested{Request: request, Member: m, LeaveType: text, Span: domain.Span{FromDate: h.date(), ToDate: h.date(), Zone: zone}}
		},
		func() (string, domain.Event) { return asked, domain.RequestApproved{Request: request, Member: m} },
		func() (string, domain.Event) {
			return domain.BadgeStream(h.org, text), domain.BadgeAssigned{Number: text, Member: m, From: h.date()}
		},
		func() (string, domain.Event) {
			return domain.ClockStream(h.org, h.at()), domain.ClockAdvanced{Through: h.at()}
		},
	}
	return kinds[h.IntN(len(kinds))]()
}

// strike writes some events to one stream; some are damaged in their bytes, their type or their version.
func (h *hostile) strike(n int) {
	stream, e := h.event(h.member())
	_, err := h.encode(stream, h.org, e)
	for err != nil { // no version could have written this one
		stream, e = h.event(h.member())
		_, err = h.encode(stream, h.org, e)
	}
	var raws []eventlog.Raw
	for range n {
		raw := h.raw(stream, h.org, e)
		switch h.IntN(12) {
		case 0:
			raw.Data = damage(h.Rand, raw.Data, h.alphabet)
		case 1:
			raw.Metadata = damage(h.Rand, raw.Metadata, h.alphabet)
		case 2:
			raw.Metadata = []byte("{}")
		case 3:
			raw.Type = "Made\x00Up"
		case 4:
			raw.Metadata = []byte(strings.Replace(string(raw.Metadata), `"schema":1`, `"schema":99`, 1))
		}
		raws = append(raws, raw)
	}
	h.append(stream, raws...)
}

// quiet is an ordinary morning of an organization: everything that days depend on.
func (l *testLedger) quiet(i int) string {
	m := l.members[i%len(l.members)]
	return l.punch(m, fmt.Sprintf("2026-03-%02dT%02d:%02d:00", 2+i/len(l.members)%20, 8+i%3*5, i%60))
}

// ownRows are an organization's rows, but for their places in the log.
func (l *testLedger) ownRows(org domain.ID) map[string][]string {
	rows := map[string][]string{}
	for _, table := range tables.Names() {
		if table != "stream_heads" && table != "parked_events" && table != "parked" {
			rows[table] = l.rows("SELECT t::text FROM rm."+table+" t WHERE org = $1 ORDER BY 1", org)
		}
	}
	return rows
}

// TestOneTenantsDefectsLeaveTheOthersRows as they are without it: ten thousand events of every defect, beside an ordinary organization.
func TestOneTenantsDefectsLeaveTheOthersRows(t *testing.T) {
	const each = 5
	strikes := size("DAKA_STRIKES", 10_000) / each
	shared, alone := newTestLedger(t), newTestLedger(t)
	bad := shared.another(1)
	h := &hostile{testLedger: bad, Rand: rand.New(rand.NewPCG(14, 3)), alphabet: []byte(`{}[]:,"\ 09afAFzZ-.` + "\x00\x1f\x80é")}
	shared.run()
	alone.run()
	bad.found(1)
	for _, l := range []*testLedger{shared, alone} {
		l.found(4)
	}
	for i := range strikes {
		h.strike(each)
		if i%10 == 0 {
			shared.quiet(i / 10)
			alone.quiet(i / 10)
		}
	}
	sheet := domain.TimesheetStream(bad.org, seeded(bad.base+177), "202603")
	bad.append(sheet, bad.raw(sheet, bad.org, domain.PunchReviewed{Punch: seeded(1), Review: "rejected"}))
	bad.deleteForGood(sheet)
	for _, l := range []*testLedger{shared, alone} {
		l.settled(l.advance("2026-03-25T00:00:00Z"))
	}
	ctx := context.Background()
	require.NoError(t, shared.engine.Ready(ctx))
	require.Equal(t, alone.ownRows(alone.org), shared.ownRows(shared.org))
	require.NotEmpty(t, shared.ownRows(shared.org)["days"])
	parked, err := shared.engine.Ledgers.Parked(ctx, nil)
	require.NoError(t, err)
	require.NotEmpty(t, parked)
	for _, k := range parked {
		require.Equal(t, bad.org, k.Org)
	}
	shared.settledAll()
	shared.clean()
}

// settledAll waits until no day of anybody waits.
func (l *testLedger) settledAll() {
	l.t.Helper()
	require.Eventually(l.t, func() bool { return len(l.rows("SELECT member::text FROM rm.dirty LIMIT 1")) == 0 }, 2*time.Minute, 20*time.Millisecond)
}

// damage changes up to two bytes at random.
func damage(random *rand.Rand, b, alphabet []byte) []byte {
	out := append([]byte(nil), b...)
	for range random.IntN(3) {
		at := random.IntN(len(out))
		switch random.IntN(3) {
		case 0:
			out[at] = alphabet[random.IntN(len(alphabet))]
		case 1:
			out = append(out[:at], out[at+1:]...)
		default:
			out = append(out[:at], append([]byte{alphabet[random.IntN(len(alphabet))]}, out[at:]...)...)
		}
	}
	return out
}
