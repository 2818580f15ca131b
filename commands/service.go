package commands

import (
	"github.com/dakahq/daka/commands/directory"
)

// Service holds the use cases; each writes through Ledger and judges by Directory.
type Service struct {
	Ledger    *Ledger
	Directory *directory.Directory
}

// NewService joins a ledger and the directory that follows it.
func NewService(l *Ledger, d *directory.Directory) *Service {
	return &Service{Ledger: l, Directory: d}
}
