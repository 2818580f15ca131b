package node

import (
	"errors"
	"fmt"

	"github.com/dakahq/daka/deploy/single/node/lite"
)

const (
	applicationID = 0x64616b61 // "daka"
	schemaVersion = 1
)

// schema: events are one b-tree by position; names are interned, so that the stream index holds two small integers.
// The category is the stream's name before its first '-'; its index carries the position by itself (it is the row id).
const schema = `
CREATE TABLE categories(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE streams(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, category INTEGER NOT NULL) STRICT;
CREATE TABLE events(
  pos INTEGER PRIMARY KEY, stream INTEGER NOT NULL, rev INTEGER NOT NULL, category INTEGER NOT NULL,
  id BLOB NOT NULL, type TEXT NOT NULL, json INTEGER NOT NULL, created INTEGER NOT NULL, sum BLOB NOT NULL,
  meta BLOB NOT NULL, data BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX events_stream ON events(stream, rev);
CREATE INDEX events_category ON events(category);
CREATE VIEW ledger AS SELECT e.pos AS position, s.name AS stream, e.rev AS revision, lower(hex(e.id)) AS id, e.type,
  strftime('%Y-%m-%dT%H:%M:%fZ', e.created / 10000000.0, 'unixepoch') AS created,
  CASE e.json WHEN 1 THEN CAST(e.data AS TEXT) ELSE hex(e.data) END AS data, CAST(e.meta AS TEXT) AS metadata
  FROM events e JOIN streams s ON s.id = e.stream;
`

const triggers = `
CREATE TRIGGER IF NOT EXISTS events_keep BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER IF NOT EXISTS events_stay BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
`

// create writes the schema into a new file; a crash half-way leaves an empty file, which the next start fills.
func create(c *lite.Conn) error {
	if err := c.ReserveBytes(lite.SealBytes); err != nil {
		return fmt.Errorf("reserve room for page seals: %w", err)
	}
	sql := fmt.Sprintf("PRAGMA page_size=%d; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;", lite.PageSize)
	if err := c.Exec(sql); err != nil {
		return err
	}
	sql = fmt.Sprintf("BEGIN IMMEDIATE; %s%s PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT",
		schema, triggers, applicationID, schemaVersion)
	return c.Exec(sql)
}

// checkSchema tells a store of ours from another program's file, an older or a newer store.
func checkSchema(c *lite.Conn, path string) error {
	app, err := c.Int("PRAGMA application_id")
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if app != applicationID {
		return fmt.Errorf("%s is not an event store of daka (application id %#x): choose another data directory", path, app)
	}
	version, err := c.Int("PRAGMA user_version")
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if missing, err := missingParts(c); err != nil || missing != "" {
		return wrapOr(err, &lossError{what: fmt.Sprintf("%s is damaged: it lacks %s", path, missing)})
	}
	if version > schemaVersion {
		return fmt.Errorf("%s has schema version %d, this daka knows up to %d: start a newer daka", path, version, schemaVersion)
	}
	return nil
}

// missingParts names what the schema should have and has not.
func missingParts(c *lite.Conn) (string, error) {
	return c.Text(`SELECT group_concat(column1, ', ') FROM (VALUES ('categories'), ('streams'), ('events'), ('events_stream'), ('events_category'))
  WHERE column1 NOT IN (SELECT name FROM sqlite_schema)`)
}

// prepareWriter sets what durability needs and reads it back: a setting SQLite did not take is a refusal to start.
func prepareWriter(c *lite.Conn) error {
	sql := "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF; PRAGMA cache_size=-16384;"
	if err := c.Exec(sql); err != nil {
		return err
	}
	mode, err := c.Text("PRAGMA journal_mode")
	if err != nil {
		return err
	}
	sync, err := c.Int("PRAGMA synchronous")
	if err != nil {
		return err
	}
	size, err := c.Int("PRAGMA page_size")
	if err != nil {
		return err
	}
	if mode != "wal" || sync != 2 || size != lite.PageSize {
		return fmt.Errorf("SQLite did not take the durable settings (journal_mode %s, synchronous %d, page_size %d; wanted wal, 2, %d): not starting",
			mode, sync, size, lite.PageSize)
	}
	return nil
}

// damaged tells whether SQLite met bytes that cannot be right.
func damaged(err error) bool {
	var e *lite.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Primary() == 11 || e.Primary() == 26 || e.Code == 10|32<<8 || e.Code == 10|33<<8 || e.Code == 10|2<<8
}

func wrapOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
