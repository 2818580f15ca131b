package tables

// Sampled makes ANALYZE look at a quarter of the rows that it takes of old: it runs often here, and nothing in the tables is so uneven
// that more rows would tell more. Postgres looks closer by itself, later.
const Sampled = "SET LOCAL default_statistics_target = 25; "
