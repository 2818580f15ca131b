// Package route registers the routes of the API, and reads what every one of them takes.
//
// A noun is a struct in a package of its own under api, with what it needs in its fields and a Mount(r *route.Router) that registers its
// routes:
//
//	route.Handle(r, route.Op("holidays", "GET", route.V1+"/orgs/{org}/holidays", "calendar", "…"), n.list)
//	route.OrgCommand(r, route.Op("add-holiday", "POST", …), n.add)       // a use case that takes the body as it is
//	route.MemberCommand(r, route.Op(…), n.change)                       // the same about the member of the path
//	route.Command(r, route.Op(…), n.special)                            // a write with an input of its own, which embeds route.Write
//	r.Plain("GET", path, n.stream); r.Document(&huma.Operation{…})      // a handler that speaks HTTP itself
//
// Before a handler runs, the guard has asked the policy table of package who, where every route needs a row; the body is read within its
// limit, every text, number and date of it is screened by the schema, and the request has its place. An error of a handler is a
// domain.Refusal, or it is logged and shown as internal; package problem explains both. Queries take what package read gives them.
package route
