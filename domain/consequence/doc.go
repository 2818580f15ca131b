// Package consequence tells what follows from a month's verdicts: which occurrences an allowance forgives, and which penalties fall (rules §5). It is
// pure: the caller gives occurrences in the order of their workdays, and the months that they belong to.
package consequence
