package projections

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

// chance writes random facts of every kind that days depend on, in an order that people would not choose.
type chance struct {
	*testLedger
	*rand.Rand
	other    domain.ID
	versions map[domain.ID]int
	punches  map[domain.ID][]domain.ID
	requests int
	open     []domain.MakeupRequested
	clockAt  time.Time
}

const fourShifts = `{"name":"Night","kind":"fixed","time_zone":"America/New_York","effective_from":"2026-01-01",
	"shifts":{"night":{"sections":[{"on":"22:00","off":"30:00"}],"permit_late_min":%d,"late_out_late_in":[{"out_after_min":30,"in_later_min":60}]},
	"split":{"sections":[{"on":"08:00","off":"12:00"},{"on":"13:00","off":"17:00"}]}},"week":["night","night","split","split","night",null,"split"]}`

func (c *chance) date() domain.Date { return domain.Date(fmt.Sprintf("2026-03-%02d", 1+c.IntN(28))) }

func (c *chance) wall() string {
	return fmt.Sprintf("%sT%02d:%02d:%02d", c.date(), c.IntN(24), c.IntN(60), c.IntN(60))
}

func (c *chance) step() string {
	m := c.members[c.IntN(len(c.members))]
	sheet := domain.TimesheetStream(c.org, m, "202603")
	switch c.IntN(16) {
	case 0:
		c.clockAt = c.clockAt.Add(time.Duration(c.IntN(100)) * time.Hour)
		return c.write(domain.ClockStream(c.org, domain.At(c.clockAt)), c.org, domain.ClockAdvanced{Through: domain.At(c.clockAt)})
	case 1:
		group, document := c.group, nineToSix
		if c.IntN(2) == 0 {
			group, document = c.other, fourShifts
		}
		c.versions[group]++
		return c.write(domain.GroupStream(c.org, group), group, domain.RuleChanged{Version: c.versions[group], EffectiveFrom: c.date(), Rule: []byte(fmt.Sprintf(document, c.IntN(30)))})
	case 2:
		return c.write(domain.CalendarStream(c.org), c.org, domain.HolidayDeclared{Date: c.date(), Name: "Day", Withdrawn: c.IntN(3) == 0})
	case 3:
		return c.write(domain.CalendarStream(c.org), c.org, domain.WorkdayDeclared{Date: c.date(), Withdrawn: c.IntN(3) == 0})
	case 4:
		group := []domain.ID{c.group, c.other}[c.IntN(2)]
		return c.write(domain.MemberStream(c.org, m), m, domain.GroupAssigned{Group: group, From: c.date()})
	case 5:
		joined := c.date()
		return c.write(domain.MemberStream(c.org, m), m, domain.MemberChanged{Joined: &joined})
	case 6:
		return c.write(domain.MemberStream(c.org, m), m, domain.MemberLeft{Left: c.date()})
	case 7:
		shift := []string{"day", "night", "split"}[c.IntN(3)]
		return c.write(domain.RosterStream(c.org, m, 2026, 3), m, domain.ShiftScheduled{Member: m, Shifts: map[domain.Date]*string{c.date(): &shift, c.date(): nil}, Cleared: []domain.Date{c.date()}})
	case 8:
		return c.write(sheet, m, domain.SlotCorrected{Member: m, Date: c.date(), Section: 1, CheckType: domain.OnDuty, At: domain.At(instant(c.wall() + "+08:00")), Zone: "Asia/Shanghai"})
	case 9:
		return c.ask(m)
	case 10:
		return c.answer(m)
	case 11:
		return c.judge(m, sheet)
	}
	e := c.punchEvent(m, c.wall())
	c.punches[m] = append(c.punches[m], domain.ID{})
	raw := c.raw(sheet, m, e)
	c.punches[m][len(c.punches[m])-1] = raw.ID
	return c.append(sheet, raw)
}

