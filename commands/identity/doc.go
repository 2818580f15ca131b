// Package identity keeps how people sign in: who holds which number, passwords, one-time codes, sessions, and messages on their way.
//
// It lies in the Postgres schema `identity`, is deletable, and is no read model: a rebuild never touches it. Everything in it
// is an HMAC, a hash, an id, a time, or sealed; the key of both is in the key store.
package identity
