// Package feed makes pages of decoded records from the log, and sends each through Watermill until it was applied. It writes nothing.
//
//   - Feed: a Watermill subscriber. One message is one Page, sent again from the durable checkpoint until it is acknowledged; a subscription
//     that is silent although the log went on is replaced.
//   - Page, Record: events in $all order, decoded as rows can take them (StorableText); NewPage, Decode, LeafOf.
//   - ReadPages, Run: the log by pages for rebuilds, comparisons and the mending of the index.
//   - Source, Tail, LogSource: the log as the feed needs it; tests put faults in between.
//   - After, NewPauses: positions, and waiting.
package feed
