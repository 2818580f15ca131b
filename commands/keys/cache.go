package keys

import (
	"context"
	"time"

	"github.com/dakahq/daka/domain"
)

const (
	// maxCached bounds the memory of the cache: about 1 kB a key.
	maxCached = 20_000
	// recheck is how long a key destroyed by another process may still be used here.
	recheck = time.Second
)

// cached gives a key without touching the file, but for one small query a second.
func (s *Store) cached(ctx context.Context, id domain.ID) (Key, bool) {
	s.mu.RLock()
	k, ok := s.cache[id]
	fresh := time.Since(s.checked) < recheck
	s.mu.RUnlock()
	if !ok || fresh {
		return k, ok
	}
	if err := s.forgetDestroyed(ctx); err != nil {
		return Key{}, false
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	k, ok = s.cache[id]
	return k, ok
}

// forgetDestroyed drops keys that another process destroyed.
func (s *Store) forgetDestroyed(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if now.Sub(s.checked) < recheck {
		return nil
	}
	rows, err := s.db.QueryContext(ctx, "SELECT n, id FROM destroyed WHERE n > ? ORDER BY n", s.seen)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id []byte
		if err := rows.Scan(&s.seen, &id); err != nil {
			return err
		}
		delete(s.cache, domain.ID(id))
		s.destructions++
	}
	if err := rows.Err(); err != nil {
		return err
	}
	s.checked = now
	return nil
}

// keep remembers a key; a full cache makes room by forgetting any one.
func (s *Store) keep(id domain.ID, k Key, known uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.destructions != known {
		return
	}
	if len(s.cache) >= maxCached {
		for other := range s.cache {
			delete(s.cache, other)
			break
		}
	}
	s.cache[id] = k
}

func (s *Store) forget(id domain.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.cache, id)
	s.destructions++
}

func (s *Store) known() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.destructions
}
