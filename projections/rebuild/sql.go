package rebuild

import _ "embed"

// Statements of more than five lines stand beside the file of their noun.
var (
	//go:embed bounds.sql
	boundsSQL string
	//go:embed size.sql
	sizeSQL string
)
