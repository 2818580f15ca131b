// Package tables holds the read models' schema and what every stage over it shares. It knows no event, no fold and no query of people.
//
//   - Shape, FoldVersion: which tables and folds a version of the program has; CreateFirst, Create, Show, DropOthers, Connect, Lock.
//   - Migrate, NextVersion, DropSchema, Names, Views, KeysOf and the scripts of models.sql and its indexes.
//   - EnsureRole, AppPool, VerifyRole, ForceRowSecurity, VerifyIsolation, ErrWalls: tenant isolation. The reading role owns nothing, every
//     table forces row-level security, and Open tries it with canaries before anything is read.
//   - View (LookFrom, LookAcross), InTenant: where a query looks from. Errors: ErrBuilding, ErrTooOld.
//   - Rows, StagedTx: rows in Postgres' binary COPY format, and the staged tables that take them.
//   - MemberKey, Dates, PgDate, DateAt, ParseDate, Forever: the keys of rows.
//   - CountsOf, MonthSums; MarksOf; AppendSlots, NamedSlots: what a day's row holds by number. One list numbers each for Go and for SQL.
//
// A change of a table, an index or a view changes the shape: raise FoldVersion, and add a line to testdata/shapes.txt.
package tables
