package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/reveal"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/query"
)

// punches records and shows punches.
type punches struct {
	use      *commands.Service
	reads    *read.Side
	values   *reveal.Values
	looks    *reveal.Looks
	problems *problem.Explainer
	router   *route.Router
	now      func() time.Time
}

func (s *punches) mountPunches() {
	route.Command(s.router, route.Op("record-punch", "POST", v1+"/orgs/{org}/punches", "punching", "Record a punch"), s.recordPunch)
	batch := route.Op("record-punches", "POST", v1+"/orgs/{org}/punches/batch", "punching", "Record many punches; one refused item does not stop the others")
	batch.MaxBodyBytes = 4 << 20
	batch.Metadata = map[string]any{route.ItemsOf: "punches"}
	batch.DefaultStatus = http.StatusCreated
	route.Handle(s.router, batch, s.recordPunches)
	route.MemberCommand(s.router, route.Op("correct-slot", "POST", v1+"/orgs/{org}/members/{member}/corrections", "punching", "Correct one slot, with a reason (BOSS)"), s.correct)
	route.Command(s.router, route.Op("review-punch", "POST", v1+"/orgs/{org}/members/{member}/punches/{punch}/review", "punching", "Accept or reject a punch that waits: made outside under field_punch approve, or offline; nobody reviews their own"), s.reviewPunch)
	route.Handle(s.router, route.Op("org-punches", "GET", v1+"/orgs/{org}/punches", "punching", "Punches of a range of dates by time, such as those that wait for a review; without where they were made"), s.orgPunches)
	route.Handle(s.router, route.Op("punches", "GET", v1+"/orgs/{org}/members/{member}/punches", "punching", "A member's punches by time"), s.punches)
}

// recordPunchInput is a punch whose member may be me.
type recordPunchInput struct {
	commands.RecordPunch
	Member *route.MemberRef `json:"member,omitempty"`
}

// recordPunchesInput is a batch of them.
type recordPunchesInput struct {
	Punches []recordPunchInput `json:"punches"`
}

func (s *punches) recordPunch(ctx context.Context, in *route.OrgWrite[recordPunchInput]) (*route.Written, error) {
	org, err := in.Org.ID()
	if err != nil {
		return nil, err
	}
	call, err := in.Call(ctx, org, domain.ID{})
	if err != nil {
		return nil, err
	}
	if in.Body.ID != nil {
		return nil, &domain.Refusal{Code: "invalid_request", Text: "/id belongs to an item of a batch; a single punch has its id in Idempotency-Key",
			Fields: []domain.FieldProblem{{Pointer: "/id", Text: "belongs to an item of a batch"}}}
	}
	punch, err := in.Body.allowed(who.AccessOf(ctx), in.IP(), s.now())
	if err != nil {
		return nil, err
	}
	return route.Receipt(s.use.Punches.Record(ctx, call, *punch))
}

// allowed is the punch of a caller who may make it.
func (b *recordPunchInput) allowed(a who.Access, ip string, now time.Time) (punch *commands.RecordPunch, err error) {
	punch = &b.RecordPunch
	punch.IP = ip
	if punch.Member, err = b.Member.In(a); err != nil {
		return nil, err
	}
	return punch, allowPunch(a, punch, now)
}

// allowPunch lets people punch for themselves alone, as USER, and devices for others, as what they are; a punch that names nobody is the
// caller's own.
func allowPunch(a who.Access, punch *commands.RecordPunch, now time.Time) error {
	if punch.Member == nil && punch.Number == "" && a.Member != nil {
		punch.Member = &a.Member.ID
	}
	own := allowOwnPunch(a, punch)
	switch {
	case !a.AsDevice():
		if a.Reach == who.All {
			return nil
		}
		return own
	case own == nil && slices.Contains(a.Roles, domain.RoleEmployee) && a.IsSelf(*punch.Member):
		return nil
	}
	return punch.HoldToDevice(now)
}

func allowOwnPunch(a who.Access, punch *commands.RecordPunch) error {
	switch {
	case punch.Number != "", punch.Member == nil, !a.Reaches(*punch.Member):
		return domain.Refuse("forbidden", "you may punch for yourself only")
	case punch.SourceType != "" && punch.SourceType != domain.SourceUser, punch.Wall != "", punch.Machine != "", punch.DeviceBound != nil:
		return domain.Refuse("forbidden", "your own punches are of source_type USER; those of machines and programs take a device, a token or HR")
	}
	return nil
}

// BatchItem is what became of one punch of a batch.
type BatchItem struct {
	Status  int              `json:"status" doc:"201 written, 200 replayed, else that of the problem"`
	Receipt *ledger.Receipt  `json:"receipt,omitempty"`
	Problem *problem.Problem `json:"problem,omitempty"`
}

