package directory

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/dakahq/daka/commands/eventlog"
)

// loadCache folds what the file holds, once, if the log still is the one that it came from: its last event must stand in its place. A log
// that was put back from a backup, or another log, does not have it; everything is read from there then. The error is a log that cannot
// be asked.
func (d *follower) loadCache(ctx context.Context) error {
	if d.keepAt == "" || d.cache != nil {
		return nil
	}
	c, err := openCache(d.keepAt)
	if err != nil {
		d.withoutCache(ctx, err)
		return nil
	}
	last, found, err := c.end()
	if err != nil {
		_ = c.close()
		d.withoutCache(ctx, err)
		return nil
	}
	if found {
		found, err = d.sameLog(ctx, last)
	}
	if err != nil {
		_ = c.close()
		return err
	}
	d.cache = c
	if found {
		return d.foldCache(ctx)
	}
	if !c.last.IsZero() {
		d.state.logger.WarnContext(ctx, "what the directory had read is not in this log: it is another one, or one put back from a backup; everything is read from the log", slog.String("file", d.keepAt))
		d.startOver(ctx)
	}
	return nil
}

func (d *follower) foldCache(ctx context.Context) error {
	events := 0
	err := d.cache.each(func(e eventlog.Raw, _ int) error {
		events++
		return d.directory.Apply(e)
	})
	if err != nil {
		return fmt.Errorf("fold the directory's cache: %w", err)
	}
	d.state.logger.InfoContext(ctx, "directory recalled what it had read", slog.Int("events", events))
	return nil
}

// sameLog says whether the log has an event in its place.
func (d *follower) sameLog(ctx context.Context, e eventlog.Raw) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, endTimeout)
	defer cancel()
	at, found, err := d.log.At(ctx, e.Position)
	if err != nil {
		return false, fmt.Errorf("look for the last event that the directory had read: %w", err)
	}
	return found && at.Stream == e.Stream && at.Revision == e.Revision && at.ID == e.ID, nil
}

// keep adds an event that was applied.
func (d *follower) keep(ctx context.Context, e eventlog.Raw) {
	if d.cache == nil {
		return
	}
	if err := d.cache.add(e); err != nil {
		d.withoutCache(ctx, err)
	}
}

func (d *follower) flush(ctx context.Context) {
	if d.cache == nil {
		return
	}
	if err := d.cache.flush(); err != nil {
		d.withoutCache(ctx, err)
	}
}

// withoutCache goes on without the file; the next start tries it again.
func (d *follower) withoutCache(ctx context.Context, err error) {
	d.state.logger.WarnContext(ctx, "directory keeps nothing for the next start", slog.Any("error", err))
	d.keepAt = ""
	d.closeCache()
}

func (d *follower) closeCache() {
	if d.cache != nil {
		_ = d.cache.close()
		d.cache = nil
	}
}

// startOver forgets everything, the file's content, too: what led to a gap must not be recalled.
func (d *follower) startOver(ctx context.Context) {
	d.state.reset()
	if d.cache == nil {
		return
	}
	if err := d.cache.clear(); err != nil {
		d.withoutCache(ctx, err)
	}
}
