package assess

import (
	"maps"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/tables"
)

// Cache keeps in memory what the last pages read of members who punched, so that the next punch of the same days reads nothing.
//
// What is kept equals what Postgres would answer: the projector is the only writer, anything but a punch lets the whole organization
// go, days that are assessed otherwise let their member go, and a page that does not commit lets everything go.
type Cache struct {
	Works map[domain.ID]map[domain.ID]*kept
	// size and punches count the members kept, and their punches.
	Size, Punches int
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
	HotPunches = 1 << 18
)

// NewCache makes an empty one.
func NewCache() *Cache { return &Cache{Works: map[domain.ID]map[domain.ID]*kept{}} }

// EvictOrganization forgets the members of an organization.
func (h *Cache) EvictOrganization(org domain.ID) {
	for id := range h.Works[org] {
		h.Evict(tables.MemberKey{Org: org, ID: id})
	}
	delete(h.Works, org)
}

// Evict forgets a member.
func (h *Cache) Evict(m tables.MemberKey) {
	if was, ok := h.Works[m.Org][m.ID]; ok {
		delete(h.Works[m.Org], m.ID)
		h.Size--
		h.Punches -= len(was.facts.Punches)
	}
}

// Clear evicts everybody.
func (h *Cache) Clear() { *h = *NewCache() }

// Lookup fills the works whose very days were assessed by an earlier page, with the punches that came since.
func (h *Cache) Lookup(c *Cohort, punches []*feed.Record) {
	for _, k := range c.Works {
		if was := h.Works[k.MemberKey.Org][k.ID]; was != nil && was.Dates == k.Dates {
			k.warm, k.Facts, k.digests = true, was.facts, maps.Clone(was.digests)
		}
	}
	for _, r := range punches {
		e, _ := r.Event.(domain.PunchRecorded)
		if k := c.index[tables.MemberKey{Org: r.Name.Org, ID: e.Member}]; k != nil && k.warm {
			p, _ := facts.PunchOf(r.Fact())
			k.Facts.Punches = append(k.Facts.Punches, p)
		}
	}
}

// Store takes over what a page has assessed.
func (h *Cache) Store(c *Cohort) {
	if h.Size+len(c.Works) > hotMost || h.Punches > HotPunches {
		h.Clear()
	}
	for _, k := range c.Works {
		digests := make(map[attendance.Date]int64, len(k.Rows))
		for i := range k.Rows {
			digests[k.Rows[i].Day.Date] = k.Rows[i].digest
		}
		h.Evict(k.MemberKey)
		if h.Works[k.MemberKey.Org] == nil {
			h.Works[k.MemberKey.Org] = map[domain.ID]*kept{}
		}
		h.Works[k.MemberKey.Org][k.ID] = &kept{k.Dates, k.Facts, digests}
		h.Size++
		h.Punches += len(k.Facts.Punches)
	}
}
