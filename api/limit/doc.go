// Package limit bounds what one caller, and all of them, may ask of the server. It takes whose share a request uses, and knows neither
// principals nor roles.
//
// Admission decides what is worked on: Arrive turns away at a request's arrival, Recognise bounds those who look up their caller, Receive
// reads a body and takes a place, Place and InPlace take a place for what reads its own body, AtStart gives a write time while the server
// starts. Pace makes a body whose caller must keep up a least rate. Rates are the buckets of who asks, Enumeration bounds attempts to guess
// codes and names, Streams those who listen to changes. WithWriteDeadlines ends answers that nobody reads.
package limit
