package attendance

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// maxRange bounds the days of one document: thirty years.
const maxRange = 30 * 366

// AssessJSON reads one document of rules §6 and writes the answer. A document that is refused gives *Invalid with every problem found.
func AssessJSON(in []byte) ([]byte, error) {
	facts, from, to, err := ParseFacts(in)
	if err != nil {
		return nil, err
	}
	days := Assess(*facts, from, to)
	out, err := json.Marshal(struct {
		Days   []Day `json:"days"`
		Totals Sums  `json:"totals"`
	}{days, Totals(days)})
	if err != nil {
		return nil, fmt.Errorf("write the answer: %w", err)
	}
	return out, nil
}

// maxLine bounds one line of AssessLines, in bytes.
const maxLine = 64 << 20

// AssessLines reads one document per line and writes one answer per line, at once when no further line is waiting; a line that is refused or longer than
// maxLine answers {"error": "…"}, an empty line nothing. The error is of reading or writing only.
func AssessLines(r io.Reader, w io.Writer) error {
	lines, out := bufio.NewReaderSize(r, 1<<16), bufio.NewWriter(w)
	for {
		line, tooLong, err := nextLine(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			return errors.Join(fmt.Errorf("read a line: %w", err), out.Flush())
		}
		if tooLong || len(bytes.TrimSpace(line)) > 0 {
			if _, err := out.Write(append(answerLine(line, tooLong), '\n')); err != nil {
				return fmt.Errorf("write an answer: %w", err)
			}
		}
		if err != nil || lines.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return fmt.Errorf("write an answer: %w", err)
			}
		}
		if err != nil {
			return nil
		}
	}
}

