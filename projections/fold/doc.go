// Package fold turns records into rows: one file a noun. It assesses no day, and no query names it.
//
//   - Writer: collects what a page does, punches for one COPY and everything else as statements in event order; Flush sends it. Apply folds one
//     event, All folds a page. Lazy drops every mark of a dirty day, Holds keeps punches back for the end of a rebuild (Withhold).
//   - Subject, Summary, Failure, ReadParked, ReasonOf: an event that cannot be applied parks its subject, and what comes behind it waits.
//   - PunchColumns, CopyPunch, Hour: the rows of punches, which a rebuild writes by itself.
//   - Zones, MemberOfRest: time zones, and the member that a stream's name holds.
package fold
