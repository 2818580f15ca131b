package projections

import (
	"maps"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/tables"
)

// hot keeps in memory what the last pages read of members who punched, so that the next punch of the same days reads nothing.
//
// What is kept equals what Postgres would answer: the projector is the only writer, anything but a punch lets the whole organization
// go, days that are assessed otherwise let their member go, and a page that does not commit lets everything go.
type hot struct {
	works map[domain.ID]map[domain.ID]*kept
	// size and punches count the members kept, and their punches.
	size, punches int
}

// kept is a member's facts for one range of dates, and the digests of the days that the read model holds in it.
type kept struct {
	tables.Dates
	facts   facts.Member
	digests map[attendance.Date]int64
}

// hotMost bounds the members kept, of about 2 KB each without many punches; hotPunches bounds their punches, of about 250 bytes: a machine
// that sends the same again and again must not fill the memory.
const (
	hotMost    = 8192
	hotPunches = 1 << 18
)

func newHot() *hot { return &hot{works: map[domain.ID]map[domain.ID]*kept{}} }

func (h *hot) letOrgGo(org domain.ID) {
	for id := range h.works[org] {
		h.letGo(tables.MemberKey{Org: org, ID: id})
	}
	delete(h.works, org)
}

func (h *hot) letGo(m tables.MemberKey) {
	if was, ok := h.works[m.Org][m.ID]; ok {
		delete(h.works[m.Org], m.ID)
		h.size--
		h.punches -= len(was.facts.Punches)
	}
}

func (h *hot) clear() { *h = *newHot() }

// warm fills the works whose very days were assessed by an earlier page, with the punches that came since.
func (h *hot) warm(c *cohort, punches []*feed.Record) {
	for _, k := range c.works {
		if was := h.works[k.MemberKey.Org][k.ID]; was != nil && was.Dates == k.Dates {
			k.warm, k.facts, k.digests = true, was.facts, maps.Clone(was.digests)
		}
	}
	for _, r := range punches {
		e, _ := r.Event.(domain.PunchRecorded)
		if k := c.index[tables.MemberKey{Org: r.Name.Org, ID: e.Member}]; k != nil && k.warm {
			p, _ := facts.PunchOf(r.Fact())
			k.facts.Punches = append(k.facts.Punches, p)
		}
	}
}

// keep takes over what a page has assessed.
func (h *hot) keep(c *cohort) {
	if h.size+len(c.works) > hotMost || h.punches > hotPunches {
		h.clear()
	}
	for _, k := range c.works {
		digests := make(map[attendance.Date]int64, len(k.rows))
		for i := range k.rows {
			digests[k.rows[i].day.Date] = k.rows[i].digest
		}
		h.letGo(k.MemberKey)
		if h.works[k.MemberKey.Org] == nil {
			h.works[k.MemberKey.Org] = map[domain.ID]*kept{}
		}
		h.works[k.MemberKey.Org][k.ID] = &kept{k.Dates, k.facts, digests}
		h.size++
		h.punches += len(k.facts.Punches)
	}
}
