// Package who says who asks, from where, and whether they may. It registers no route and reads no read model.
//
// Arrivals put from where a request came into its context, Guard.Authenticate who asks (PrincipalOf), and Guard.Secured, which goes by the
// policy table in policy.go, what the caller is in the organization of the path (AccessOf). A handler asks these three contexts, and holds
// what it answers to Access.Narrow, Check and Reaches. Guard.Known, LocationOf and ZoneOf say of an organization whether it is there, and
// in which zone its dates are. Every refusal is a domain.Refusal with a code.
package who
