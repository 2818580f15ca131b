package query

import (
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/projections/tables"
)

// Buckets part those of a date who have a workday: each is in the first that fits, so that they add up to Expected.
type Buckets struct {
	Leave   int `json:"leave" doc:"whole day on leave"`
	Trip    int `json:"trip" doc:"whole day on a trip"`
	Ahead   int `json:"ahead" doc:"not in, and not due yet"`
	Missing int `json:"missing" doc:"due, and not in"`
	Late    int `json:"late" doc:"in, late by any tier"`
	OnTime  int `json:"on_time" doc:"in, on time"`
}

// BucketNames are those of the buckets.
var BucketNames = []string{"leave", "trip", "ahead", "missing", "late", "on_time"}

// bucketOf names the bucket of an expected day d. The marks tell most; where they leave open whether somebody came in, the first slot does,
// whose fields are numbered from one in tables.SlotNames. now is an instant.
func bucketOf(now string) string {
	unsettled := tables.MarkNotStarted | tables.MarkNotSigned | tables.MarkAbsent
	field := func(n int) string { return fmt.Sprintf("split_part(d.slots, ',', %d)", n) }
	plan, punch, minutes := field(3), field(4), field(7)
	return fmt.Sprintf(`CASE WHEN d.marks & %d <> 0 THEN 'leave' WHEN d.marks & %d <> 0 THEN 'trip'
		WHEN d.marks & %d = 0 THEN CASE WHEN d.marks & %d <> 0 THEN 'late' ELSE 'on_time' END
		WHEN %s NOT IN ('', 'null') THEN CASE WHEN %s = '0' THEN 'on_time' ELSE 'late' END
		WHEN %s NOT IN ('', 'null') AND btrim(%s, '"')::timestamptz > %s THEN 'ahead' ELSE 'missing' END`,
		tables.MarkLeave, tables.MarkTrip, unsettled, tables.MarkLate, punch, minutes, plan, plan, now)
}

// clockOf is how far the organization's clock has come.
const clockOf = `coalesce((SELECT through FROM clocks WHERE org = $1), '1900-01-01')`

func bucketsOf() string {
	return `SELECT ` + bucketOf(clockOf) + fmt.Sprintf(`, count(*) FROM days d WHERE d.org = $1 AND d.date = $2 AND d.marks & %d <> 0 `, tables.MarkExpected) +
		onlyThose("d.member", 3) + `GROUP BY 1`
}

// inBucket finds the members of a bucket.
func inBucket(parameter string) string {
	return fmt.Sprintf(` AND m.member IN (SELECT d.member FROM days d WHERE d.org = $1 AND d.date = $2 AND d.marks & %d <> 0 AND %s = %s)`, tables.MarkExpected, bucketOf(clockOf), parameter)
}

func (b *Buckets) read(rows pgx.Rows) error {
	into := map[string]*int{"leave": &b.Leave, "trip": &b.Trip, "ahead": &b.Ahead, "missing": &b.Missing, "late": &b.Late, "on_time": &b.OnTime}
	var name string
	var days int
	_, err := pgx.ForEachRow(rows, []any{&name, &days}, func() error {
		*into[name] += days
		return nil
	})
	return err
}
