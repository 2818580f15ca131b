// Package apply writes pages of records to one schema of read models, one transaction at a time. The leader's live tables and the tables of a
// rebuild are written by the same parts; what differs between them stands in projections (live) and rebuild (Shadow).
//
//   - Schema: transactions on one schema, one after another; Apply finds the events that make a page fail, by halves.
//   - Heads: the gap rule. A page in which an event is missing is refused with a GapError; duplicates are dropped.
//   - Index: the dense index of an organization's ledger.
//   - Days: assesses the days that a page touched, and slices of dirty days between pages.
//   - Order, Deterministic, Passing: whose fault an error is.
package apply
