package commands

import (
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/domain"
)

// Service holds the use cases; each writes through Ledger and judges by Directory.
type Service struct {
	Ledger    *Ledger
	Directory *directory.Directory
	// Photos knows the photos that were sent; nil knows none.
	Photos Photos
}

// Photos says whether a member's own photo of a punch is kept.
type Photos interface {
	Has(org, member domain.ID, file string) bool
}

// NewService joins a ledger and the directory that follows it.
func NewService(l *Ledger, d *directory.Directory) *Service {
	return &Service{Ledger: l, Directory: d}
}