func (c *chance) ask(m domain.ID) string {
	c.requests++
	id := seeded(uint64(5000 + c.requests))
	stream := domain.RequestStream(c.org, id)
	if c.IntN(2) == 0 {
		d := c.date()
		return c.write(stream, m, domain.LeaveRequested{Request: id, Member: m, LeaveType: "annual", Span: domain.Span{FromDate: d, ToDate: d.AddDays(c.IntN(3)), Zone: "Asia/Shanghai"}},
			domain.RequestApproved{Request: id, Member: m})
	}
	q := domain.MakeupRequested{Request: id, Member: m, Date: c.date(), Section: 1, CheckType: domain.OffDuty, At: domain.At(instant(c.wall() + "+08:00")), Zone: "Asia/Shanghai", Kind: "missing"}
	c.open = append(c.open, q)
	return c.write(stream, m, q)
}

func (c *chance) answer(m domain.ID) string {
	if len(c.open) == 0 {
		return c.ask(m)
	}
	q := c.open[0]
	c.open = c.open[1:]
	stream := domain.RequestStream(c.org, q.Request)
	switch c.IntN(3) {
	case 0:
		return c.write(stream, q.Member, domain.RequestRejected{Request: q.Request, Member: q.Member})
	case 1:
		return c.write(stream, q.Member, domain.RequestApproved{Request: q.Request, Member: q.Member}, domain.RequestCancelled{Request: q.Request, Member: q.Member})
	}
	return c.write(stream, q.Member, domain.RequestApproved{Request: q.Request, Member: q.Member})
}

func (c *chance) judge(m domain.ID, sheet string) string {
	if len(c.punches[m]) == 0 {
		return c.ask(m)
	}
	punch := c.punches[m][c.IntN(len(c.punches[m]))]
	switch c.IntN(3) {
	case 0:
		return c.write(sheet, m, domain.PunchReviewed{Punch: punch, Review: "rejected"})
	case 1:
		return c.write(sheet, m, domain.PunchVoided{Punch: punch, Import: seeded(77)}, domain.PunchRestored{Punch: punch, Import: seeded(77)})
	}
	return c.write(sheet, m, domain.PunchVoided{Punch: punch, Import: seeded(77)})
}

// TestRandomFactsLiveEqualsReplay is what dirty ranges must withstand: whatever happens in whatever order, the live days are those of a replay.
func TestRandomFactsLiveEqualsReplay(t *testing.T) {
	for seed := range uint64(size("DAKA_SEEDS", 4)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			l := newTestLedger(t)
			c := &chance{
				testLedger: l, Rand: rand.New(rand.NewPCG(seed, 7)), other: seeded(3), versions: map[domain.ID]int{l.group: 1, seeded(3): 1},
				punches: map[domain.ID][]domain.ID{}, clockAt: instant("2026-03-03T00:00:00Z"),
			}
			l.run()
			l.found(3)
			l.write(domain.GroupStream(l.org, c.other), c.other, domain.GroupCreated{Group: c.other, Name: "Night"},
				domain.RuleChanged{Version: 1, EffectiveFrom: "2026-01-01", Rule: []byte(fmt.Sprintf(fourShifts, 0))})
			var last string
			for i := range 120 {
				last = c.step()
				if i%17 == 0 {
					l.settled(last)
				}
			}
			l.settled(last)
			require.Empty(t, l.rows("SELECT reason FROM rm.parked"))
			d, err := l.engine.Diff(t.Context(), nil)
			require.NoError(t, err)
			for _, table := range d.Tables {
				var said strings.Builder
				for _, k := range table.Keys {
					fmt.Fprintf(&said, "%s %s\n live %s\n want %s\n", k.What, k.Key, k.Live, k.Want)
				}
				require.Zero(t, table.Differing, "%s\n%s", table.Table, said.String())
			}
			for _, m := range l.members {
				live, _, err := l.engine.Days.Of(t.Context(), l.org, m, "2026-02-20", "2026-04-20")
				require.NoError(t, err)
				known, err := l.engine.DaysKnownAt(t.Context(), l.org, m, "2026-02-20", "2026-04-20", l.clock)
				require.NoError(t, err)
				require.Equal(t, texts(live), texts(known))
			}
		})
	}
}
