package assess

// A day has a row from the first date on which the member is in a group with a rule, and where a fact lies on the date. Any other date of
// the membership says the same for everybody: no rule, no punch, Unscheduled. Such dates are answered without rows, so that a joining of long
// ago costs nothing.

// FirstTold is the first date that any of these speaks of, of the member that the query calls by the name given.
func FirstTold(of string) string {
	return `least((SELECT min(date) FROM roster y WHERE y.org = ` + of + `.org AND y.member = ` + of + `.member),
		(SELECT min(date) FROM corrections y WHERE y.org = ` + of + `.org AND y.member = ` + of + `.member),
		(SELECT min(from_date) FROM requests y WHERE y.org = ` + of + `.org AND y.member = ` + of + `.member AND y.state IN ('approved', 'pending')))`
}

// LastPlanned is the last date that a roster, a correction or a request speaks of.
func LastPlanned(of string) string {
	return `greatest((SELECT max(date) FROM roster y WHERE y.org = ` + of + `.org AND y.member = ` + of + `.member),
		(SELECT max(date) FROM corrections y WHERE y.org = ` + of + `.org AND y.member = ` + of + `.member),
		(SELECT max(to_date) FROM requests y WHERE y.org = ` + of + `.org AND y.member = ` + of + `.member AND y.state IN ('approved', 'pending')))`
}

// LastTold is the last date up to another that a fact, a punch or a row is about; null where there is none.
func LastTold(of, until string) string {
	own := `y.org = ` + of + `.org AND y.member = ` + of + `.member`
	return `greatest((SELECT max(date) FROM roster y WHERE ` + own + ` AND y.date <= ` + until + `),
		(SELECT max(date) FROM corrections y WHERE ` + own + ` AND y.date <= ` + until + `),
		(SELECT max(to_date) FROM requests y WHERE ` + own + ` AND y.from_date <= ` + until + ` AND y.state IN ('approved', 'pending')),
		(SELECT max(date) FROM days y WHERE ` + own + ` AND y.date <= ` + until + `),
		((SELECT max(at) FROM punches y WHERE ` + own + ` AND y.at < (` + until + ` + 5)::timestamp AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')::date + 4)`
}

// FirstGoverned is the first date of the membership m that a rule governs, null for none.
const FirstGoverned = `CASE WHEN m.governed_from IS NOT NULL THEN greatest(m.joined, m.governed_from) END`
