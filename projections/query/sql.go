package query

import _ "embed"

// Statements of more than five lines stand beside the file of their noun.
var (
	//go:embed department.sql
	departmentSQL string
	//go:embed group.sql
	groupSQL string
	//go:embed last_known.sql
	lastKnownSQL string
	//go:embed member.sql
	memberSQL string
	//go:embed size.sql
	sizeSQL string
)
