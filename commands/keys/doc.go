// Package keys keeps one secret key for each person in each organization, outside the ledger.
//
// A subject's key seals personal values and keys the request hashes (events §2, §3). Destroying it erases the person
// from the ledger without touching a recorded byte. Keys rest in a SQLite file, wrapped by a master key.
package keys
