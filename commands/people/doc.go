// Package people holds the commands about people rather than organizations: accounts, sign-in, one-time codes, messages, security events.
package people
