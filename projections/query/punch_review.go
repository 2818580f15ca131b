package query

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// MemberPunch is a punch with the member it belongs to.
type MemberPunch struct {
	Punch
	Number string `json:"number"`
	name   memberName
}

// Name is the member's sealed name, nil when there is none.
func (p *MemberPunch) Name() *Sealed {
	return sealedOf(p.name.text, domain.MemberStream(p.name.org, p.Member), p.name.event, "/name", p.name.key)
}

// ReviewWaiting asks for punches that count under doubt until somebody reviews them.
const ReviewWaiting = "waiting"

// PunchFilter narrows the punches of a range of wall-clock dates, both inclusive; zero values do not.
type PunchFilter struct {
	From, To domain.Date
	// Review is ReviewWaiting, approved or rejected.
	Review     string
	Member     *domain.ID
	Department *domain.ID
	// Group is the group that held the member on the punch's date.
	Group *domain.ID
	// Among are the only members, nil for everybody.
	Among []domain.ID
}

// waits is true of punches that wait for a review: flagged offline_unapproved, self_written or clock_jump, or outside by the rule that judged them while the rule in
// force on their date says field_punch approve (rules §4). Where no rule of the organization says so, no punch is looked up in its rules.
var waits = fmt.Sprintf(`(NOT p.voided AND p.review = '' AND (p.flags && ARRAY['%s', '%s', '%s'] OR p.place = %d
	AND EXISTS (SELECT FROM rules WHERE org = $1 AND rule->>'field_punch' = '%s')
	AND (p.judged_group, p.judged_version) IN (SELECT group_id, version FROM rules WHERE org = $1
		AND (rule->>'places' NOT IN ('null', '[]') OR rule->>'networks' NOT IN ('null', '[]')))
	AND '%s' = (SELECT w.rule->>'field_punch' FROM assignments a JOIN rules w ON w.org = a.org AND w.group_id = a.group_id
		WHERE a.org = $1 AND a.member = p.member AND a.from_date <= p.local_date AND w.effective_from <= p.local_date
		ORDER BY a.from_date DESC, w.effective_from DESC, w.version DESC LIMIT 1)))`,
	attendance.FlagOfflineUnapproved, attendance.FlagSelfWritten, attendance.FlagClockJump, attendance.Outside, attendance.FieldApprove, attendance.FieldApprove)

// All lists an organization's punches of a range of dates by time, voided ones only where no review is asked for.
func (r *Punches) All(ctx context.Context, org domain.ID, f PunchFilter, cursor string, limit int) (Page[MemberPunch], error) {
	at, err := parseCursor(cursor, isInstant, isID)
	if err != nil {
		return Page[MemberPunch]{}, err
	}
	scan := func(row pgx.CollectableRow) (p MemberPunch, err error) {
		p.name.org = org
		p.Punch, err = scanPunchAnd(row, &p.Number, &p.name.text, &p.name.event, &p.name.key)
		return p, err
	}
	return paged(ctx, r.Within(org), limit, "punches", scan, func(p *MemberPunch) []string { return []string{p.At.Format(time.RFC3339Nano), p.ID.String()} },
		`SELECT `+punchFields+`, coalesce(m.number, ''), m.name, m.name_event, m.key_id FROM punches p LEFT JOIN members m USING (org, member)
		WHERE p.org = $1 AND p.local_date BETWEEN $2 AND $3 AND ($4 = '' OR p.review = $4 OR $4 = '`+ReviewWaiting+`' AND `+waits+`)
			AND ($5::uuid IS NULL OR p.member = $5) AND ($6::uuid IS NULL OR $6 = `+departmentOn("p", "p.local_date")+`)
			AND ($7::uuid IS NULL OR $7 = (SELECT a.group_id FROM assignments a WHERE a.org = p.org AND a.member = p.member AND a.from_date <= p.local_date ORDER BY a.from_date DESC LIMIT 1))
			`+onlyThose("p.member", 8)+`AND ($9 = '' OR (p.at, p.id) > (nullif($9, '')::timestamptz, nullif($10, '')::uuid)) ORDER BY p.at, p.id`,
		org, string(f.From), string(f.To), f.Review, f.Member, f.Department, f.Group, f.Among, at[0], at[1])
}
