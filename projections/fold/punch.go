package fold

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/tables"
)

// punchDetail is what days do not need of a punch, as recorded.
type punchDetail struct {
	Number     string                  `json:"number,omitempty"`
	ClaimedAt  *domain.Instant         `json:"claimed_at,omitempty"`
	AtLower    *domain.Instant         `json:"at_lower,omitempty"`
	AtUpper    *domain.Instant         `json:"at_upper,omitempty"`
	Wall       string                  `json:"wall,omitempty"`
	State      string                  `json:"state,omitempty"`
	Source     string                  `json:"source,omitempty"`
	PlaceID    string                  `json:"place_id,omitempty"`
	NetworkID  string                  `json:"network_id,omitempty"`
	DistanceM  *int                    `json:"distance_m,omitempty"`
	AccuracyM  *int                    `json:"accuracy_m,omitempty"`
	DeviceID   string                  `json:"device_id,omitempty"`
	Group      *domain.ID              `json:"group,omitempty"`
	Version    int                     `json:"rule_version,omitempty"`
	Photo      string                  `json:"photo,omitempty"`
	Lat        *domain.Sealed[float64] `json:"lat,omitempty"`
	Lng        *domain.Sealed[float64] `json:"lng,omitempty"`
	SSID       *domain.Sealed[string]  `json:"ssid,omitempty"`
	BSSID      *domain.Sealed[string]  `json:"bssid,omitempty"`
	IP         *domain.Sealed[string]  `json:"ip,omitempty"`
	Address    *domain.Sealed[string]  `json:"address,omitempty"`
	Note       *domain.Sealed[string]  `json:"note,omitempty"`
	KeyID      *domain.ID              `json:"key_id,omitempty"`
	Actor      *domain.Actor           `json:"actor,omitempty"`
	Via        string                  `json:"via,omitempty"`
	ReviewedBy *domain.Actor           `json:"reviewed_by,omitempty"`
	ReviewNote *domain.Sealed[string]  `json:"review_note,omitempty"`
}

// PunchColumns are the columns of a punch's row, in the order of CopyPunch.
var PunchColumns = []string{
	"org", "member", "at", "id", "sheet", "revision", "received_at", "zone", "check_type", "source_type", "place", "judged_group", "judged_version",
	"device_bound", "photo", "flags", "review", "voided", "batch", "detail",
	"local_date", "local_hour",
}

// timesheets writes punches, what is said about them later, and corrections.
type timesheets struct{ *Writer }

func (w timesheets) punch(r *feed.Record, e *domain.PunchRecorded) error {
	zone, err := w.cache.Zone(e.Zone)
	if err != nil {
		return err
	}
	r.Local = e.At.Time().In(zone)
	w.Punches = append(w.Punches, r)
	dates := facts.Reach(w.cache, r.Fact()).Dates
	w.touch(tables.MemberKey{Org: r.Name.Org, ID: e.Member}, tables.Dates{From: dates.From, To: dates.To})
	return nil
}

func copyPunches(ctx context.Context, tx pgx.Tx, records []*feed.Record) error {
	if len(records) == 0 {
		return nil
	}
	c := tables.NewRows(len(records), 512)
	for _, r := range records {
		CopyPunch(c, r)
	}
	return c.Send(ctx, tx, "punches", PunchColumns)
}

// CopyPunch adds the row of a punch.
func CopyPunch(c *tables.Rows, r *feed.Record) {
	e, _ := r.Event.(domain.PunchRecorded)
	p, _ := facts.PunchOf(r.Fact())
	c.Begin(len(PunchColumns))
	c.ID(r.Name.Org)
	c.ID(p.Member)
	c.Instant(p.At)
	c.ID(p.ID)
	c.Text(r.Name.Rest[strings.LastIndexByte(r.Name.Rest, '.')+1:])
	c.Int8(int64(r.Revision))
	c.Instant(r.At())
	c.Text(p.Zone)
	c.Text(string(p.CheckType))
	c.Text(string(p.SourceType))
	c.Int2(int(p.Place))
	c.MaybeID(p.Group)
	c.Int4(p.Version)
	c.MaybeTruth(p.DeviceBound)
	c.MaybeTruth(p.Photo)
	copyFlags(c, p.Flags)
	c.Text(p.Review)
	c.Truth(p.Voided)
	c.MaybeID(r.Metadata.Batch)
	at := c.Open()
	c.Bytes = AppendDetail(c.Bytes, r, &e)
	c.Close(at)
	c.Date(attendance.DateOf(r.Local))
	c.Int2(r.Local.Hour())
}

func copyFlags(c *tables.Rows, flags []string) {
	if len(flags) == 0 {
		c.Null()
		return
	}
	at := c.Array(tables.OIDText, len(flags))
	for _, f := range flags {
		c.Text(f)
	}
	c.Close(at)
}

// AppendDetail writes what most punches have by hand, and the rest by reflection.
func AppendDetail(b []byte, r *feed.Record, e *domain.PunchRecorded) []byte {
	if !Ordinary(r, e) {
		return append(b, WholeDetail(r, e)...)
	}
	start := len(b)
	for _, f := range [...][2]string{{`,"number":`, e.Number}, {`,"wall":`, e.Wall}, {`,"state":`, e.State}, {`,"source":`, e.Source}} {
		if f[1] != "" {
			b = appendQuoted(append(b, f[0]...), f[1])
		}
	}
	if e.Group != nil {
		b = appendQuoted(append(b, `,"group":`...), e.Group.String())
	}
	if e.RuleVersion != 0 {
		b = strconv.AppendInt(append(b, `,"rule_version":`...), int64(e.RuleVersion), 10)
	}
	b = appendQuoted(append(b, `,"actor":{"kind":`...), string(r.Metadata.Actor.Kind))
	b = append(appendQuoted(append(b, `,"id":`...), r.Metadata.Actor.ID), '}')
	if r.Metadata.Via != "" {
		b = appendQuoted(append(b, `,"via":`...), r.Metadata.Via)
	}
	b = append(b, '}')
	b[start] = '{'
	return b
}

