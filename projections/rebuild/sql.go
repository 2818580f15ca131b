package rebuild

import _ "embed"

//go:embed size.sql
var sizeSQL string
