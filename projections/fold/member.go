package fold

import (
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/tables"
)

const insertMember = `INSERT INTO members (org, member, number, name, name_event, email, email_event, phone, phone_event, key_id, position, account, joined, joined_at, roles, governed_from)
	SELECT $1, $2, $3, $4, $5, $6, $5, $7, $5, $8, $9, $10, $11, $12, '[]', ` + governedFrom + ` FROM (SELECT $1::uuid AS org, $2::uuid AS member) m`

// members writes memberships.
type members struct{ *Writer }

// member applies one membership, its badges and its groups.
func (w members) member(r *feed.Record) (bool, error) {
	org := r.Name.Org
	switch e := r.Event.(type) {
	case domain.MemberProvisioned:
		w.Do(insertMember, org, e.Member, e.Number, sealedText(e.Name), r.ID, sealedText(e.Email), sealedText(e.Phone), r.Metadata.KeyID, e.Position, nil, string(e.Joined), r.At())
		belonging{w.Writer}.join(r, e.Member, e.Department)
	case domain.MemberJoined:
		w.Do(insertMember, org, e.Member, e.Number, sealedText(e.Name), r.ID, nil, nil, r.Metadata.KeyID, e.Position, e.Account, string(e.Joined), r.At())
		belonging{w.Writer}.join(r, e.Member, e.Department)
	case domain.BadgeAssigned:
		badges{w.Writer}.assigned(r, e)
	case domain.BadgeReleased:
		badges{w.Writer}.released(r, e)
	default:
		return w.membership(r)
	}
	return true, nil
}

// membership applies the events that name their member by the stream alone.
func (w members) membership(r *feed.Record) (bool, error) {
	if r.Name.Category != "member" {
		return false, nil
	}
	m, err := MemberOfRest(r.Name)
	if err != nil {
		return true, err
	}
	switch e := r.Event.(type) {
	case domain.MemberLinked:
		w.Do(`UPDATE members SET account = $3 WHERE org = $1 AND member = $2`, m.Org, m.ID, e.Account)
	case domain.MemberChanged:
		w.memberChanged(r, m, e)
	case domain.MemberLeft:
		w.Do(`UPDATE members SET left_on = $3 WHERE org = $1 AND member = $2`, m.Org, m.ID, string(e.Left))
	case domain.GroupAssigned:
		belonging{w.Writer}.choose(m, e, r.At())
	case domain.RoleGranted:
		w.Do(`UPDATE members SET roles = roles || jsonb_build_array($3::jsonb) WHERE org = $1 AND member = $2 AND NOT roles @> jsonb_build_array($3::jsonb)`, m.Org, m.ID, tables.AsJSON(domain.RoleGranted{Role: e.Role, Department: e.Department, Group: e.Group}))
	case domain.RoleRevoked:
		w.Do(`UPDATE members SET roles = (SELECT coalesce(jsonb_agg(x), '[]') FROM jsonb_array_elements(roles) x WHERE x <> $3::jsonb) WHERE org = $1 AND member = $2`, m.Org, m.ID, tables.AsJSON(e))
	default:
		return w.waive(r, m)
	}
	return true, nil
}

// waive keeps the occasions whose penalties were taken back.
func (w members) waive(r *feed.Record, m tables.MemberKey) (bool, error) {
	switch e := r.Event.(type) {
	case domain.PenaltyWaived:
		w.Do(`INSERT INTO waivers (org, member, date, section, check_type, kind, event_id, at, actor, reason, key_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING`,
			m.Org, m.ID, string(e.Date), e.Section, string(e.CheckType), e.When, r.ID, r.At(), tables.AsJSON(r.Metadata.Actor), sealedText(e.Reason), r.Metadata.KeyID)
	case domain.PenaltyRestored:
		w.Do(`DELETE FROM waivers WHERE org = $1 AND member = $2 AND date = $3 AND section = $4 AND check_type = $5 AND kind = $6`,
			m.Org, m.ID, string(e.Date), e.Section, string(e.CheckType), e.When)
	default:
		return false, nil
	}
	return true, nil
}

func (w members) memberChanged(r *feed.Record, m tables.MemberKey, e domain.MemberChanged) {
	w.Do(`UPDATE members SET number = coalesce($3, number), position = coalesce($4, position) WHERE org = $1 AND member = $2`, m.Org, m.ID, e.Number, e.Position)
	belonging{w.Writer}.move(m, e)
	for _, f := range []struct {
		column string
		value  *domain.Sealed[string]
	}{{"name", e.Name}, {"email", e.Email}, {"phone", e.Phone}} {
		if f.value != nil {
			w.Do(`UPDATE members SET `+f.column+` = $3, `+f.column+`_event = $4, key_id = coalesce($5, key_id) WHERE org = $1 AND member = $2`,
				m.Org, m.ID, sealedText(f.value), r.ID, r.Metadata.KeyID)
		}
	}
	if e.Joined != nil {
		w.Do(`UPDATE members SET joined = $3, joined_at = NULL WHERE org = $1 AND member = $2`, m.Org, m.ID, string(*e.Joined))
	}
}