// nextLine reads to the end of a line and keeps no more than maxLine of it. The error is io.EOF with the last line.
func nextLine(lines *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		part, err := lines.ReadSlice('\n')
		tooLong = tooLong || len(line)+len(part) > maxLine
		if tooLong {
			line = nil
		} else {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}

func answerLine(line []byte, tooLong bool) []byte {
	if tooLong {
		return errorLine(fmt.Errorf("the line is longer than %d MiB; split the document into shorter ranges", maxLine>>20))
	}
	answer, err := AssessJSON(line)
	if err != nil {
		return errorLine(err)
	}
	return answer
}

// errorLine always succeeds: a text can be written as JSON whatever its bytes.
func errorLine(err error) []byte {
	text, _ := json.Marshal(err.Error())
	return append(append([]byte(`{"error":`), text...), '}')
}

// ParseFacts reads one document of rules §6 strictly. The error is *Invalid with every problem found.
func ParseFacts(in []byte) (f *Facts, from, to Date, err error) {
	root, err := parseNode(in)
	if err != nil {
		return nil, 0, 0, err
	}
	bad := &problems{}
	r := open(bad, "", root)
	f = &Facts{}
	f.Through = r.instant("known_at")
	f.KnownAt = f.Through
	f.Assignments = readRules(r, f.KnownAt)
	readRoster(r, f)
	readCalendar(r, f)
	readMember(r, f)
	punches, _ := r.list("punches")
	f.Punches = make([]Punch, 0, len(punches))
	for i, item := range punches {
		f.Punches = append(f.Punches, readPunch(bad, r.item("punches", i), item, f.Assignments[0].Plans))
	}
	requests, _ := r.list("requests")
	for i, item := range requests {
		f.Requests = append(f.Requests, readRequest(bad, r.item("requests", i), item))
	}
	from, to = readRange(r)
	r.done()
	return f, from, to, bad.err()
}

// readRules reads the rules in recorded order; a rule without a version takes its place from 1 (rules §6).
func readRules(r *reader, known time.Time) []Assignment {
	items, ok := r.list("rules")
	r.mustHave("rules", ok, "a list of rule documents")
	var plans []*Plan
	for i, item := range items {
		before := len(r.bad.list)
		var received time.Time
		rule := readRule(r.bad, r.item("rules", i), item, func(rule *reader) { received = rule.instant("received_at") })
		if len(r.bad.list) > before {
			continue
		}
		plan, err := rule.Compile()
		if err != nil {
			r.bad.add(r.item("rules", i), "%v", err)
			continue
		}
		if plan.Version == 0 {
			plan.Version = i + 1
		}
		if !known.IsZero() && received.After(known) {
			continue // not seen (rules 6.1)
		}
		plans = append(plans, plan)
	}
	return []Assignment{{Plans: plans}}
}

// readRoster reads facts, not rules: a shift that no rule has is not refused, its date is Unscheduled.
func readRoster(r *reader, f *Facts) {
	r.dated("roster", func(path string, d Date, value node) {
		if f.Roster == nil {
			f.Roster = map[Date]RosterEntry{}
		}
		entry := RosterEntry{Rest: true}
		if name := shiftOrRest(r.bad, path, value); name != nil {
			entry = RosterEntry{Shift: *name}
		}
		f.Roster[d] = entry
	})
}

func readCalendar(r *reader, f *Facts) {
	value, ok := r.take("calendar")
	if !ok {
		return
	}
	c := open(r.bad, r.at("calendar"), value)
	f.Calendar = &Calendar{Holidays: map[Date]string{}, Workdays: map[Date]string{}}
	read := func(into map[Date]string) func(string, Date, node) {
		return func(path string, d Date, value node) {
			if value.kind != stringNode && value.kind != nullNode {
				r.bad.add(path, "is %s; write a text", kindNames[value.kind])
			}
			into[d] = value.text
		}
	}
	c.dated("holidays", read(f.Calendar.Holidays))
	c.dated("workdays", read(f.Calendar.Workdays))
	readCountries(c, f.Calendar, read)
	c.done()
}

// readCountries reads the shipped years of countries (rules 6.5).
func readCountries(c *reader, calendar *Calendar, read func(map[Date]string) func(string, Date, node)) {
	value, ok := c.expect("countries", objectNode)
	if !ok {
		return
	}
	countries := open(c.bad, c.at("countries"), value)
	calendar.National = map[string]*Calendar{}
	for _, name := range countries.order {
		country := open(c.bad, countries.at(name), countries.fields[name])
		national := &Calendar{Holidays: map[Date]string{}, Workdays: map[Date]string{}}
		country.dated("holidays", read(national.Holidays))
		country.dated("workdays", read(national.Workdays))
		country.done()
		calendar.National[name] = national
	}
}

func readMember(r *reader, f *Facts) {
	value, ok := r.take("member")
	if !ok {
		return
	}
	m := open(r.bad, r.at("member"), value)
	f.Joined, f.Left, f.Since = m.date("joined"), m.date("left"), m.instant("since")
	if f.Joined != 0 && f.Left != 0 && f.Left < f.Joined {
		r.bad.add(m.at("left"), "%s is before joined %s; write a date on or after it", f.Left, f.Joined)
	}
	m.done()
}

func readRange(r *reader) (from, to Date) {
	from, to = r.date("from"), r.date("to")
	r.mustHave("from", from != 0, "the first date, like 2026-03-02")
	r.mustHave("to", to != 0, "the last date, like 2026-03-31")
	if from == 0 || to == 0 {
		return from, to
	}
	if to < from {
		r.bad.add(r.at("to"), "%s is before from %s; write a date on or after it", to, from)
	}
	if to-from >= maxRange {
		r.bad.add(r.at("to"), "%s is %d days after from %s; ask for at most %d days", to, to-from, from, maxRange)
	}
	return from, to
}

func readPunch(bad *problems, path string, value node, plans []*Plan) Punch {
	r := open(bad, path, value)
	p := Punch{ID: r.text("id"), At: r.instant("at"), ReceivedAt: r.instant("received_at"), SSID: r.text("ssid"), BSSID: r.text("bssid"), IP: r.text("ip")}
	r.mustHave("at", !p.At.IsZero(), "the instant, like 2026-03-02T09:06:00+08:00")
	if lat, ok := r.decimal("lat", -90, 90); ok {
		p.Lat = &lat
	}
	if lng, ok := r.decimal("lng", -180, 180); ok {
		p.Lng = &lng
	}
	p.CheckType = CheckType(r.choice("check_type", "", string(OnDuty), string(OffDuty)))
	p.SourceType = readSource(r)
	p.Photo, p.DeviceBound = r.optionalFlag("photo"), r.optionalFlag("device_bound")
	p.Flags, _ = r.texts("flags")
	p.Review = r.choice("review", "", ReviewApproved, ReviewRejected)
	p.Place = readJudgement(r, &p, plans)
	r.pass("claimed_at", "at_lower", "at_upper", "zone", "distance_m", "accuracy_m", "device_id", "address", "note")
	r.done()
	return p
}

// readSource takes any source: rules §4 names those that it judges and calls the rest "other sources".
func readSource(r *reader) SourceType {
	name := r.text("source_type")
	if strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
		r.bad.add(r.at("source_type"), "%q is not a source; write it in capitals, like USER, ATM or AUTO_CHECK", name)
	}
	return SourceType(cmp.Or(name, string(SourceUser)))
}