// WholeDetail writes all that a punch may have, by reflection.
func WholeDetail(r *feed.Record, e *domain.PunchRecorded) string {
	return tables.AsJSON(punchDetail{
		Number: e.Number, ClaimedAt: e.ClaimedAt, AtLower: e.AtLower, AtUpper: e.AtUpper, Wall: e.Wall, State: e.State, Source: e.Source,
		PlaceID: e.PlaceID, NetworkID: e.NetworkID, DistanceM: e.DistanceM, AccuracyM: e.AccuracyM, DeviceID: e.DeviceID,
		Group: e.Group, Version: e.RuleVersion, Photo: e.Photo, Lat: e.Lat, Lng: e.Lng, SSID: e.SSID, BSSID: e.BSSID, IP: e.IP,
		Address: e.Address, Note: e.Note, KeyID: r.Metadata.KeyID, Actor: &r.Metadata.Actor, Via: r.Metadata.Via,
	})
}

// Ordinary says that a punch has nothing beyond what a machine tells, and the rule in force.
func Ordinary(r *feed.Record, e *domain.PunchRecorded) bool {
	return e.ClaimedAt == nil && e.AtLower == nil && e.AtUpper == nil && e.PlaceID == "" && e.NetworkID == "" && e.DistanceM == nil &&
		e.AccuracyM == nil && e.DeviceID == "" && e.Photo == "" && e.Lat == nil && e.Lng == nil && e.SSID == nil &&
		e.BSSID == nil && e.IP == nil && e.Address == nil && e.Note == nil && r.Metadata.KeyID == nil
}

// appendQuoted writes a JSON string.
func appendQuoted(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < 0x20 || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' || c >= 0x7f {
			return append(b, tables.AsJSON(text)...)
		}
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}

// Timesheet applies what is said about punches after they were recorded, and corrections; false is an event of another noun.
func (w *Writer) Timesheet(r *feed.Record) (bool, error) { return timesheets{w}.timesheet(r) }

// timesheet applies what is said about punches after they were recorded, and corrections.
func (w timesheets) timesheet(r *feed.Record) (bool, error) {
	if _, about := facts.About(r.Event); about && w.Holds {
		w.changes = append(w.changes, r)
		return true, nil
	}
	switch e := r.Event.(type) {
	case domain.PunchPlaced:
		var placed facts.Punch
		placed.Apply(e)
		w.Do(`UPDATE punches SET place = $2, judged_group = $4, judged_version = $5, detail = (coalesce(detail::jsonb, '{}') - 'place_id' - 'network_id' - 'distance_m' || jsonb_strip_nulls($3::jsonb))::text WHERE id = $1`,
			e.Punch, int16(placed.Place),
			tables.AsJSON(punchDetail{PlaceID: e.PlaceID, NetworkID: e.NetworkID, DistanceM: e.DistanceM, Group: e.Group, Version: e.RuleVersion}), e.Group, e.RuleVersion)
	case domain.PunchReviewed:
		w.Do(`UPDATE punches SET review = $2, detail = (coalesce(detail::jsonb, '{}') || $3::jsonb)::text WHERE id = $1`,
			e.Punch, e.Review, tables.AsJSON(punchDetail{ReviewedBy: &r.Metadata.Actor, ReviewNote: e.Reason}))
		w.SelfPunch(r, e.Punch)
	case domain.PunchVoided:
		w.Do(`WITH changed AS (UPDATE punches SET voided = true WHERE id = $1 AND NOT voided RETURNING org, local_date, local_hour)
			UPDATE punch_hours h SET punches = h.punches - 1 FROM changed c WHERE h.org = c.org AND h.local_date = c.local_date AND h.local_hour = c.local_hour`, e.Punch)
		w.Do(`DELETE FROM punch_hours h USING punches p WHERE p.id = $1 AND h.org = p.org AND h.local_date = p.local_date AND h.punches = 0`, e.Punch)
		w.SelfPunch(r, e.Punch)
	case domain.PunchRestored:
		w.SelfPunch(r, e.Punch)
		w.Do(`WITH changed AS (UPDATE punches SET voided = false WHERE id = $1 AND voided RETURNING org, local_date, local_hour)
			INSERT INTO punch_hours (org, local_date, local_hour, punches) SELECT org, local_date, local_hour, 1 FROM changed`+moreHours, e.Punch)
	case domain.SlotCorrected:
		w.corrected(r, e)
	default:
		return false, nil
	}
	return true, nil
}

func (w timesheets) corrected(r *feed.Record, e domain.SlotCorrected) {
	w.Do(`INSERT INTO corrections (org, member, id, date, section, check_type, at, zone, reason, key_id, actor, received_at, sheet, seq) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		r.Name.Org, e.Member, r.ID, string(e.Date), e.Section, string(e.CheckType), e.At.Time(), e.Zone, sealedText(e.Reason), r.Metadata.KeyID,
		tables.AsJSON(r.Metadata.Actor), r.At(), r.Name.Rest[strings.LastIndexByte(r.Name.Rest, '.')+1:], int64(r.Revision))
	selfDecisions{w.Writer}.ofCorrection(r, e)
}
