// Package assess loads facts from the tables, assesses days and writes those that differ. It folds no event.
//
//   - Cohort, Work: members loaded together; NewCohort, Meet (their organizations), Load (one round trip), Assess on as many workers as the program
//     may use processors, Compare and Write.
//   - Fault: a member whose days cannot be assessed; its other days are.
//   - Cache: what the last pages read of members who punched. Invariant: an entry equals Postgres' answer. Any event but a punch evicts its
//     organization, a rollback everything.
//   - LoadOrganization: rules, calendar and clock. DayColumns, AnomalyColumns, Changes: rows for COPY.
package assess
