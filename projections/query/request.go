package query

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// Request is what a member asked for, as it stands now. State is pending, approved, rejected, withdrawn or cancelled.
type Request struct {
	ID     domain.ID `json:"id"`
	Member domain.ID `json:"member"`
	// Type is makeup, leave, trip, out or overtime.
	Type  string `json:"type"`
	State string `json:"state"`
	// Detail is the event as recorded: its reason is sealed under pointer /reason.
	Detail       json.RawMessage `json:"detail"`
	KeyID        *domain.ID      `json:"key_id,omitempty"`
	Actor        domain.Actor    `json:"actor"`
	Event        domain.ID       `json:"event"`
	RequestedAt  time.Time       `json:"requested_at"`
	DecidedAt    *time.Time      `json:"decided_at"`
	DecidedBy    *domain.Actor   `json:"decided_by"`
	SelfApproved bool            `json:"self_approved"`
	From         domain.Date     `json:"from"`
	To           domain.Date     `json:"to"`
	Stream       string          `json:"stream"`
}

// RequestComment is a word to a request, also the one given with an answer; Text is sealed.
type RequestComment struct {
	Kind  string       `json:"kind"`
	At    time.Time    `json:"at"`
	Actor domain.Actor `json:"actor"`
	Text  *Sealed      `json:"-"`
}

// RequestFilter narrows a list; zero values do not. Dates overlap.
type RequestFilter struct {
	Member      *domain.ID
	Type, State string
	From, To    domain.Date
	// Among are the only members, nil for everybody.
	Among []domain.ID
}

const selectRequest = `SELECT org, request, member, type, state, detail, key_id, actor, event_id, requested_at, decided_at, decided_by, self_approved, from_date, to_date FROM requests `

func scanRequest(row pgx.CollectableRow) (q Request, err error) {
	var org domain.ID
	var detail, actor, by []byte
	var from, to *time.Time
	err = row.Scan(&org, &q.ID, &q.Member, &q.Type, &q.State, &detail, &q.KeyID, &actor, &q.Event, &q.RequestedAt, &q.DecidedAt, &by, &q.SelfApproved, &from, &to)
	q.Detail, q.Actor, q.From, q.To = detail, actorOf(actor), civil(from), civil(to)
	if by != nil {
		a := actorOf(by)
		q.DecidedBy = &a
	}
	q.RequestedAt, q.Stream = q.RequestedAt.UTC(), domain.RequestStream(org, q.ID)
	return q, err
}

// List lists the newest first.
func (r *Requests) List(ctx context.Context, org domain.ID, f RequestFilter, cursor string, limit int) (Page[Request], error) {
	at, err := parseCursor(cursor, isInstant, isID)
	if err != nil {
		return Page[Request]{}, err
	}
	return paged(ctx, r.Within(org), limit, "requests", scanRequest, func(q *Request) []string { return []string{q.RequestedAt.Format(time.RFC3339Nano), q.ID.String()} },
		selectRequest+`WHERE org = $1 AND ($2::uuid IS NULL OR member = $2) AND ($3 = '' OR type = $3) AND ($4 = '' OR state = $4)
			AND ($5::date IS NULL OR to_date >= $5) AND ($6::date IS NULL OR from_date <= $6)
			`+onlyThose("member", 9)+`AND ($7 = '' OR (requested_at, request) < (nullif($7, '')::timestamptz, nullif($8, '')::uuid)) ORDER BY requested_at DESC, request DESC`,
		org, f.Member, f.Type, f.State, orNull(string(f.From)), orNull(string(f.To)), at[0], at[1], f.Among)
}

// One answers pgx.ErrNoRows when there is none in the organization.
func (r *Requests) One(ctx context.Context, org, id domain.ID) (Request, []RequestComment, error) {
	q, err := one(ctx, r.Within(org), "the request", scanRequest, selectRequest+`WHERE org = $1 AND request = $2`, org, id)
	if err != nil {
		return q, nil, err
	}
	comments, err := List(ctx, r.Within(org), "comments", func(row pgx.CollectableRow) (c RequestComment, err error) {
		var event domain.ID
		var text *string
		var key *domain.ID
		var actor []byte
		err = row.Scan(&event, &c.Kind, &text, &key, &actor, &c.At)
		pointer := "/comment"
		if c.Kind == "rejected" || c.Kind == "cancelled" {
			pointer = "/reason"
		}
		c.Actor, c.Text = actorOf(actor), sealedOf(text, q.Stream, &event, pointer, key)
		return c, err
	}, `SELECT event_id, kind, comment, key_id, actor, at FROM request_comments WHERE org = $1 AND request = $2 ORDER BY revision`, org, id)
	return q, comments, err
}

// MakeupsCounted is how many makeups of a month (yyyy-mm) a member has claimed.
func (r *Requests) MakeupsCounted(ctx context.Context, org, who domain.ID, month string) (int, error) {
	return one(ctx, r.Within(org), "the makeups", pgx.RowTo[int], `SELECT count(*) FROM makeups_counted WHERE org = $1 AND member = $2 AND month = $3`, org, who, month)
}

// Import is an import and, once it ended, its report. State is running, finished or reverted.
type Import struct {
	ID         domain.ID       `json:"id"`
	State      string          `json:"state"`
	Started    json.RawMessage `json:"started"`
	Finished   json.RawMessage `json:"finished"`
	StartedAt  time.Time       `json:"started_at"`
	FinishedAt *time.Time      `json:"finished_at"`
	RevertedAt *time.Time      `json:"reverted_at"`
	Actor      domain.Actor    `json:"actor"`
}

const selectImport = `SELECT import, state, started, finished, started_at, finished_at, reverted_at, actor FROM imports `

func scanImport(row pgx.CollectableRow) (i Import, err error) {
	var started, finished, actor []byte
	err = row.Scan(&i.ID, &i.State, &started, &finished, &i.StartedAt, &i.FinishedAt, &i.RevertedAt, &actor)
	i.Started, i.Finished, i.Actor, i.StartedAt = started, finished, actorOf(actor), i.StartedAt.UTC()
	return i, err
}

// List lists the newest first.
func (r *Imports) List(ctx context.Context, org domain.ID, cursor string, limit int) (Page[Import], error) {
	at, err := parseCursor(cursor, isInstant, isID)
	if err != nil {
		return Page[Import]{}, err
	}
	return paged(ctx, r.Within(org), limit, "imports", scanImport, func(i *Import) []string { return []string{i.StartedAt.Format(time.RFC3339Nano), i.ID.String()} },
		selectImport+`WHERE org = $1 AND ($2 = '' OR (started_at, import) < (nullif($2, '')::timestamptz, nullif($3, '')::uuid)) ORDER BY started_at DESC, import DESC`, org, at[0], at[1])
}

// One answers pgx.ErrNoRows when there is none in the organization.
func (r *Imports) One(ctx context.Context, org, id domain.ID) (Import, error) {
	return one(ctx, r.Within(org), "the import", scanImport, selectImport+`WHERE org = $1 AND import = $2`, org, id)
}
