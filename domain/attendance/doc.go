// Package attendance judges a day: rules, facts and a date give verdicts, statistics and anomalies (rules §1 to §6).
//
// It is pure. The same document gives the same bytes on every machine and in every year, which is what lets an
// auditor repeat us.
package attendance
