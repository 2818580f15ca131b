// Package query answers what the API, the command line and status pages ask of the read models. It knows the tables, and no fold and no assessment.
//
// Models holds a struct a noun: Accesses, Anomalies, Calendar, Dashboards, Days, Groups, Imports, JoinRequests, Ledgers, Members, Months,
// Organizations, Punches, Requests, Roster. Each reads its rows as the role that may see one organization; Show lets readers in once the
// views stand and tenant isolation was verified. Lists come as a Page with a cursor; personal values come Sealed.
package query
