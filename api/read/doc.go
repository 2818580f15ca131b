// Package read takes a request to the read models: whether they are up, how fresh they are, and whether they hold what min_position asks for.
//
// Side.Reader and Side.MemberReader give the read models after that wait; Of does it for a query about an organization. The inputs Read,
// Paging, OrgRead and MemberRead and the outputs Fresh, List, One and ListOf are the same on every route. Side.Settle waits until nothing is
// behind, for answers that must hold all that is recorded.
package read