// readJudgement takes a recorded judgement, and judges raw coordinates under the punch's own rule_version when it names one (events §3).
func readJudgement(r *reader, p *Punch, plans []*Plan) Judgement {
	place, network := r.hidden("place_id"), r.hidden("network_id")
	version := 0
	if _, there := r.fields["rule_version"]; there {
		version = r.count("rule_version", 0, 1)
	}
	if place != "" || network != "" {
		return Inside
	}
	for i := len(plans) - 1; i >= 0; i-- {
		if version == 0 || plans[i].Version != version {
			continue
		}
		if _, _, _, inside := Judge(plans[i], p.Lat, p.Lng, p.SSID, p.BSSID, p.IP); inside {
			return Inside
		}
		return Outside
	}
	return Unjudged
}

func readRequest(bad *problems, path string, value node) Request {
	r := open(bad, path, value)
	q := Request{
		ID: r.text("id"), State: r.text("state"), ReceivedAt: r.instant("received_at"),
		Type: RequestType(r.choice("type", "", string(Leave), string(Trip), string(Out), string(Overtime), string(Makeup), string(Correction))),
	}
	switch q.Type {
	case Makeup, Correction:
		q.Date, q.At, q.Section = r.date("date"), r.instant("at"), r.count("section", 1, 1)
		q.CheckType = CheckType(r.choice("check_type", "", string(OnDuty), string(OffDuty)))
		q.Kind = r.choice("kind", "", KindMissing, KindLate, KindEarly)
		r.mustHave("date", q.Date != 0, "the workday, like 2026-03-02")
		r.mustHave("at", !q.At.IsZero(), "the instant, like 2026-03-02T09:00:00+08:00")
		r.mustHave("check_type", q.CheckType != "", "OnDuty or OffDuty")
	case "":
		r.mustHave("type", false, "one of "+strings.Join([]string{string(Leave), string(Trip), string(Out), string(Overtime), string(Makeup), string(Correction)}, ", "))
		return q
	default:
		q.From, q.To = r.moment("from"), r.moment("to")
		if q.From.At.After(q.To.At) && q.From.Date == 0 && q.To.Date == 0 || q.To.Date != 0 && q.To.Date < q.From.Date {
			bad.add(r.at("to"), "is before from; write a later instant")
		}
		if q.Type == Overtime && (q.From.Date != 0) != (q.To.Date != 0) {
			bad.add(r.at("to"), "is not of the same form as from; write both as dates or both as instants")
		}
	}
	r.pass("leave_type", "reason", "note")
	r.done()
	return q
}

// moment reads an instant or a bare date.
func (r *reader) moment(name string) Moment {
	value, ok := r.expect(name, stringNode)
	if !ok {
		r.mustHave(name, false, "an instant like 2026-03-02T09:00:00+08:00, or a date for the whole day")
		return Moment{}
	}
	if len(value.text) == len(time.DateOnly) {
		d, err := ParseDate(value.text)
		if err != nil {
			r.bad.add(r.at(name), "%v", err)
		}
		return Moment{Date: d}
	}
	t, err := parseInstant(value.text)
	if err != nil {
		r.bad.add(r.at(name), "%v", err)
	}
	return Moment{At: t}
}
