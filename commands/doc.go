// Package commands is the write side: look the command up, decide, append, decide again on conflict.
package commands
