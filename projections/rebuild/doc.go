// Package rebuild makes read models anew from the log, beside those that people read.
//
//   - Rebuilder: Rebuild swaps a new schema in, Diff compares a new one with the live one, BeginEpoch takes the log as it is for the truth.
//     One of them runs at a time, over all copies.
//   - Shadow: the schema that is being filled. Punches are held back in a file until all other facts are in, then loaded member by member,
//     assessed from the very same rows.
package rebuild