type batchOutput struct {
	Status int
	Replay string `header:"Idempotent-Replay"`
	Body   struct {
		Items []BatchItem `json:"items" doc:"in the order of the request"`
	}
}

func (s *punches) recordPunches(ctx context.Context, in *route.OrgWrite[recordPunchesInput]) (*batchOutput, error) {
	org, err := in.Org.ID()
	if err != nil {
		return nil, err
	}
	call, err := in.Call(ctx, org, domain.ID{})
	if err != nil {
		return nil, err
	}
	outcomes, err := s.recordItems(ctx, call, in.Body.Punches, in.IP())
	if err != nil {
		return nil, err
	}
	out := &batchOutput{Status: http.StatusOK, Replay: "true"}
	for _, o := range outcomes {
		item := s.batchItem(ctx, o)
		if item.Status != http.StatusOK {
			out.Replay = ""
		}
		if item.Status == http.StatusCreated {
			out.Status = http.StatusCreated
		}
		out.Body.Items = append(out.Body.Items, item)
	}
	return out, nil
}

// recordItems writes the items of a batch but those that were refused when the body was looked at.
func (s *punches) recordItems(ctx context.Context, call ledger.Call, items []recordPunchInput, ip string) ([]ledger.Outcome, error) {
	screened := route.RefusedItems(ctx)
	req := commands.RecordPunches{Punches: make([]commands.RecordPunch, len(items))}
	for i := range items {
		if req.Punches[i].Refused = screened[i]; screened[i] != nil {
			continue
		}
		punch, err := items[i].allowed(who.AccessOf(ctx), ip, s.now())
		if refusal := (*domain.Refusal)(nil); errors.As(err, &refusal) && strings.HasPrefix(refusal.Code, "device_") {
			punch.Refused = refusal
		} else if err != nil {
			return nil, err
		}
		req.Punches[i] = *punch
	}
	return s.use.Punches.RecordAll(ctx, call, req)
}

func (s *punches) batchItem(ctx context.Context, o ledger.Outcome) BatchItem {
	if o.Err != nil {
		p := s.problems.Of(ctx, o.Err)
		return BatchItem{Status: p.Status, Problem: p}
	}
	status := http.StatusCreated
	if o.Receipt.Replay {
		status = http.StatusOK
	}
	return BatchItem{Status: status, Receipt: &o.Receipt}
}

func (s *punches) correct(ctx context.Context, c ledger.Call, member domain.ID, req commands.CorrectSlot) (ledger.Receipt, error) {
	req.Member = member
	return s.use.Punches.CorrectSlot(ctx, c, req)
}

// PunchView is a punch with the personal values opened inside detail.
type PunchView struct {
	query.Punch
	Detail map[string]any `json:"detail" doc:"the rest of the fact: place_id, distance_m, lat, lng, note …"`
}

func (s *punches) viewPunch(ctx context.Context, org domain.ID, p *query.Punch) PunchView {
	return openPunch(ctx, s.values, org, p, reveal.ShutPlaces(ctx, p.Member, p.Detail))
}

func openPunch(ctx context.Context, values *reveal.Values, org domain.ID, p *query.Punch, detail json.RawMessage) PunchView {
	var key struct {
		KeyID *domain.ID `json:"key_id"`
	}
	_ = json.Unmarshal(p.Detail, &key)
	v := PunchView{Punch: *p, Detail: values.Fields(ctx, org, detail, p.Stream, p.ID, key.KeyID)}
	delete(v.Detail, "key_id")
	return v
}

type punchesInput struct {
	read.MemberRead
	read.Paging
	From string `query:"from" format:"local-date" doc:"the first date on the punch's own clock"`
	To   string `query:"to" format:"local-date" doc:"the last date, inclusive"`
}

func (s *punches) punches(ctx context.Context, in *punchesInput) (*read.One[read.List[PunchView]], error) {
	for pointer, text := range map[string]string{"query.from": in.From, "query.to": in.To} {
		if text != "" {
			if err := route.CheckDate(pointer, text); err != nil {
				return nil, err
			}
		}
	}
	reads, fresh, org, member, err := s.reads.MemberReader(ctx, in.Member, in.Read)
	if err != nil {
		return nil, err
	}
	page, err := reads.Punches.List(ctx, org, member, domain.Date(in.From), domain.Date(in.To), in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	facts := make([]json.RawMessage, len(page.Items))
	for i, p := range page.Items {
		facts[i] = p.Detail
	}
	if err := s.looks.Places(ctx, member, "punches", facts); err != nil {
		return nil, err
	}
	return &read.One[read.List[PunchView]]{Fresh: fresh, Body: read.Viewed(page, func(p *query.Punch) PunchView { return s.viewPunch(ctx, org, p) })}, nil
}
