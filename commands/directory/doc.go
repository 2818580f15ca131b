// Package directory is what commands decide by: organizations, members, badges, groups, rules and calendars, folded in
// memory from the event log and at most a second old. It opens no sealed value and keeps no name.
package directory
